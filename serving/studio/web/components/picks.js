// First items of a list, beside the choice of its user: on phones a row above the tabs.

import { lookUp, userName } from "../catalog.js";
import { h } from "../dom.js";
import { card, grid } from "./card.js";
import { openItem } from "./item_dialog.js";
import { icon } from "./icons.js";
import { Region, skeleton } from "./region.js";

const COUNT = 12;

/**
 * @typedef {object} Picks
 * @property {HTMLElement} element
 * @property {(request: PicksRequest) => Promise<void>} show
 */

/**
 * @typedef {object} PicksRequest
 * @property {string} title
 * @property {string} busy What the page does: "Ranking 5,398 items …".
 * @property {string} user "" for nobody.
 * @property {string} label Version label to ask.
 * @property {string} link Address of the full list, "" for none.
 * @property {(signal: AbortSignal) => Promise<import("../recommender.js").Ranking>} rank
 * @property {string} [hint] Sentence below the title.
 */

/**
 * Creates the panel.
 * @param {AbortSignal} signal Of the view.
 * @returns {Picks}
 */
export function picks(signal) {
  const title = h("h2");
  const link = h("a.button.primary", { hidden: true }, h("span", {}, "Open the list"), icon("arrow"));
  const region = new Region(h("div.picks-body"), signal);
  const element = h("aside.picks", { "aria-label": "Recommended items" },
    h("div.picks-head", {}, title, link), region.root);
  const show = (request) => {
    title.textContent = request.title;
    link.href = request.link;
    link.hidden = !request.link;
    return region.load(request.busy, async (latest) => {
      const { entries, known } = await request.rank(latest);
      const shown = entries.slice(0, COUNT);
      await lookUp(shown.flatMap(({ id, because }) => [id, because?.id ?? ""]), latest);
      const unknown = !known && request.user !== "";
      return [
        unknown && h("p.note", {}, `The model does not know ${userName(request.user)}: this is the list of the average user.`),
        request.hint && h("p.hint", {}, request.hint),
        cards(shown, request),
      ];
    }, { keep: true, placeholder: () => skeleton(COUNT, "grid.small") });
  };
  return { element, show };
}

function cards(entries, { user, label }) {
  return grid(entries.map(({ id, because }, index) => card(id, {
    because, eager: true,
    onOpen: () => openItem(id, { list: "wardrobe", user, label, rank: index + 1 }),
  })), "Recommended items", "grid.small");
}
