// Photos of items in square boxes.

import { altOf, thumbnail } from "../catalog.js";
import { h } from "../dom.js";

/**
 * Photo of an item; a catalog without it leaves the first letter of the category.
 * @param {import("../catalog.js").Facts} facts
 * @param {{ alt?: string, eager?: boolean }} [options] `alt`: "" where a text beside it says the
 *     same; `eager`: load before it is scrolled into view.
 * @returns {HTMLElement}
 */
export function photo(facts, { alt = altOf(facts), eager = false } = {}) {
  const image = h("img", {
    src: thumbnail(facts.id), alt, loading: eager ? null : "lazy", decoding: "async",
    width: 192, height: 192, draggable: "false",
  });
  const box = h("span.photo", {}, image);
  image.addEventListener("error", () => {
    const letter = h("span.letter", { role: alt ? "img" : null, "aria-label": alt || null },
      (facts.category || "?").slice(0, 1));
    image.replaceWith(letter);
  });
  return box;
}
