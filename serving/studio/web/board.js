// The moodboard: kept designs, restyled photos and items with notes, kept in this browser.

import { loadValue, saveValue } from "./database.js";

const KEY = "board";
/** Entries of a board; more do not fit on a sheet that somebody reads. */
export const MAX_ENTRIES = 48;
const MAX_NOTE = 280;

/**
 * @typedef {object} Entry
 * @property {string} key Names the entry: equal things have equal keys.
 * @property {"design" | "photo" | "item"} kind
 * @property {string} title
 * @property {string[]} facts Lines about it: how it was made, and for whom.
 * @property {{ label: string, item: string }[]} parts Items that it is made of.
 * @property {string} color Main color as "#rrggbb", "" if unknown.
 * @property {string} colorName
 * @property {string} note Words of the user.
 * @property {string} image Picture, a data URL; "" for an item, which has its thumbnail.
 * @property {string} [item] Id of an item.
 * @property {Origin} [origin] What makes a design again.
 */

/**
 * @typedef {Pick<import("./designer.js").Design, "source" | "user" | "category" | "rank" | "version">
 *     & { boldness?: number }} Origin One kept by an earlier release has no boldness, which stands for 0.
 */

let title = "Moodboard";
let entries = /** @type {Entry[]} */ ([]);

/** Dispatches "change" with each change. */
export const board = new EventTarget();
const otherTabs = new BroadcastChannel("atelier.board");
otherTabs.addEventListener("message", async () => {
  await openBoard();
  board.dispatchEvent(new Event("change"));
});

/** Reads the board of this browser, before anything is put on it. @returns {Promise<void>} */
export async function openBoard() {
  const kept = await loadValue(KEY);
  if (kept) ({ title, entries } = kept);
}

/** Entries in their order. @returns {Entry[]} */
export function boardEntries() {
  return [...entries];
}

/** @returns {string} */
export function boardTitle() {
  return title;
}

/** Whether something is on the board. @param {string} key @returns {boolean} */
export function isKept(key) {
  return entries.some((entry) => entry.key === key);
}

/** Whether nothing more can be kept. @returns {boolean} */
export function isFull() {
  return entries.length >= MAX_ENTRIES;
}

/**
 * Puts something at the end of the board, or takes it off.
 * @param {Entry} entry
 * @returns {Promise<void>}
 * @throws {import("./errors.js").Failure} If the browser cannot save it; it is on the board
 *     nevertheless, until the page is closed.
 */
export function toggleKept(entry) {
  return isKept(entry.key) ? removeEntry(entry.key) : change([...entries, entry]);
}

/** @param {string} key @returns {Promise<void>} */
export function removeEntry(key) {
  return change(entries.filter((entry) => entry.key !== key));
}

/**
 * Moves an entry to a place.
 * @param {string} key
 * @param {number} place 0 for the first.
 * @returns {Promise<void>}
 */
export function moveEntry(key, place) {
  const moved = entries.filter((entry) => entry.key !== key);
  moved.splice(Math.max(0, place), 0, ...entries.filter((entry) => entry.key === key));
  return change(moved);
}

/**
 * @param {string} key
 * @param {string} note
 * @returns {Promise<void>}
 */
export function setNote(key, note) {
  entries = entries.map((entry) => (entry.key === key ? { ...entry, note: note.slice(0, MAX_NOTE) } : entry));
  return store(); // No event: nothing but the field shows it.
}

/** @param {string} text @returns {Promise<void>} */
export function setBoardTitle(text) {
  title = text;
  return store();
}

/**
 * Replaces the board.
 * @param {Entry[]} replaced
 * @param {string} [newTitle]
 * @returns {Promise<void>}
 */
export function replaceBoard(replaced, newTitle = title) {
  title = newTitle;
  return change(replaced.slice(0, MAX_ENTRIES));
}

function change(changed) {
  entries = changed;
  board.dispatchEvent(new Event("change"));
  return store();
}

async function store() {
  await saveValue(KEY, { title, entries });
  otherTabs.postMessage("change");
}
