// A moodboard as the parameter of an address: what makes its entries again, not their pictures.

import { MAX_ENTRIES } from "./board.js";
import { lookUp } from "./catalog.js";
import { designEntry, itemEntry } from "./board_entries.js";
import { makeDesign } from "./designer.js";

/** Characters of a link that mail and chat programs leave whole. */
const MAX_LENGTH = 4000;

/**
 * @typedef {["d", string, string, string, number, string, string, number?] | ["i", string, string]} Row
 *     The last of a design is its boldness, which is left out where it is 0, as in old links.
 */

/**
 * Encodes a board. Restyled photos stay out, and what makes the link too long.
 * @param {string} title
 * @param {import("./board.js").Entry[]} entries
 * @returns {{ text: string, count: number }} Parameter, and the number of entries in it.
 */
export function encodeBoard(title, entries) {
  const rows = entries.filter(({ kind }) => kind !== "photo").map(rowOf);
  let count = rows.length;
  let text = encode([title, ...rows]);
  while (text.length > MAX_LENGTH && count > 0) {
    count -= 1;
    text = encode([title, ...rows.slice(0, count)]);
  }
  return { text, count };
}

/**
 * Makes the entries of a link again.
 * @param {string} text Parameter of the address.
 * @param {AbortSignal} signal
 * @returns {Promise<{ title: string, entries: import("./board.js").Entry[], lost: number } | null>}
 *     `lost`: entries that the served models do not make; null if the link is damaged.
 */
export async function decodeBoard(text, signal) {
  const document = decode(text);
  if (!document) return null;
  const [title, ...rows] = document;
  await lookUp(rows.filter(([kind]) => kind === "i").map(([, id]) => id), signal);
  const made = await Promise.allSettled(rows.map((row) => entryOf(row, signal)));
  signal.throwIfAborted();
  const entries = made.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
  return { title, entries, lost: rows.length - entries.length };
}

function rowOf({ kind, item, origin, note }) {
  if (kind === "item") return ["i", item, note];
  const { source, user, category, rank, version, boldness } = origin;
  return ["d", source, user, category, rank, version, note, ...(boldness ? [boldness] : [])];
}

async function entryOf([kind, ...values], signal) {
  if (kind === "i") {
    const [id, note] = values;
    return { ...itemEntry(id), note };
  }
  const [source, user, category, rank, version, note, boldness] = values;
  return { ...designEntry(await makeDesign({ source, user, category, boldness, rank, version }, signal)), note };
}

function encode(document) {
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    const document = JSON.parse(new TextDecoder().decode(bytes));
    return isBoard(document) ? document : null;
  } catch {
    return null;
  }
}

function isBoard(document) {
  if (!Array.isArray(document) || typeof document[0] !== "string") return false;
  const kinds = {
    i: ["string", "string"],
    d: ["string", "string", "string", "number", "string", "string", "number"],
  };
  const required = { i: 2, d: 6 };
  if (document.length > 1 + MAX_ENTRIES) return false;
  return document.slice(1).every((row) => Array.isArray(row) && row.length > required[row[0]]
    && row.slice(1).every((value, index) => typeof value === kinds[row[0]][index]));
}
