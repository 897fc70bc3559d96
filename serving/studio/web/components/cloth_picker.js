// Choice of a cloth by the photo of its item and the name of its color.

import { altOf, factsOf } from "../catalog.js";
import { fill, h } from "../dom.js";
import { icon } from "./icons.js";
import { selectField } from "./options.js";
import { photo } from "./photo.js";
import { rove } from "./roving.js";

const MANY = 24;

/**
 * Grid of cloths; the first is the one that the user likes most, whichever it is.
 * @param {import("../designer.js").Cloth[]} cloths Cloths whose items were looked up.
 * @param {string} chosen Item of a cloth, "" for the best one.
 * @param {(cloth: string) => void} onChoose
 * @returns {HTMLElement}
 */
export function clothPicker(cloths, chosen, onChoose) {
  const place = h("div");
  const choose = (button, id) => {
    for (const other of place.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    chosen = id;
    onChoose(id);
  };
  const tile = (id, label, title, content) => h("li", {}, h("button.cloth", {
    type: "button", title, "aria-label": title, "aria-pressed": String(id === chosen),
    onclick: (event) => choose(event.currentTarget, id),
  }, content, h("span", {}, label)));
  const show = (color) => {
    const shown = cloths.filter(({ color_name: name }) => !color || name === color);
    const grid = h("ul.cloths", { "aria-label": "Cloths" },
      tile("", "Best", "The cloth that the user likes most", h("span.photo.best", {}, icon("heart"))),
      shown.map(({ item_id: id, color_name: name }) => tile(
        id, name, `${name}, cloth of: ${altOf(factsOf(id))}`, photo(factsOf(id), { alt: "" }))));
    rove(grid);
    fill(place, grid);
  };
  const colors = [...new Set(cloths.map(({ color_name: name }) => name))].sort();
  show("");
  return h("div.cloth-picker", {},
    h("div.row", {}, h("h2", {}, "Cloth"), cloths.length > MANY && selectField("Color", [
      { value: "", label: "All" }, ...colors.map((name) => ({ value: name, label: name })),
    ], "", show)),
    place);
}
