// Row of small photos that scrolls sideways.

import { altOf, factsOf, nameOf } from "../catalog.js";
import { h } from "../dom.js";
import { photo } from "./photo.js";
import { rove } from "./roving.js";

/**
 * Row of photos to look at.
 * @param {string[]} ids Items that were looked up.
 * @param {{ described?: boolean }} [options] Whether screen readers get the alt texts.
 * @returns {HTMLElement}
 */
export function strip(ids, { described = true } = {}) {
  return h("span.strip", {}, ids.map((id) => photo(factsOf(id), described ? {} : { alt: "" })));
}

/**
 * Row of photos to tap.
 * @param {string[]} ids Items that were looked up.
 * @param {string} label Name of the row for screen readers.
 * @param {(id: string) => void} onOpen
 * @returns {HTMLElement}
 */
export function tapStrip(ids, label, onOpen) {
  const row = h("ul.strip.tappable", { "aria-label": label }, ids.map((id) => {
    const facts = factsOf(id);
    return h("li", {}, h("button", {
      type: "button", title: nameOf(facts), "aria-label": altOf(facts), onclick: () => onOpen(id),
    }, photo(facts, { alt: "" })));
  }));
  if (ids.length) rove(row);
  return row;
}
