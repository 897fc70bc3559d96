// Settings of the studio server, and the running experiment.

import { getJson } from "./api.js";
import { session, switchOnFeedback } from "./events.js";

const BITS = 52;

/**
 * @typedef {object} Settings
 * @property {boolean} feedback Whether the server takes feedback.
 * @property {{ name: string, salt: string, labels: Record<string, number> } | null} experiment
 * @property {string[]} models
 */

/** @type {Settings} */
let current = { feedback: false, experiment: null, models: ["recommender", "designer"] };

/** @returns {Settings} */
export function settings() {
  return current;
}

/** Reads the settings; a server without them, such as nginx, leaves the defaults. */
export async function loadSettings() {
  try {
    current = { ...current, ...await getJson("studio/config.json") };
  } catch {
    return;
  }
  if (current.feedback) switchOnFeedback();
}

/**
 * Version label of a user in the running experiment, as `serving.experiments` assigns it.
 * @param {string} userId "" for nobody, whom the visit stands for.
 * @returns {Promise<string>} "" without an experiment, and on pages without TLS, where browsers
 *     have no SHA-256.
 */
export async function labelFor(userId) {
  const { experiment } = current;
  if (!experiment || !crypto.subtle) return "";
  const text = new TextEncoder().encode(`${experiment.salt}\n${userId || session}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const position = Number.parseInt(hex.slice(0, BITS / 4), 16) / 2 ** BITS;
  const labels = Object.keys(experiment.labels).sort();
  let end = 0;
  return labels.find((label) => (end += experiment.labels[label]) > position) ?? labels.at(-1);
}
