// Feedback events: lists shown and reactions to items, sent in batches if the server takes them.

import { servedVersion } from "./connection.js";

const FLUSH_MS = 5_000;
const MAX_BATCH = 20;

/**
 * @typedef {object} Feedback
 * @property {"shown" | "like" | "unlike" | "hide" | "unhide" | "choice" | "keep" | "open"} type
 * @property {string} list Name of the view.
 * @property {string} [user] User id, "" for nobody.
 * @property {string} [model] "recommender" unless given.
 * @property {string} [version] Version of the model; that of the served recommender unless given.
 * @property {string} [label] Label of the version that answered, "" without an experiment.
 * @property {string[]} [itemIds] Items shown, in their order.
 * @property {string} [itemId]
 * @property {number} [rank] Place in the list, 1 for the first.
 */

/** Random id of this visit. */
export const session = [...crypto.getRandomValues(new Uint8Array(12))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");
let isOn = false;
let waiting = [];
let timer = 0;

/** Starts to send feedback. */
export function switchOnFeedback() {
  isOn = true;
  window.addEventListener("pagehide", flush);
}

/**
 * Records an event; without feedback it is dropped.
 * @param {Feedback} feedback
 */
export function record({
  type, list, user = "", model = "recommender", version = servedVersion(), label = "", itemIds, itemId, rank,
}) {
  if (!isOn) return;
  waiting.push({
    type, list, user, session, model, version, label,
    item_ids: itemIds, item_id: itemId, rank, time: new Date().toISOString(),
  });
  clearTimeout(timer);
  if (waiting.length >= MAX_BATCH) flush();
  else timer = setTimeout(flush, FLUSH_MS);
}

function flush() {
  if (!waiting.length) return;
  const body = new Blob([JSON.stringify({ events: waiting })], { type: "application/json" });
  waiting = [];
  // A beacon outlives the page, but takes 64 KB at most.
  if (!navigator.sendBeacon("studio/events", body)) fetch("studio/events", { method: "POST", body });
}
