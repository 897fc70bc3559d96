// Links to the rooms: a rail on wide screens, a bar at the foot of phones.

import { fill, h } from "../dom.js";
import { linkTo } from "../router.js";
import { icon } from "./icons.js";

/**
 * Fills the navigation.
 * @param {HTMLElement} place
 * @param {import("../router.js").View[]} views
 */
export function showNavigation(place, views) {
  fill(place, views.filter((view) => view.label).map((view) => h(
    "a", { href: linkTo(view.path), "data-path": view.path }, icon(view.icon), h("span", {}, view.label))));
}

/**
 * Marks the room that is shown.
 * @param {HTMLElement} place
 * @param {import("../router.js").View} view
 */
export function markCurrent(place, view) {
  for (const link of place.children) {
    if (link.dataset.path === view.path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
