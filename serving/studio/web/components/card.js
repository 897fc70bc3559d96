// Card of an item: photo, name, price, reason, actions.

import { altOf, factsOf, nameOf, priceText } from "../catalog.js";
import { h, setAttributes } from "../dom.js";
import { icon } from "./icons.js";
import { photo } from "./photo.js";
import { rove } from "./roving.js";

/**
 * @typedef {object} Action Button of a card.
 * @property {string} icon
 * @property {string} label
 * @property {boolean} [pressed] State of a toggle; undefined for a plain button.
 * @property {(button: HTMLButtonElement) => void} act
 */

/**
 * Creates the card of an item that was looked up.
 * @param {string} id
 * @param {object} options
 * @param {() => void} options.onOpen Runs when somebody taps the card.
 * @param {{ id: string, share: number } | null} [options.because]
 * @param {string} [options.badge] Word on the photo.
 * @param {Action[]} [options.actions]
 * @param {boolean} [options.eager] Whether the photo loads at once.
 * @returns {HTMLElement}
 */
export function card(id, { onOpen, because = null, badge = "", actions = [], eager = false }) {
  const facts = factsOf(id);
  return h("li.card", { "data-item": id },
    h("div.frame", {}, photo(facts, { eager }), badge && h("span.badge", {}, badge)),
    h("div.caption", {},
      h("button.name", { type: "button", onclick: onOpen, title: facts.title || null }, nameOf(facts)),
      facts.price !== null && h("span.price", {}, priceText(facts.price)),
      because && becauseLine(because)),
    actions.length > 0 && h("div.actions", {}, actions.map((action) => actionButton(action, nameOf(facts)))));
}

/**
 * Grid of cards with arrow keys.
 * @param {HTMLElement[]} cards
 * @param {string} label Name of the grid for screen readers.
 * @param {string} [className]
 * @returns {HTMLElement}
 */
export function grid(cards, label, className = "grid") {
  const list = h(`ul.${className}`, { "aria-label": label }, cards);
  if (cards.length) rove(list);
  return list;
}

/**
 * Button with an icon; a toggle changes its own state when `act` returns a boolean.
 * @param {Action} action
 * @param {string} name What it acts on.
 * @returns {HTMLButtonElement}
 */
export function actionButton(action, name) {
  const button = baseButton("button.icon-button", action);
  setAttributes(button, { title: action.label, "aria-label": `${action.label}: ${name}` });
  return button;
}

/**
 * Button with an icon and its label, otherwise like `actionButton`.
 * @param {Action} action
 * @returns {HTMLButtonElement}
 */
export function textButton(action) {
  const button = baseButton("button.button", action);
  button.append(h("span", {}, action.label));
  return button;
}

function baseButton(tag, { icon: name, pressed, act }) {
  const button = h(tag, {
    type: "button", "data-icon": name, "aria-pressed": pressed === undefined ? null : String(pressed),
    onclick: () => {
      const state = act(button);
      if (typeof state === "boolean") button.setAttribute("aria-pressed", String(state));
    },
  }, icon(name));
  return button;
}

function becauseLine({ id, share }) {
  const facts = factsOf(id);
  const percent = Math.round(100 * share);
  return h("span.because", { title: `${nameOf(facts)}: ${percent} % of what speaks for this item` },
    "because of ", photo(facts, { alt: altOf(facts) }));
}
