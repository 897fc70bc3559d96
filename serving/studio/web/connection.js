// Watches the server: its health, the served version, and its return after a failure.

import { network } from "./api.js";
import { Failure } from "./errors.js";
import { availableVersions } from "./models.js";

const CALM_MS = 20_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 16_000;

/** @typedef {"starting" | "ready" | "away" | "missing"} Health */

/** Dispatches "change" with each new health or version, and "back" when the server is back. */
export const connection = new EventTarget();

let health = /** @type {Health} */ ("starting");
let version = "";
let retryMs = FIRST_RETRY_MS;
let timer = 0;
/** @type {Promise<void> | null} Check on its way. */
let checking = null;

/** @returns {Health} */
export function serverHealth() {
  return health;
}

/** Version of the recommender that the server prefers, "" before it is known. @returns {string} */
export function servedVersion() {
  return version;
}

/** Starts to watch; the promise ends with the first answer or failure. @returns {Promise<void>} */
export function watchServer() {
  // The status decides: a designer may fail while the recommender answers.
  network.addEventListener("lost", () => {
    if (health !== "away") check();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) check();
  });
  return check();
}

/** Asks the server now, once at a time; the promise ends with its health. @returns {Promise<void>} */
export function check() {
  checking ??= ask().finally(() => { checking = null; });
  return checking;
}

async function ask() {
  clearTimeout(timer);
  try {
    const [newest] = await availableVersions("recommender");
    change(newest ? "ready" : "missing", newest ?? "");
  } catch (error) {
    change(error instanceof Failure && error.kind === "away" ? "away" : "missing", version);
  }
  schedule(health === "ready" ? CALM_MS : retryMs);
}

function change(newHealth, newVersion) {
  const isBack = newHealth === "ready" && health !== "ready" && health !== "starting";
  const isNew = newHealth !== health || newVersion !== version;
  if (newHealth === "ready") retryMs = FIRST_RETRY_MS;
  health = newHealth;
  version = newVersion;
  if (isNew) connection.dispatchEvent(new Event("change"));
  if (isBack) connection.dispatchEvent(new Event("back"));
}

function schedule(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(check, milliseconds);
  if (health !== "ready") retryMs = Math.min(2 * retryMs, MAX_RETRY_MS);
}
