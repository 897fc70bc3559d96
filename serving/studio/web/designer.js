// The signatures of the designer, and what the served version can do.

import { getJson, predict } from "./api.js";
import { catalog } from "./catalog.js";
import { Failure } from "./errors.js";
import { availableVersions, signaturesOf } from "./models.js";

/** Designs of a category that `compose` ranks for a user. */
export const NUM_RANKS = 8;

/**
 * @typedef {object} Designer
 * @property {string} version
 * @property {string[]} signatures
 * @property {boolean} hasBoldness Whether `compose` takes a boldness.
 * @property {{ compose: string[], design: string[] }} categories
 * @property {Record<string, number>} numDesigns Composed designs of a category, where the export says so.
 * @property {boolean} isFitToShow Whether drawn designs look like real garments.
 * @property {Cloth[]} cloths Cloths that `recolor` takes.
 */

/** @typedef {{ item_id: string, color: string, color_name: string }} Cloth */

/** @typedef {"compose" | "design"} Source Signature that makes a design. */

/**
 * @typedef {object} Design
 * @property {Source} source
 * @property {string} user "" for nobody.
 * @property {string} category
 * @property {number} boldness From 0 to 1: order of the ranks of composed designs, by preference or
 *     by distance from the catalog.
 * @property {number} rank Rank of a composed design, 0 for the best; seed of a drawn one.
 * @property {string} version Version of the designer.
 * @property {string} image Picture, a data URL.
 * @property {number} preference
 * @property {string} cut Item of the cut, "" for none, as the other texts.
 * @property {string} cloth Item of the cloth.
 * @property {string} color As "#rrggbb".
 * @property {string} colorName
 * @property {string[]} nearest Items that look most like it.
 * @property {boolean} known Whether the model knows the user.
 */

/** @type {Designer | null} */
let current = null;

/**
 * What the served designer can do.
 * @param {AbortSignal} signal
 * @returns {Promise<Designer | null>} null if none is served.
 */
export async function openDesigner(signal) {
  const version = await servedDesigner(signal);
  if (!version) return null;
  if (current?.version !== version) current = await describe(version, signal);
  return current;
}

async function servedDesigner(signal) {
  try {
    return (await availableVersions("designer", signal))[0] ?? "";
  } catch (error) {
    if (error instanceof Failure && error.kind !== "away") return "";
    throw error;
  }
}

async function describe(version, signal) {
  const served = await signaturesOf("designer", { version });
  const signatures = [...served.keys()];
  const hasBoldness = takesBoldness(served);
  const names = catalog().categories.map(({ name }) => name);
  try {
    const folder = await getJson(`catalog/designer/${encodeURIComponent(version)}/catalog.json`, signal);
    const { categories, cloths = [], num_designs: numDesigns = {}, gan_fit_to_show: isFitToShow = true } = folder;
    return { version, signatures, hasBoldness, categories, cloths, numDesigns, isFitToShow };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === "away") throw error;
    // Exported without a catalog folder: the server says which categories it lacks.
    const categories = { compose: names, design: names };
    return { version, signatures, hasBoldness, categories, cloths: [], numDesigns: {}, isFitToShow: true };
  }
}

/**
 * Gets a composed design of a user, or lets the network draw one.
 * @param {import("./board.js").Origin} request `boldness`: 0 if it is missing, as in old links.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Design>}
 */
export async function makeDesign({ source, user, category, boldness = 0, rank, version }, signal) {
  const outputs = await (source === "compose"
    ? compose(user, category, boldness, rank, { signal, version })
    : draw(user, category, rank, { signal, version }));
  const text = (name) => outputs[name]?.[0] ?? "";
  return {
    source, user, category, boldness, rank, version,
    image: pngUrl(outputs.image_bytes[0]),
    preference: outputs.preference[0],
    cut: text("cut_item_id"),
    cloth: text("cloth_item_id"),
    color: text("color"),
    colorName: text("color_name"),
    nearest: outputs.nearest_item_ids[0].filter((id) => id),
    known: outputs.known_user[0],
  };
}

async function compose(user, category, boldness, rank, options) {
  // JSON leaves out what is undefined.
  const sent = boldness > 0 || takesBoldness(await signaturesOf("designer", options)) ? [boldness] : undefined;
  return predict("designer", "compose", {
    user_id: [user], category: [category], seed: [rank], boldness: sent,
  }, options);
}

// Versions of earlier releases take none.
function takesBoldness(signatures) {
  return signatures.get("compose")?.includes("boldness") ?? false;
}

function draw(user, category, seed, options) {
  return predict("designer", "design", { user_id: [user], category: [category], seed: [seed] }, options);
}

/**
 * @typedef {object} Recolored A photo whose garment got another cloth.
 * @property {string} image Picture, a data URL.
 * @property {number} before Score of the garment before.
 * @property {number} after Score of the garment now.
 * @property {string} cloth Item of the cloth, "" for none.
 * @property {string} color As "#rrggbb", "" if unknown.
 * @property {string} colorName
 * @property {boolean} known Whether the model knows the user.
 */

/**
 * Puts the garment of a photo into a cloth.
 * @param {{ user: string, photo: { b64: string }, cloth: string, strength: number }} request
 *     `cloth`: item of the cloth, "" for the one that the user likes most.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Recolored>}
 */
export async function recolor({ user, photo, cloth, strength }, signal) {
  return recolored(await predict("designer", "recolor", {
    user_id: [user], image_bytes: [photo], cloth_item_id: [cloth], strength: [strength],
  }, { signal }));
}

/**
 * Draws a photo anew, nearer to a user's taste.
 * @param {{ user: string, photo: { b64: string }, category: string, strength: number }} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Recolored>}
 */
export async function restyle({ user, photo, category, strength }, signal) {
  return recolored(await predict("designer", "restyle", {
    user_id: [user], image_bytes: [photo], category: [category], strength: [strength],
  }, { signal }));
}

function recolored(outputs) {
  return {
    image: pngUrl(outputs.image_bytes[0]),
    before: outputs.preference_before[0],
    after: outputs.preference_after[0],
    cloth: outputs.cloth_item_id?.[0] ?? "",
    color: outputs.color?.[0] ?? "",
    colorName: outputs.color_name?.[0] ?? "",
    known: outputs.known_user[0],
  };
}

function pngUrl({ b64 }) {
  return `data:image/png;base64,${b64}`;
}
