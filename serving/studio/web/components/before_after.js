// Two pictures of one thing, with a slider between them.

import { h } from "../dom.js";

/**
 * Creates the pair. Arrow keys move the border between the pictures, too.
 * @param {string} before Address of the picture on the left.
 * @param {string} after Address of the picture on the right.
 * @param {string} name Name of what they show.
 * @returns {HTMLElement}
 */
export function beforeAfter(before, after, name) {
  const slider = h("input", {
    type: "range", min: 0, max: 100, value: 50, "aria-label": "Border between before and after",
    oninput: () => update(),
  });
  const figure = h("figure.before-after", {},
    h("img", { src: after, alt: `${name}, after` }),
    h("img.before", { src: before, alt: `${name}, before` }),
    h("span.badge", { "aria-hidden": "true" }, "Before"),
    h("span.badge.right", { "aria-hidden": "true" }, "After"),
    slider, h("span.handle", { "aria-hidden": "true" }));
  const update = () => {
    figure.style.setProperty("--split", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} % before, ${100 - slider.value} % after`);
  };
  update();
  return figure;
}
