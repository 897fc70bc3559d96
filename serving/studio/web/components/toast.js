// Short message at the foot of the page, with a way back.

import { fill, h } from "../dom.js";

const SHOWN_MS = 6_000;

let timer = 0;

/**
 * Shows a message for some seconds, and longer while the pointer or the focus is on it.
 * @param {string} text
 * @param {{ label: string, action: () => void }} [undo] Button beside the message.
 */
export function toast(text, undo) {
  const place = document.getElementById("toast");
  clearTimeout(timer);
  const close = () => fill(place);
  fill(place, h("div.message", {}, h("span", {}, text), undo && h("button.link", {
    type: "button",
    onclick: () => {
      close();
      undo.action();
    },
  }, undo.label)));
  const wait = () => {
    timer = setTimeout(() => (place.matches(":hover, :focus-within") ? wait() : close()), SHOWN_MS);
  };
  wait();
}
