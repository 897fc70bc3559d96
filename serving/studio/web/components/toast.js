// Short message at the foot of the page, with a way back.

import { fill, h } from "../dom.js";

const SHOWN_MS = 6_000;

const place = document.getElementById("toast");
let timer = 0;
/** @type {HTMLElement | null} Element that lost the focus to the message. */
let left = null;

place.addEventListener("focusin", ({ relatedTarget }) => {
  if (!place.contains(relatedTarget)) left = relatedTarget;
});

/**
 * Shows a message for some seconds, and longer while the pointer or the focus is on it.
 * @param {string} text
 * @param {{ label: string, action: () => void }} [undo] Button beside the message.
 */
export function toast(text, undo) {
  clearTimeout(timer);
  const close = () => fill(place);
  comeToTop();
  fill(place, h("div.message", {}, h("span", {}, text), undo && h("button.link", {
    type: "button",
    onclick: () => {
      close();
      left?.focus({ preventScroll: true }); // Before the action, which may replace the element.
      undo.action();
    },
  }, undo.label)));
  const wait = () => {
    timer = setTimeout(() => (place.matches(":hover, :focus-within") ? wait() : close()), SHOWN_MS);
  };
  wait();
}

// Under an open dialog nothing can be pressed, and screen readers hear nothing.
function comeToTop() {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  const top = dialog ?? document.body;
  if (place.parentElement === top) return;
  top.append(place);
  dialog?.addEventListener("close", () => document.body.append(place), { once: true });
}
