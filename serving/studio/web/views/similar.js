// One item with its similar items and those that go with it; reached by links.

import { factsOf, lookUp, nameOf } from "../catalog.js";
import { card, grid } from "../components/card.js";
import { itemSheet, nearItems } from "../components/item_detail.js";
import { busyLine, emptyNotice } from "../components/notice.js";
import { fill, h } from "../dom.js";
import { record } from "../events.js";
import { linkTo } from "../router.js";

const FIRST = 12;

/** @type {import("../router.js").View} */
export const similar = { path: "similar", title: "Item", show };

/** @param {import("../router.js").Context} context */
async function show({ root, params, signal }) {
  const id = params.get("item") ?? "";
  const heading = h("header.heading", {}, h("h1", {}, "Item"));
  const back = h("a.link", { href: linkTo("list") }, "To the list");
  if (!id) {
    fill(root, heading, emptyNotice("The address names no item.", back));
    return;
  }
  fill(root, busyLine("Looking up the item …"));
  await lookUp([id], signal);
  const facts = factsOf(id);
  if (!facts.known) {
    fill(root, heading, emptyNotice(`The model does not know the item ${id}.`, back));
    return;
  }
  document.title = `${nameOf(facts)} · Atelier`;
  const place = { list: "similar", user: "", label: "" };
  record({ type: "open", itemId: id, ...place });
  fill(root, h("h1.unseen", {}, nameOf(facts)), itemSheet(id, place), nearItems(id, signal, nearGrid));
}

// The first items, and the others when they are asked for.
function nearGrid(ids, label) {
  const place = h("div");
  const show = (shown) => {
    const cards = shown.map((id) => card(id, {
      onOpen: () => { location.hash = linkTo("similar", { item: id }); },
    }));
    fill(place, grid(cards, label), ids.length > shown.length && h("button.button", {
      type: "button",
      onclick: () => {
        show(ids);
        place.querySelectorAll(".name")[shown.length].focus();
      },
    }, `Show all ${ids.length}`));
  };
  show(ids.slice(0, FIRST));
  return place;
}
