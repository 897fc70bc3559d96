// Values too large for `storage.js`, kept in this browser's IndexedDB.

import { Failure } from "./errors.js";

const NAME = "atelier";
const STORE = "values";

/**
 * Reads a value.
 * @param {string} key
 * @returns {Promise<any>} undefined if there is none, or storage is blocked.
 */
export async function loadValue(key) {
  try {
    return await run("readonly", (store) => store.get(key));
  } catch {
    return undefined;
  }
}

/**
 * Writes a value that can be cloned.
 * @param {string} key
 * @param {any} value
 * @throws {Failure} If the browser has no room, or storage is blocked.
 */
export async function saveValue(key, value) {
  try {
    await run("readwrite", (store) => store.put(value, key));
  } catch (error) {
    const isFull = error?.name === "QuotaExceededError";
    throw new Failure(isFull
      ? "This browser has no more room: the change lasts until the page is closed. Take something off, or download the sheet now."
      : "This browser keeps nothing: the change lasts until the page is closed. Download the sheet to keep it.");
  }
}

async function run(mode, use) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = use(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? request.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
