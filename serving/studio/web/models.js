// What the model server has: versions of its models, and the signatures of a version.

import { getJson, modelPath } from "./api.js";

const FIRST_DATE = 1e9; // 2001.
const LAST_DATE = 1e11; // 5138; above are milliseconds and dates in digits.

/** @typedef {{ label?: string, version?: string }} Which Label or version; see `modelPath`. */

/** @type {Map<string, Promise<Map<string, string[]>>>} Signatures by path of the model. */
const asked = new Map();

/**
 * Versions that can be called.
 * @param {string} model
 * @param {AbortSignal} [signal]
 * @returns {Promise<string[]>} The newest first.
 * @throws {import("./errors.js").Failure} If the server does not have the model.
 */
export async function availableVersions(model, signal) {
  const answer = await getJson(modelPath(model), signal);
  return answer.model_version_status
    .filter((status) => status.state === "AVAILABLE").map((status) => status.version)
    .sort((one, other) => Number(other) - Number(one));
}

/**
 * Version in words. Versions are numbered by the second in which they were exported.
 * @param {string} version
 * @param {"date" | "time"} [precision]
 * @returns {string} Such as "Nov 29, 2026, 7:13:20 PM"; "v7" if the number is no such second.
 */
export function versionName(version, precision = "time") {
  const seconds = Number(version);
  if (!(seconds >= FIRST_DATE && seconds < LAST_DATE)) return `v${version}`;
  const format = { dateStyle: "medium", ...(precision === "time" ? { timeStyle: "medium" } : {}) };
  return new Date(1000 * seconds).toLocaleString(undefined, format);
}

/**
 * Signatures of a version, asked for once.
 * @param {string} model
 * @param {Which} which
 * @returns {Promise<Map<string, string[]>>} Names of the inputs, by signature.
 */
export function signaturesOf(model, which) {
  const path = modelPath(model, which);
  if (!asked.has(path)) {
    const asking = readSignatures(path);
    asked.set(path, asking);
    asking.catch(() => asked.delete(path));
  }
  return asked.get(path);
}

/** Forgets the signatures, because the server has another version now. */
export function forgetSignatures() {
  asked.clear();
}

async function readSignatures(path) {
  const { metadata } = await getJson(`${path}/metadata`);
  const { signature_def: signatures } = metadata.signature_def;
  const names = Object.keys(signatures).filter((name) => !name.startsWith("__")).sort();
  return new Map(names.map((name) => [name, Object.keys(signatures[name].inputs)]));
}
