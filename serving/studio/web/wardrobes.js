// Items that users own.

import { catalog } from "./catalog.js";
import { Failure } from "./errors.js";
import { userHistory } from "./recommender.js";

/**
 * Items that a user owns. Versions that cannot look this up leave the sample of the catalog.
 * @param {string} user
 * @param {AbortSignal} signal
 * @returns {Promise<{ ids: string[], known: boolean }>} Ids, the latest first.
 */
export async function ownedItems(user, signal) {
  try {
    return await userHistory(user, { signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== "unsupported") throw error;
    const sample = catalog().users.find(({ user_id: id }) => id === user);
    return { ids: sample?.item_ids ?? [], known: sample !== undefined };
  }
}
