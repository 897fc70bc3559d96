// Button that opens a panel beside it: a sheet at the foot of phones.

import { h } from "../dom.js";
import { icon } from "./icons.js";

const GAP = 6;
let count = 0;

/**
 * Creates a button and its panel. Escape and a tap elsewhere close the panel.
 * @param {string} label
 * @param {Node[]} content
 * @returns {{ element: HTMLElement, setLabel: (text: string, isSet: boolean) => void }} `isSet`:
 *     whether something other than the default is chosen.
 */
export function menu(label, content) {
  const id = `menu-${++count}`;
  const text = h("span", {}, label);
  const button = h("button.button.menu-button", { type: "button", popovertarget: id }, text, icon("chevron"));
  const panel = h("div.panel", { id, popover: "auto", tabindex: "-1", role: "group", "aria-label": label }, content);
  panel.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    place(panel, button.getBoundingClientRect());
    focusFirst(panel);
  });
  return {
    element: h("div.menu", {}, button, panel),
    setLabel: (changed, isSet) => {
      text.textContent = changed;
      button.toggleAttribute("data-set", isSet);
    },
  };
}

// A field would open the keyboard of a phone, over the panel.
function focusFirst(panel) {
  const first = panel.querySelector("input, button");
  const isField = first?.matches("input:not([type=checkbox])") ?? false;
  (isField && matchMedia("(hover: none)").matches ? panel : first)?.focus();
}

function place(panel, beside) {
  const room = document.body.clientWidth - panel.offsetWidth - GAP; // Without the scroll bar.
  panel.style.setProperty("--left", `${Math.max(GAP, Math.min(beside.left, room))}px`);
  panel.style.setProperty("--top", `${beside.bottom + GAP}px`);
}
