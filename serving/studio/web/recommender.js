// The signatures of the recommender, one function each.

import { predict } from "./api.js";
import { signaturesOf } from "./models.js";

const NO_MAX_PRICE = 3.4028234663852886e38;

/** @typedef {{ signal?: AbortSignal, label?: string, version?: string }} Options */

/**
 * @typedef {object} Entry Item of a list.
 * @property {string} id
 * @property {number} score
 * @property {{ id: string, share: number } | null} because Owned or liked item that adds most to
 *     the score, and its fraction of what all of them add.
 */

/** @typedef {{ entries: Entry[], known: boolean }} Ranking `known`: whether the model knows the user. */

/**
 * @typedef {object} ListRequest
 * @property {string[]} categories None stands for all.
 * @property {string[]} filters Attributes as "name=value".
 * @property {string[]} excluded Ids of items that are left out.
 * @property {number | null} minPrice
 * @property {number | null} maxPrice
 * @property {boolean} includeOwned
 * @property {number} diversity From 0 to 1.
 * @property {boolean} collapseVariants
 */

/**
 * Ranks the available items for a user.
 * @param {string} userId
 * @param {Partial<ListRequest>} [request]
 * @param {Options} [options]
 * @returns {Promise<Ranking>}
 */
export async function recommendForUser(userId, request = {}, options) {
  return ranking(await predict("recommender", "recommend_filtered", {
    user_id: [userId],
    ...narrowing(request),
    include_owned: [request.includeOwned ?? false],
    diversity: [request.diversity ?? 0],
    collapse_variants: [request.collapseVariants ?? false],
  }, options));
}

/**
 * Ranks items for liked items; without any, for the average user.
 * @param {string[]} likedIds The latest last.
 * @param {Partial<ListRequest>} [request] Filters; versions of earlier releases take none.
 * @param {Options} [options]
 * @returns {Promise<Ranking & { isNarrowed: boolean }>} `isNarrowed`: false if there are filters
 *     that were not applied.
 */
export async function recommendForItems(likedIds, request = {}, options = {}) {
  const { label, version } = options;
  const likes = [padded(likedIds)];
  const hasFilters = narrows(request);
  const isFiltered = hasFilters
    && (await signaturesOf("recommender", { label, version })).has("recommend_for_items_filtered");
  const outputs = await (isFiltered
    ? predict("recommender", "recommend_for_items_filtered", { liked_ids: likes, ...narrowing(request) }, options)
    : predict("recommender", "recommend_for_items", { liked_ids: likes }, options));
  return { ...ranking(outputs), isNarrowed: isFiltered || !hasFilters };
}

/**
 * Finds items by words, in the order of a user's taste.
 * @param {string} text
 * @param {string} userId "" for nobody.
 * @param {string[]} likedIds Items to start from; none stands for the words alone.
 * @param {Partial<ListRequest>} request Filters; versions of earlier releases take none.
 * @param {Options} [options]
 * @returns {Promise<Ranking & { knownText: boolean, isNarrowed: boolean }>} `isNarrowed`: whether
 *     the filters were applied.
 */
export async function recommendForText(text, userId, likedIds, request, options = {}) {
  const { label, version } = options;
  const signatures = await signaturesOf("recommender", { label, version });
  const isNarrowed = signatures.get("recommend_for_text")?.includes("filters") ?? false;
  const outputs = await predict("recommender", "recommend_for_text", {
    user_id: [userId], text: [text], liked_ids: [padded(likedIds)], ...(isNarrowed ? narrowing(request) : {}),
  }, options);
  return { ...ranking(outputs), knownText: outputs.known_text[0], isNarrowed };
}

/**
 * Finds items that look like an item.
 * @param {string} itemId
 * @param {Options} [options]
 * @returns {Promise<Ranking>}
 */
export async function similarItems(itemId, options) {
  return ranking(await predict("recommender", "similar_items", { item_id: [itemId] }, options));
}

/**
 * Finds items of other categories that go with an item.
 * @param {string} itemId
 * @param {Options} [options]
 * @returns {Promise<Ranking>}
 */
export async function goesWith(itemId, options) {
  return ranking(await predict("recommender", "goes_with", { item_id: [itemId] }, options));
}

/**
 * Finds items that look like a photo.
 * @param {{ b64: string }} photo JPEG or PNG file, see `encodeBytes`.
 * @param {Options} [options]
 * @returns {Promise<Ranking>}
 */
export async function similarToImage(photo, options) {
  return ranking(await predict("recommender", "similar_to_image", { image_bytes: [photo] }, options));
}

/**
 * Looks up the items of a user.
 * @param {string} userId
 * @param {Options} [options]
 * @returns {Promise<{ ids: string[], known: boolean }>} Ids, the latest first.
 */
export async function userHistory(userId, options) {
  const outputs = await predict("recommender", "user_history", { user_id: [userId] }, options);
  return { ids: outputs.item_ids[0].filter((id) => id), known: outputs.known_user[0] };
}

/**
 * Looks up the facts of items.
 * @param {string[]} ids
 * @param {Options} [options]
 * @returns {Promise<import("./catalog.js").Facts[]>} In the order of the ids.
 */
export async function itemInfo(ids, options) {
  const outputs = await predict("recommender", "item_info", { item_id: [...ids] }, options);
  return ids.map((id, row) => ({
    id,
    title: outputs.title[row],
    description: outputs.description[row],
    category: outputs.category[row],
    price: outputs.price[row] >= 0 ? outputs.price[row] : null,
    url: outputs.url[row],
    groupId: outputs.group_id[row],
    attributes: outputs.attributes[row].filter((text) => text).map(parseAttribute),
    known: outputs.known_item[row],
  }));
}

function parseAttribute(text) {
  const [name, ...value] = text.split("=");
  return { name, value: value.join("=") };
}

function narrowing({ categories, excluded, filters, minPrice, maxPrice }) {
  return {
    categories: [padded(categories)],
    exclude_ids: [padded(excluded)],
    filters: [padded(filters)],
    min_price: [minPrice ?? 0],
    max_price: [maxPrice ?? NO_MAX_PRICE],
  };
}

function narrows({ categories, excluded, filters, minPrice = null, maxPrice = null }) {
  return [categories, excluded, filters].some((values) => values?.length > 0)
    || minPrice !== null || maxPrice !== null;
}

// A row of a tensor has at least one value.
function padded(ids) {
  return ids?.length ? [...ids] : [""];
}

function ranking(outputs) {
  const entries = outputs.item_ids[0].map((id, rank) => {
    const because = outputs.because_item_ids?.[0][rank];
    return {
      id,
      score: outputs.scores[0][rank],
      because: because ? { id: because, share: outputs.because_shares[0][rank] } : null,
    };
  }).filter((entry) => entry.id);
  return { entries, known: (outputs.known_user ?? outputs.known_item)?.[0] ?? true };
}
