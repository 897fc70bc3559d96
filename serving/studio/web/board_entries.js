// Entries of the moodboard from designs, restyled photos and items.

import { factsOf, nameOf, priceText, userName } from "./catalog.js";

/**
 * Name of a design.
 * @param {import("./designer.js").Design} design
 * @returns {string} Such as "Dress, gray".
 */
export function designTitle({ category, colorName }) {
  return colorName ? `${category}, ${colorName}` : category;
}

/**
 * Source of a design: items alone, a cut of no item in a cloth of one, or a network alone.
 * @param {import("./designer.js").Design} design
 */
export function sourceLabel({ source, cut }) {
  if (source !== "compose") return "Drawn by a network";
  return cut ? "Composed" : "Drawn cut";
}

/**
 * @param {import("./designer.js").Design} design
 * @returns {import("./board.js").Entry}
 */
export function designEntry(design) {
  const { source, user, category, boldness, rank, version, image, cut, cloth, color, colorName } = design;
  return {
    // Keys at boldness 0 are those of earlier releases.
    key: ["design", source, version, user, category, rank, ...(boldness ? [boldness] : [])].join(" "),
    kind: "design",
    title: designTitle(design),
    facts: [
      sourceLabel(design),
      whose(user),
      boldness > 0 && `Boldness ${Math.round(100 * boldness)} %`,
    ].filter(Boolean),
    parts: [{ label: "Cut", item: cut }, { label: "Cloth", item: cloth }].filter(({ item }) => item),
    color,
    colorName,
    note: "",
    image,
    origin: { source, user, category, boldness, rank, version },
  };
}

/**
 * @param {string} title
 * @param {import("./designer.js").Recolored} result
 * @param {string} user
 * @returns {import("./board.js").Entry}
 */
export function photoEntry(title, { image, color, colorName, cloth }, user) {
  return {
    key: `photo ${crypto.getRandomValues(new Uint32Array(2)).join("")}`,
    kind: "photo",
    title,
    facts: ["Restyled photo", whose(user)],
    parts: cloth ? [{ label: "Cloth", item: cloth }] : [],
    color,
    colorName,
    note: "",
    image,
  };
}

/**
 * @param {string} id Item that was looked up.
 * @returns {import("./board.js").Entry}
 */
export function itemEntry(id) {
  const facts = factsOf(id);
  return {
    key: `item ${id}`,
    kind: "item",
    title: nameOf(facts),
    facts: [
      "Item of the catalog",
      facts.title && facts.category,
      facts.price !== null && priceText(facts.price),
    ].filter(Boolean),
    parts: [{ label: "Item", item: id }],
    color: "",
    colorName: "",
    note: "",
    image: "",
    item: id,
  };
}

function whose(user) {
  return user ? `For ${userName(user)}` : "For the average user";
}
