// Spot of color.

import { h } from "../dom.js";

/**
 * Creates the spot; the name of the color stands beside it.
 * @param {string} color As "#rrggbb".
 * @returns {HTMLElement}
 */
export function colorSwatch(color) {
  const swatch = h("span.swatch", { "aria-hidden": "true" });
  swatch.style.setProperty("--swatch", color);
  return swatch;
}
