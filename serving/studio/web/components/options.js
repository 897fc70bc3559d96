// Choices of one value: a list that opens, and a row of buttons.

import { h } from "../dom.js";

/** @typedef {{ value: string, label: string }} Option */

/**
 * List that opens.
 * @param {string} label Name of the list, in front of it.
 * @param {Option[]} options
 * @param {string} value Chosen value.
 * @param {(value: string) => void} onChange
 * @returns {HTMLElement}
 */
export function selectField(label, options, value, onChange) {
  const select = h("select", { onchange: () => onChange(select.value) },
    options.map((option) => h("option", { value: option.value, selected: option.value === value }, option.label)));
  return h("label.select", {}, h("span", {}, label), select);
}

/**
 * Row of buttons, one of which is pressed.
 * @param {string} label Name of the row, in front of it.
 * @param {Option[]} options
 * @param {string} value Chosen value.
 * @param {(value: string) => void} onChange
 * @returns {HTMLElement}
 */
export function segments(label, options, value, onChange) {
  const buttons = options.map((option) => h("button", {
    type: "button", "aria-pressed": String(option.value === value),
    onclick: (event) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button === event.currentTarget));
      onChange(option.value);
    },
  }, option.label));
  return h("div.labelled", { role: "group", "aria-label": label },
    h("span", { "aria-hidden": "true" }, label), h("span.segments", {}, buttons));
}
