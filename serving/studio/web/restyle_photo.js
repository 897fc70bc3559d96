// Photos to restyle: a design, an item of the catalog, or a file.

import { encodeBytes } from "./api.js";
import { factsOf, lookUp, nameOf, thumbnail } from "./catalog.js";
import { makeDesign } from "./designer.js";
import { Failure } from "./errors.js";
import { shrink } from "./image_file.js";

const MAX_SIDE = 768;

/**
 * @typedef {object} Photo
 * @property {string} name
 * @property {string} address Address of the picture.
 * @property {{ b64: string }} bytes
 * @property {string} category "" if unknown.
 */

/**
 * Photo that an address names.
 * @param {URLSearchParams} params
 * @param {AbortSignal} signal
 * @returns {Promise<Photo | null>} null if it names none.
 */
export async function photoOf(params, signal) {
  if (params.has("rank")) return photoOfDesign(params, signal);
  const id = params.get("item");
  if (!id) return null;
  await lookUp([id], signal);
  const response = await fetch(thumbnail(id), { signal });
  if (!response.ok) throw new Failure("There is no photo of this item.");
  const facts = factsOf(id);
  return {
    name: nameOf(facts),
    address: thumbnail(id),
    bytes: await encodeBytes(await response.blob()),
    category: facts.category,
  };
}

async function photoOfDesign(params, signal) {
  const design = await makeDesign({
    source: params.get("source") ?? "compose",
    user: params.get("user") ?? "",
    category: params.get("category") ?? "",
    boldness: Number(params.get("boldness")),
    rank: Number(params.get("rank")),
    version: params.get("version") ?? "",
  }, signal);
  return {
    name: design.category,
    address: design.image,
    bytes: { b64: design.image.split(",")[1] },
    category: design.category,
  };
}

/**
 * Photo of a file, scaled down.
 * @param {File} file
 * @param {AbortSignal} signal
 * @returns {Promise<Photo>}
 */
export async function photoOfFile(file, signal) {
  const small = await shrink(file, MAX_SIDE);
  const bytes = await encodeBytes(small);
  signal.throwIfAborted();
  const address = URL.createObjectURL(small);
  signal.addEventListener("abort", () => URL.revokeObjectURL(address));
  return { name: "Your photo", address, bytes, category: "" };
}
