// Corner of the header: health, served version, theme. And the banner of a server that is away.

import { connection, serverHealth, servedVersion } from "../connection.js";
import { fill, h } from "../dom.js";
import { versionName } from "../models.js";
import { load, save } from "../storage.js";
import { icon } from "./icons.js";

const WORDS = {
  starting: "Connecting",
  ready: "Ready",
  away: "No connection",
  missing: "No model",
};
const BANNERS = {
  away: "The server does not answer. The page goes on by itself when it is back.",
  missing: "The server is there, but serves no recommender yet. The page goes on by itself once it does.",
};

/**
 * Fills the corner and keeps it and the banner up to date.
 * @param {HTMLElement} corner
 * @param {HTMLElement} banner
 */
export function showStatus(corner, banner) {
  const health = h("p.health");
  fill(corner, health, themeButton());
  const update = () => {
    const state = serverHealth();
    const version = servedVersion();
    health.dataset.health = state;
    fill(health, h("span.dot", { "aria-hidden": "true" }), h("span.word", {}, WORDS[state]),
      version && h("span.version", { title: `Version ${version}` }, `Model ${versionName(version, "date")}`));
    banner.hidden = !(state in BANNERS);
    banner.textContent = BANNERS[state] ?? "";
  };
  connection.addEventListener("change", update);
  update();
}

function themeButton() {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches);
  const button = h("button.icon-button", {
    type: "button",
    onclick: () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      save("theme", root.dataset.theme);
      update();
    },
  });
  const update = () => {
    const label = isDark() ? "Light theme" : "Dark theme";
    button.setAttribute("aria-label", label);
    button.title = label;
    fill(button, icon(isDark() ? "sun" : "moon"));
  };
  update();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update);
  return button;
}
