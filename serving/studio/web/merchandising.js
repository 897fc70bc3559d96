// Pins and buries of a merchandiser, kept in this browser until they are exported as the table
// that `python -m export.task set-boosts` reads.

import { follow, load, save } from "./storage.js";

const NOTHING = { pinned: [], buried: [] };

let { pinned, buried } = load("merchandising", NOTHING);

/** Dispatches "change" with each pin and bury. */
export const merchandising = new EventTarget();

follow("merchandising", () => {
  ({ pinned, buried } = load("merchandising", NOTHING));
  merchandising.dispatchEvent(new Event("change"));
});

/** Ids of the pinned items, the first of the list first. @returns {string[]} */
export function pinnedItems() {
  return [...pinned];
}

/** Ids of the buried items. @returns {string[]} */
export function buriedItems() {
  return [...buried];
}

/**
 * Pins an item to the end of the pins, buries it, or does neither.
 * @param {string} id
 * @param {"pin" | "bury" | ""} boost
 */
export function setBoost(id, boost) {
  change(
    [...without(pinned, id), ...(boost === "pin" ? [id] : [])],
    [...without(buried, id), ...(boost === "bury" ? [id] : [])],
  );
}

/**
 * Moves a pinned item.
 * @param {string} id
 * @param {-1 | 1} by -1 towards the first place.
 */
export function movePin(id, by) {
  const place = pinned.indexOf(id);
  const moved = without(pinned, id);
  moved.splice(Math.max(0, place + by), 0, id);
  change(moved, buried);
}

/** Takes all pins and buries back. */
export function clearBoosts() {
  change([], []);
}

/** Puts back a state that `boostState` returned. @param {{ pinned: string[], buried: string[] }} state */
export function restoreBoosts(state) {
  change(state.pinned, state.buried);
}

/** All pins and buries. @returns {{ pinned: string[], buried: string[] }} */
export function boostState() {
  return { pinned: [...pinned], buried: [...buried] };
}

/**
 * Table of all pins and buries; pinned items in their order. An apostrophe comes before ids that
 * spreadsheets would take for formulas; `set-boosts` drops it.
 * @returns {string}
 */
export function boostsCsv() {
  const rows = [...pinned.map((id) => [id, "pin"]), ...buried.map((id) => [id, "bury"])];
  return [["item_id", "boost"], ...rows]
    .map(([id, boost]) => `${quote(guarded(id))},${boost}\n`).join("");
}

function change(newPinned, newBuried) {
  pinned = newPinned;
  buried = newBuried;
  save("merchandising", { pinned, buried });
  merchandising.dispatchEvent(new Event("change"));
}

function without(ids, id) {
  return ids.filter((other) => other !== id);
}

function guarded(text) {
  return /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quote(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
