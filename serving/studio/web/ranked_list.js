// The list of the page: the model's ranking with the pins, buries and hidden items of the browser.

import { factsOf, lookUp } from "./catalog.js";
import { listRequest, matches } from "./filters.js";
import { buriedItems, pinnedItems } from "./merchandising.js";
import { recommendForItems, recommendForText, recommendForUser } from "./recommender.js";
import { labelFor } from "./settings.js";
import { hiddenFrom, likedItems } from "./state.js";
import { ownedItems } from "./wardrobes.js";

/**
 * @typedef {object} RankedList
 * @property {import("./recommender.js").Entry[]} entries Items that were looked up, best first.
 * @property {boolean} known Whether the model knows the user.
 * @property {boolean} knownText Whether the model knows a word of the search.
 * @property {number} total Number of items before the filters of the page, which narrows what
 *     versions of earlier releases do not; 0 if the server narrowed the list.
 * @property {string} label Label of the version that answered, "" without an experiment.
 * @property {Set<string>} owned Ids of what the user owns.
 * @property {Set<string>} pinned Ids of the pinned items.
 */

/**
 * Asks for the list and arranges it.
 * @param {string} user User id, "" for the liked items.
 * @param {import("./filters.js").Filters} filters
 * @param {AbortSignal} signal
 * @returns {Promise<RankedList>}
 */
export async function rankedList(user, filters, signal) {
  const label = await labelFor(user);
  const hidden = new Set([...buriedItems(), ...hiddenFrom(user)]);
  // Of lists for words, only the pins that the words find are shown.
  const excluded = filters.text ? [...hidden] : [...hidden, ...pinnedItems()];
  const [ranking, history] = await Promise.all([
    rank(user, filters, excluded, { signal, label }),
    user ? ownedItems(user, signal) : { ids: likedItems() },
  ]);
  const owned = new Set(history.ids);
  const shown = ranking.entries.flatMap(({ id, because }) => [id, because?.id ?? ""]);
  await lookUp([...shown, ...pinnedItems()], signal);
  const pinned = pinnedItems().filter((id) => !hidden.has(id) && matches(factsOf(id), filters)
    && (filters.includeOwned || !owned.has(id))
    && (!filters.text || ranking.entries.some((entry) => entry.id === id)));
  const rest = ranking.entries.filter(({ id }) => !hidden.has(id) && !pinned.includes(id)
    && matches(factsOf(id), filters));
  return {
    entries: [...pinned.map((id) => ({ id, score: 0, because: null })), ...rest],
    known: ranking.known,
    knownText: ranking.knownText ?? true,
    total: ranking.isNarrowed ? 0 : ranking.entries.length,
    label,
    owned,
    pinned: new Set(pinned),
  };
}

async function rank(user, filters, excluded, options) {
  const request = listRequest(filters, excluded);
  if (filters.text) return recommendForText(filters.text, user, user ? [] : likedItems(), request, options);
  if (!user) return recommendForItems(likedItems(), request, options);
  return { ...await recommendForUser(user, request, options), isNarrowed: true };
}
