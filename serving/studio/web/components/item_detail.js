// Details of an item: large photo, facts, similar items, items that go with it.

import { itemEntry } from "../board_entries.js";
import { attributeLabel, factsOf, lookUp, nameOf, priceText } from "../catalog.js";
import { fill, h, webLink } from "../dom.js";
import { goesWith, similarItems } from "../recommender.js";
import { textButton } from "./card.js";
import { icon } from "./icons.js";
import { buryAction, likeAction, pinAction } from "./item_actions.js";
import { keepAction } from "./keep_action.js";
import { emptyNotice } from "./notice.js";
import { photo } from "./photo.js";
import { Region, skeleton } from "./region.js";

/**
 * Photo and facts of an item that was looked up.
 * @param {string} id
 * @param {import("./item_actions.js").Place} place
 * @param {() => void} [onChange] Runs after a like, a pin or a bury.
 * @param {import("./card.js").Action[]} [more] Other actions.
 * @returns {HTMLElement}
 */
export function itemSheet(id, place, onChange = () => {}, more = []) {
  const facts = factsOf(id);
  const link = webLink(facts.url);
  return h("section.sheet", {},
    photo(facts, { eager: true }),
    h("div.facts", {},
      h("h2", { tabindex: "-1" }, nameOf(facts)),
      facts.price !== null && h("p.price", {}, priceText(facts.price)),
      facts.description && h("p.description", {}, facts.description),
      sheetActions(id, place, onChange, more),
      definitions(facts),
      link && h("a.link", { href: link, target: "_blank", rel: "noopener noreferrer" },
        "Open in the shop", icon("link"))));
}

/**
 * Rows of items that are near an item: similar ones and those that go with it.
 * @param {string} id
 * @param {AbortSignal} signal
 * @param {(ids: string[], label: string) => HTMLElement} show Lays out the items of a row.
 * @param {string} [label] Version label to ask.
 * @returns {HTMLElement}
 */
export function nearItems(id, signal, show, label = "") {
  const rows = [
    ["Similar", "Finding items that look alike …", similarItems, "No item looks like this one."],
    ["Goes with", "Finding items to wear with it …", goesWith, "Nothing goes with this item."],
  ];
  return h("div.near", {}, rows.map(([title, busy, find, none]) => {
    const region = new Region(h("div"), signal);
    region.load(busy, async (latest) => {
      const { entries } = await find(id, { signal: latest, label });
      const ids = entries.map((entry) => entry.id);
      await lookUp(ids, latest);
      return ids.length ? [show(ids, title)] : [emptyNotice(none)];
    }, { placeholder: () => skeleton(6, "strip") });
    return h("section", {}, h("h3", {}, title), region.root);
  }));
}

function definitions(facts) {
  const rows = [
    facts.title && facts.category && ["Category", facts.category],
    ...facts.attributes.map(({ name, value }) => [attributeLabel(name), value]),
    ["Item", facts.id],
  ].filter(Boolean);
  return h("dl", {}, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function sheetActions(id, place, onChange, more) {
  const row = h("div.sheet-actions");
  const update = () => {
    const focused = row.querySelector(":focus")?.dataset.icon;
    const actions = [
      likeAction(id, place, onChange), keepAction(() => itemEntry(id), place), pinAction(id, changed),
      buryAction(id, changed), ...more,
    ];
    fill(row, actions.map(textButton));
    if (focused) row.querySelector(`[data-icon=${focused}]`).focus();
  };
  const changed = () => {
    update();
    onChange();
  };
  update();
  return row;
}
