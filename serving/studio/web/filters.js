// Filters of a list: from and to the address, as a request, and on single items.

/**
 * @typedef {object} Filters
 * @property {string} text Words to search for.
 * @property {string[]} categories
 * @property {Map<string, string[]>} attributes Values by name of the attribute.
 * @property {number | null} minPrice
 * @property {number | null} maxPrice
 * @property {number} diversity From 0 to 1.
 * @property {boolean} includeOwned
 * @property {boolean} collapseVariants
 */

const ATTRIBUTE = "is.";

/**
 * Reads the filters of an address; what is no number is no bound.
 * @param {URLSearchParams} params
 * @returns {Filters}
 */
export function parseFilters(params) {
  const attributes = new Map();
  for (const key of new Set(params.keys())) {
    if (key.startsWith(ATTRIBUTE)) attributes.set(key.slice(ATTRIBUTE.length), params.getAll(key));
  }
  return {
    text: params.get("words") ?? "",
    categories: params.getAll("category"),
    attributes,
    minPrice: bound(params.get("min")),
    maxPrice: bound(params.get("max")),
    diversity: Math.min(bound(params.get("diversity")) ?? 0, 1),
    includeOwned: params.has("owned"),
    collapseVariants: params.has("products"),
  };
}

/**
 * Writes filters into the parameters of an address.
 * @param {Filters} filters
 * @param {Record<string, string>} who The other parameters.
 * @returns {URLSearchParams}
 */
export function filterParams(filters, who) {
  const params = new URLSearchParams(who);
  if (filters.text) params.set("words", filters.text);
  for (const category of filters.categories) params.append("category", category);
  for (const [name, values] of filters.attributes) {
    for (const value of values) params.append(ATTRIBUTE + name, value);
  }
  if (filters.minPrice !== null) params.set("min", String(filters.minPrice));
  if (filters.maxPrice !== null) params.set("max", String(filters.maxPrice));
  if (filters.diversity) params.set("diversity", String(filters.diversity));
  if (filters.includeOwned) params.set("owned", "1");
  if (filters.collapseVariants) params.set("products", "1");
  return params;
}

/**
 * Request for a list that the server narrows.
 * @param {Filters} filters
 * @param {string[]} excluded Ids of items to leave out.
 * @returns {import("./recommender.js").ListRequest}
 */
export function listRequest(filters, excluded) {
  const { categories, minPrice, maxPrice, includeOwned, diversity, collapseVariants } = filters;
  return {
    categories, minPrice, maxPrice, includeOwned, diversity, collapseVariants, excluded,
    filters: [...filters.attributes].flatMap(([name, values]) => values.map((value) => `${name}=${value}`)),
  };
}

/**
 * Whether an item passes the filters by category, attributes and price.
 * @param {import("./catalog.js").Facts} facts
 * @param {Filters} filters
 * @returns {boolean}
 */
export function matches(facts, filters) {
  const { categories, attributes, minPrice, maxPrice } = filters;
  if (categories.length && !categories.includes(facts.category)) return false;
  if ((minPrice !== null || maxPrice !== null) && facts.price === null) return false;
  if (facts.price < (minPrice ?? 0) || facts.price > (maxPrice ?? Infinity)) return false;
  return [...attributes].every(([name, values]) => facts.attributes.some(
    (attribute) => attribute.name === name && values.includes(attribute.value)));
}

/**
 * Whether a filter applies, apart from the words.
 * @param {Filters} filters
 * @param {string} user "" for nobody. Diversity, owned items and variants apply to lists of users
 *     without words only.
 * @returns {boolean}
 */
export function isFiltered(filters, user) {
  const { text, categories, attributes, minPrice, maxPrice, diversity, includeOwned, collapseVariants } = filters;
  const isRanked = user !== "" && text === "";
  return categories.length > 0 || attributes.size > 0 || minPrice !== null || maxPrice !== null
    || (isRanked && (diversity > 0 || includeOwned || collapseVariants));
}

function bound(text) {
  const value = Number.parseFloat(text ?? "");
  return Number.isFinite(value) && value >= 0 ? value : null;
}
