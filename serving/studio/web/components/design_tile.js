// A design with its parts, its place among real items, and what can be done with it.

import { altOf, factsOf } from "../catalog.js";
import { designEntry, designTitle, sourceLabel } from "../board_entries.js";
import { h } from "../dom.js";
import { linkTo } from "../router.js";
import { textButton } from "./card.js";
import { openItem } from "./item_dialog.js";
import { icon } from "./icons.js";
import { keepAction } from "./keep_action.js";
import { photo } from "./photo.js";
import { colorSwatch } from "./swatch.js";
import { tapStrip } from "./strip.js";

const NEAREST = 4;

/**
 * Content of the tile of a design whose items were looked up.
 * @param {import("../designer.js").Design} design
 * @param {object} options
 * @param {HTMLElement} options.standing Element that tells the place among real items.
 * @param {(() => void) | null} options.onReroll null where no other design is left.
 * @param {boolean} options.canVary Whether the designer puts it into other cloths.
 * @returns {HTMLElement[]}
 */
export function designTile(design, { standing, onReroll, canVary }) {
  const title = designTitle(design);
  const source = sourceLabel(design);
  const nearest = design.nearest.filter((id) => id !== design.cut).slice(0, NEAREST);
  const place = { list: "design", user: design.user, label: "", rank: design.rank + 1 };
  return [
    h("div.frame", {},
      h("span.photo", {}, h("img", {
        src: design.image, alt: `${source.toLowerCase()}: ${title}`, width: 192, height: 192,
      })),
      h("span.badge", {}, source)),
    h("h2", {}, title),
    standing,
    partList(design, place),
    nearest.length > 0 && h("div.nearest", {},
      h("p.quiet", {}, "Nearest to buy"),
      tapStrip(nearest, `Real items nearest to ${title}`, (id) => openItem(id, place))),
    h("div.row", {},
      textButton(keepAction(() => designEntry(design), place)),
      onReroll && textButton({ icon: "dice", label: "Next", act: onReroll }),
      canVary && varyLink(design)),
  ];
}

function partList({ cut, cloth, color, colorName }, place) {
  const parts = [["Cut", cut], ["Cloth", cloth]].filter(([, id]) => id);
  return parts.length > 0 && h("ul.parts", { "aria-label": "Made of" },
    parts.map(([label, id]) => {
      const facts = factsOf(id);
      return h("li", {}, h("button.part", {
        type: "button", "aria-label": `${label} of: ${altOf(facts)}`, onclick: () => openItem(id, place),
      }, photo(facts, { alt: "" }), h("span", {}, label)));
    }),
    colorName && h("li.part", {}, colorSwatch(color), h("span", {}, colorName)));
}

function varyLink({ source, user, category, boldness, rank, version }) {
  return h("a.button", {
    href: linkTo("restyle", {
      user, source, category, ...(boldness ? { boldness: String(boldness) } : {}), rank: String(rank), version,
    }),
  }, icon("cloth"), h("span", {}, "Vary"));
}
