// Scores of pictures by content alone, which is what designs and real items have in common.

import { encodeBytes, predict } from "./api.js";
import { catalog, thumbnail } from "./catalog.js";
import { recommendForUser } from "./recommender.js";

const NUM_ITEMS = 30;

/**
 * @typedef {object} RealItems Available items of a category that a user is offered first.
 * @property {string[]} ids Best first, by the score of the list.
 * @property {number[]} scores Scores of their pictures, in the same order.
 */

let latest = { key: "", items: /** @type {Promise<RealItems> | null} */ (null) };

/**
 * The real items that designs are compared with.
 * @param {string} user "" for nobody.
 * @param {string} category
 * @returns {Promise<RealItems>} Without items where the catalog has no photos.
 */
export function realItems(user, category) {
  const key = JSON.stringify([catalog().version, user, category]);
  if (latest.key === key) return latest.items;
  const items = score(user, category); // Not aborted: the next designs need it, too.
  latest = { key, items };
  items.catch(() => {
    if (latest.key === key) latest = { key: "", items: null };
  });
  return items;
}

async function score(user, category) {
  const { entries } = await recommendForUser(user, { categories: [category] });
  const ids = entries.slice(0, NUM_ITEMS).map((entry) => entry.id);
  const photos = await Promise.all(ids.map(readPhoto));
  const shown = ids.filter((_, index) => photos[index]);
  return { ids: shown, scores: await scoreImages(user, photos.filter((photo) => photo)) };
}

async function readPhoto(id) {
  const response = await fetch(thumbnail(id));
  return response.ok ? encodeBytes(await response.blob()) : null;
}

/**
 * Scores pictures for a user.
 * @param {string} user
 * @param {{ b64: string }[]} photos
 * @param {AbortSignal} [signal]
 * @returns {Promise<number[]>}
 */
export async function scoreImages(user, photos, signal) {
  if (!photos.length) return [];
  const outputs = await predict("recommender", "score_images", {
    user_id: [...photos.map(() => user)], image_bytes: [...photos],
  }, { signal });
  return outputs.scores;
}

/**
 * Place of a picture among real items, in words.
 * @param {number} score
 * @param {number[]} real Scores of the real items.
 * @returns {string} Such as "Would come 4th among 50 real ones".
 */
export function placeInWords(score, real) {
  const better = real.filter((other) => other > score).length;
  if (better === 0) return `Ahead of all ${real.length} real ones`;
  if (better === real.length) return `Behind all ${real.length} real ones`;
  return `Would come ${ordinal(better + 1)} among ${real.length} real ones`;
}

/**
 * @param {number} number
 * @returns {string} Such as "2nd".
 */
export function ordinal(number) {
  const tens = number % 100;
  const ending = tens > 10 && tens < 14 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th";
  return `${number}${ending}`;
}
