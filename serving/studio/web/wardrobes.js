// Users and the items that they own.

import { catalog } from "./catalog.js";
import { Failure } from "./errors.js";
import { userHistory } from "./recommender.js";
import { chosenUser } from "./state.js";

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

/**
 * User of a room: that of the address, else the one chosen last, else the first of the sample.
 * @param {URLSearchParams} params
 * @returns {string} "" for nobody.
 */
export function userOf(params) {
  return params.get("user") ?? (chosenUser() || (catalog().users[0]?.user_id ?? ""));
}
