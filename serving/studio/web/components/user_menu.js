// Choice of a user in the heading of a room.

import { catalog, userName } from "../catalog.js";
import { h } from "../dom.js";
import { menu } from "./menu.js";
import { strip } from "./strip.js";

const SAMPLE = 8;
const STRIP = 5;

/**
 * Menu with nobody in particular, some users of the sample, and a field for any other.
 * @param {string} user User id, "" for nobody.
 * @param {(user: string) => void} onChoose
 * @returns {HTMLElement}
 */
export function userMenu(user, onChoose) {
  const choice = (id, ...content) => h("button.option", {
    type: "button", "aria-pressed": String(id === user), onclick: () => onChoose(id),
  }, content);
  const input = h("input", { type: "search", placeholder: "User id", "aria-label": "Any user id" });
  const { element } = menu(user ? userName(user, "User") : "Nobody in particular", [
    h("form.user-search", {
      onsubmit: (event) => {
        event.preventDefault();
        if (input.value.trim()) onChoose(input.value.trim());
      },
    }, input, h("button.button", {}, "Choose")),
    choice("", h("span", {}, "Nobody in particular"), h("span.count", {}, "the average user")),
    catalog().users.slice(0, SAMPLE).map(({ user_id: id, item_ids: items }) => choice(
      id, h("span", {}, userName(id, "User")), strip(items.slice(0, STRIP), { described: false }))),
  ]);
  element.classList.add("user-menu");
  return element;
}
