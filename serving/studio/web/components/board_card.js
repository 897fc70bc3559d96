// Entry of the moodboard: picture, parts, note, place.

import { removeEntry, moveEntry, setNote, boardEntries, replaceBoard } from "../board.js";
import { factsOf, thumbnail } from "../catalog.js";
import { debounce, h } from "../dom.js";
import { actionButton } from "./card.js";
import { openItem } from "./item_dialog.js";
import { saved } from "./keep_action.js";
import { photo } from "./photo.js";
import { colorSwatch } from "./swatch.js";
import { toast } from "./toast.js";

const TYPING_MS = 400;
const DRAGGED = "text/x-board-entry";
const PLACE = { list: "board", user: "", label: "" };

/**
 * Creates the card.
 * @param {import("../board.js").Entry} entry
 * @param {number} index Place on the board, 0 for the first.
 * @param {number} count Number of entries.
 * @returns {HTMLElement}
 */
export function boardCard(entry, index, count) {
  const card = h("li.board-card", {
    draggable: "true", "data-key": entry.key,
    ondragstart: (event) => event.dataTransfer.setData(DRAGGED, entry.key),
    ondragover: (event) => card.toggleAttribute("data-over", event.dataTransfer.types.includes(DRAGGED)),
    ondragleave: () => card.removeAttribute("data-over"),
    ondrop: (event) => {
      card.removeAttribute("data-over");
      const key = event.dataTransfer.getData(DRAGGED);
      if (key) saved(moveEntry(key, index));
    },
  }, picture(entry),
  h("h2", {}, entry.title),
  h("p.quiet", {}, entry.facts.join(" · ")),
  parts(entry),
  noteField(entry),
  h("div.card-bar", {}, [
    index > 0 && { icon: "back", label: "Move earlier", act: () => move(entry.key, index - 1) },
    index < count - 1 && { icon: "arrow", label: "Move later", act: () => move(entry.key, index + 1) },
    { icon: "close", label: "Take off the board", act: () => takeOff(entry) },
  ].filter(Boolean).map((action) => actionButton(action, entry.title))));
  return card;
}

function picture({ kind, title, image, item }) {
  if (kind !== "item") {
    return h("span.photo", {}, h("img", { src: image, alt: title, width: 192, height: 192, draggable: "false" }));
  }
  return h("button.tile", { type: "button", "aria-label": `Open ${title}`, onclick: () => openItem(item, PLACE) },
    h("span.photo", {}, h("img", { src: thumbnail(item), alt: "", width: 192, height: 192, draggable: "false" })));
}

function parts({ kind, parts: items, color, colorName }) {
  return kind !== "item" && h("ul.board-parts", {},
    items.map(({ label, item }) => h("li", {}, h("button.part", {
      type: "button", "aria-label": `Open the item of the ${label.toLowerCase()}`, onclick: () => openItem(item, PLACE),
    }, photo(factsOf(item), { alt: "" }), h("span", {}, label)))),
    colorName && h("li.part", {}, colorSwatch(color), h("span", {}, colorName)));
}

function noteField({ key, title, note }) {
  const save = debounce((text) => saved(setNote(key, text)), TYPING_MS);
  return h("textarea", {
    rows: 2, maxlength: 280, placeholder: "Note", "aria-label": `Note on ${title}`,
    oninput: (event) => save(event.target.value),
    onchange: (event) => saved(setNote(key, event.target.value)), // Before a button moves the card.
  }, note);
}

function move(key, place) {
  const name = document.activeElement?.dataset.icon;
  saved(moveEntry(key, place));
  const card = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  (card?.querySelector(`[data-icon=${name}]`) ?? card?.querySelector("[data-icon]"))?.focus();
}

function takeOff(entry) {
  const before = boardEntries();
  saved(removeEntry(entry.key));
  toast(`${entry.title} is off the board.`, { label: "Undo", action: () => saved(replaceBoard(before)) });
}
