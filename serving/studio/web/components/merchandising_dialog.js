// Dialog with all pins and buries of this browser: order, removal, export.

import { factsOf, lookUp, nameOf } from "../catalog.js";
import { fill, h } from "../dom.js";
import { download } from "../download.js";
import {
  boostsCsv, buriedItems, clearBoosts, merchandising, movePin, pinnedItems, setBoost,
} from "../merchandising.js";
import { actionButton } from "./card.js";
import { icon } from "./icons.js";
import { closeButton } from "./item_dialog.js";
import { emptyNotice } from "./notice.js";
import { photo } from "./photo.js";

/**
 * Button that counts the pins and buries and opens the dialog.
 * @param {() => void} onChange Runs when the dialog closes.
 * @param {AbortSignal} signal Of the view.
 * @returns {HTMLElement}
 */
export function merchandisingButton(onChange, signal) {
  const text = h("span");
  const button = h("button.button", { type: "button", onclick: () => openDialog(onChange) }, icon("pin"), text);
  const update = () => {
    const counts = [[pinnedItems().length, "pinned"], [buriedItems().length, "buried"]];
    text.textContent = counts.filter(([count]) => count).map(([count, word]) => `${count} ${word}`).join(", ") || "Pins";
  };
  merchandising.addEventListener("change", update, { signal });
  update();
  return button;
}

async function openDialog(onChange) {
  const body = h("div.dialog-body");
  const dialog = h("dialog.small-dialog", {
    "aria-label": "Pinned and buried items",
    onclose: () => {
      merchandising.removeEventListener("change", update);
      dialog.remove();
      onChange();
    },
    onclick: (event) => event.target === dialog && dialog.close(),
  }, h("div.dialog-bar", {}, h("h2", {}, "Pinned and buried"), closeButton(() => dialog.close())), body);
  const update = () => refill(body);
  document.body.append(dialog);
  dialog.showModal();
  await lookUp([...pinnedItems(), ...buriedItems()]).catch(() => {});
  merchandising.addEventListener("change", update);
  update();
}

// Gives the focus back: to the same button of the item, or to one in its place.
function refill(body) {
  const button = body.contains(document.activeElement) ? document.activeElement : null;
  const rowsNow = () => [...body.querySelectorAll("[data-item]")];
  const row = button?.closest("[data-item]");
  const index = rowsNow().indexOf(row);
  fill(body, content());
  if (!button) return;
  const rows = rowsNow();
  const next = row && (rows.find(({ dataset }) => dataset.item === row.dataset.item) ?? rows[index] ?? rows.at(-1));
  const target = next?.querySelector(`[data-icon=${button.dataset.icon}]`) ?? next?.querySelector("[data-icon]")
    ?? body.closest("dialog").querySelector("button");
  target.focus();
}

function content() {
  const [pins, buries] = [pinnedItems(), buriedItems()];
  if (!pins.length && !buries.length) {
    return [emptyNotice("Nothing is pinned or buried. Pin a card of the list to put it first for everyone, bury one to take it out.")];
  }
  return [
    h("p.quiet", {}, "Kept in this browser alone. To change the lists of the shop, export the table: python -m export.task set-boosts puts it into the model."),
    section("Pinned, in this order", pins, pinButtons),
    section("Buried", buries, (id) => [{ icon: "close", label: "Unbury", act: () => setBoost(id, "") }]),
    h("div.row", {},
      h("button.button.primary", { type: "button", onclick: exportCsv }, icon("download"), h("span", {}, "Export CSV")),
      h("button.link", { type: "button", onclick: clearBoosts }, "Clear all")),
  ];
}

function pinButtons(id, index, { length }) {
  return [
    index > 0 && { icon: "up", label: "Move up", act: () => movePin(id, -1) },
    index < length - 1 && { icon: "down", label: "Move down", act: () => movePin(id, 1) },
    { icon: "close", label: "Unpin", act: () => setBoost(id, "") },
  ].filter(Boolean);
}

function section(title, ids, buttons) {
  return ids.length > 0 && h("section", {}, h("h3", {}, title), h("ul.rows", {}, ids.map((id, index) => {
    const facts = factsOf(id);
    const name = nameOf(facts);
    return h("li", { "data-item": id }, photo(facts, { alt: "" }), h("span.name", {}, name), buttons(id, index, ids).map(
      (action) => actionButton(action, name)));
  })));
}

function exportCsv() {
  download(new Blob([boostsCsv()], { type: "text/csv" }), "boosts.csv");
}
