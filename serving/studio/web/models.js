// What the model server has: versions of its models, and the signatures of a version.

import { getJson, modelPath } from "./api.js";

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
 * Signatures of a version.
 * @param {string} model
 * @param {string} version
 * @param {AbortSignal} [signal]
 * @returns {Promise<Map<string, string[]>>} Names of the inputs, by signature.
 */
export async function signaturesOf(model, version, signal) {
  const { metadata } = await getJson(`${modelPath(model, { version })}/metadata`, signal);
  const { signature_def: signatures } = metadata.signature_def;
  const names = Object.keys(signatures).filter((name) => !name.startsWith("__")).sort();
  return new Map(names.map((name) => [name, Object.keys(signatures[name].inputs)]));
}
