// Pairs for the blind choice, drawn at random.

import { catalog, factsOf, lookUp } from "./catalog.js";
import { makeDesign, NUM_RANKS, openDesigner } from "./designer.js";
import { Failure } from "./errors.js";
import { recommendForItems, recommendForUser } from "./recommender.js";
import { likedItems } from "./state.js";
import { ownedItems } from "./wardrobes.js";

const TOP = 10;
const DRAWN_USERS = 25;

/**
 * @typedef {object} Side
 * @property {boolean} isModel Whether it is the model's pick or the design.
 * @property {string} id Item, "" for a design.
 * @property {import("./designer.js").Design | null} design
 */

/**
 * @typedef {object} Pair
 * @property {import("./choice_results.js").Kind} kind
 * @property {string} category
 * @property {Side[]} sides Left and right.
 */

/**
 * Draws a pair of one category.
 * @param {import("./choice_results.js").Kind} kind
 * @param {string} user "" for the liked items.
 * @param {AbortSignal} signal
 * @returns {Promise<Pair>}
 * @throws {Failure} If there is no such pair.
 */
export async function drawPair(kind, user, signal) {
  const { category, sides } = await (kind === "design" ? designPair : randomPair)(user, signal);
  return { kind, category, sides: shuffle(sides) };
}

// Items that other users own, drawn at random, are as popular as items are on average.
async function randomPair(user, signal) {
  const { entries } = user
    ? await recommendForUser(user, {}, { signal }) : await recommendForItems(likedItems(), {}, { signal });
  const others = shuffle(catalog().users.filter(({ user_id: id }) => id !== user)).slice(0, DRAWN_USERS);
  const drawn = shuffle([...new Set(others.flatMap(({ item_ids: ids }) => ids))]);
  const owned = new Set(user ? (await ownedItems(user, signal)).ids : likedItems());
  await lookUp([...entries.slice(0, TOP).map(({ id }) => id), ...drawn], signal);
  for (const { id } of shuffle(entries.slice(0, TOP))) {
    const { category } = factsOf(id);
    const other = drawn.find((candidate) => candidate !== id && !owned.has(candidate) && factsOf(candidate).category === category);
    if (other) return { category, sides: [itemSide(id, true), itemSide(other, false)] };
  }
  throw new Failure("No pair of one category was drawn: try again, or choose another user.");
}

async function designPair(user, signal) {
  const designer = await openDesigner(signal);
  const { entries } = await recommendForUser(user, {}, { signal });
  await lookUp(entries.map(({ id }) => id), signal);
  const categories = [...new Set(entries.map(({ id }) => factsOf(id).category))]
    .filter((name) => designer.categories.compose.includes(name));
  if (!categories.length) throw new Failure("The designer has no category of this list.");
  const category = shuffle(categories)[0];
  const best = entries.find(({ id }) => factsOf(id).category === category);
  const rank = Math.floor(Math.random() * NUM_RANKS);
  const design = await makeDesign({ source: "compose", user, category, rank, version: designer.version }, signal);
  return { category, sides: [{ isModel: true, id: "", design }, itemSide(best.id, false)] };
}

function itemSide(id, isModel) {
  return { isModel, id, design: null };
}

function shuffle(values) {
  return values.map((value) => ({ value, key: Math.random() }))
    .sort((one, other) => one.key - other.key).map(({ value }) => value);
}
