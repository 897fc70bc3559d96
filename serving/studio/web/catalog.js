// The catalog folder of the served recommender, and facts of items.

import { getJson } from "./api.js";
import { Failure } from "./errors.js";
import { itemInfo } from "./recommender.js";

const INFO_BATCH = 200;
/** Names of categories that name no thing. */
const NO_THING = /^(misc.*|n\/?a|none|not sure|others?|skip|unknown)$/i;

/**
 * @typedef {object} Catalog Content of catalog.json; see docs/studio.md.
 * @property {string} version Served version, "" before it is known.
 * @property {boolean} exported Whether the version has a catalog folder.
 * @property {number} num_items
 * @property {{ name: string, count: number }[]} categories
 * @property {{ name: string, values: { value: string, count: number }[] }[]} attributes
 * @property {{ min: number, max: number } | null} price
 * @property {boolean} text_search
 * @property {{ user_id: string, num_items: number, item_ids: string[] }[]} users
 * @property {string[]} starters
 * @property {object | null} metrics
 * @property {string} [trained]
 */

/**
 * @typedef {object} Facts Facts of an item from the catalog.
 * @property {string} id
 * @property {string} title "" if it has none, as the other texts.
 * @property {string} description
 * @property {string} category
 * @property {number | null} price
 * @property {string} url
 * @property {string} groupId
 * @property {{ name: string, value: string }[]} attributes
 * @property {boolean} known Whether the model knows the item.
 */

const NONE = {
  version: "", exported: false, num_items: 0, categories: [], attributes: [], price: null,
  text_search: false, users: [], starters: [], metrics: null,
};

/** @type {Catalog} */
let current = NONE;

/** @type {Map<string, Facts>} */
const known = new Map();

/** Returns the catalog of the served version. @returns {Catalog} */
export function catalog() {
  return current;
}

/**
 * Reads the catalog of a version; one that was exported without stays usable, without photos.
 * @param {string} version
 * @returns {Promise<boolean>} Whether it is another version than before.
 * @throws {Failure} If the server does not answer.
 */
export async function openCatalog(version) {
  if (version === current.version) return false;
  const folder = await readFolder(version);
  known.clear();
  current = { ...NONE, ...folder, version, exported: folder !== null };
  return true;
}

async function readFolder(version) {
  try {
    return await getJson(`catalog/recommender/${encodeURIComponent(version)}/catalog.json`);
  } catch (error) {
    if (error instanceof Failure && error.kind !== "away") return null;
    throw error;
  }
}

/**
 * Address of the photo of an item. The id is quoted twice: the file has the quoted id as its name.
 * @param {string} id
 * @returns {string}
 */
export function thumbnail(id) {
  const file = encodeURIComponent(encodeURIComponent(id));
  return `catalog/recommender/${encodeURIComponent(current.version)}/thumbnails/${file}.jpg`;
}

/**
 * Looks up items, each of them once.
 * @param {Iterable<string>} ids Ids, "" is left out.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Map<string, Facts>>} Facts of all items looked up so far, by id.
 */
export async function lookUp(ids, signal) {
  const missing = [...new Set(ids)].filter((id) => id && !known.has(id));
  const batches = [];
  for (let start = 0; start < missing.length; start += INFO_BATCH) {
    batches.push(itemInfo(missing.slice(start, start + INFO_BATCH), { signal }));
  }
  for (const facts of (await Promise.all(batches)).flat()) known.set(facts.id, facts);
  return known;
}

/**
 * Facts of an item that was looked up; of another one, nothing but its id.
 * @param {string} id
 * @returns {Facts}
 */
export function factsOf(id) {
  return known.get(id) ?? {
    id, title: "", description: "", category: "", price: null, url: "", groupId: "", attributes: [],
    known: false,
  };
}

/**
 * Category of an item, "" if it names no thing, such as "Not sure".
 * @param {Facts} facts
 * @returns {string}
 */
export function thingOf({ category }) {
  return NO_THING.test(category) ? "" : category;
}

/**
 * Name of an item: its title, else its category, else its id.
 * @param {Facts} facts
 * @returns {string}
 */
export function nameOf(facts) {
  return facts.title || thingOf(facts) || (facts.category ? "Item" : facts.id);
}

/**
 * Name of a user in a sentence; a pseudonym of `prepare`, "user-1f2e…", is one already.
 * @param {string} id
 * @param {string} [noun]
 * @returns {string}
 */
export function userName(id, noun = "user") {
  return /^user\b/i.test(id) ? id : `${noun} ${id}`;
}

/**
 * Label of an attribute, whose name is that of a column: "product_type_name" is "Product type".
 * @param {string} name
 * @returns {string}
 */
export function attributeLabel(name) {
  const column = /^\w+(\.\w+)+$/.test(name) ? name.split(".").pop() : name;
  const words = column.replace(/[_\s]+/g, " ").replace(/(\p{Ll})(?=[\p{Lu}\d])/gu, "$1 ").trim();
  const label = words.replace(/^item (?=.)/i, "").replace(/(?<=.) (names?|values?|value\(s\))$/i, "");
  const rest = label.slice(1).replace(/\p{L}+/gu, (word, start) => {
    const whole = start ? word : label[0] + word;
    return /^\p{Lu}{2,}$/u.test(whole) ? word : word.toLowerCase();
  });
  return label ? label[0].toUpperCase() + rest : name;
}

/**
 * Alternative text of the photo of an item: "photo of a dress".
 * @param {Facts} facts
 * @returns {string}
 */
export function altOf(facts) {
  if (facts.title || !facts.category) return `photo of ${nameOf(facts)}`;
  if (!thingOf(facts)) return "photo of an item";
  const noun = facts.category.toLowerCase();
  const article = /[^s]s$/.test(noun) ? "" : /^[aeiou]/.test(noun) ? "an " : "a ";
  return `photo of ${article}${noun}`;
}

/**
 * Price as text, in the currency of the catalog, which the model does not know.
 * @param {number} price
 * @returns {string}
 */
export function priceText(price) {
  return price.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
