// The chosen user, the liked items, and the items hidden by hand; kept in this browser.

import { follow, load, save } from "./storage.js";

const MAX_LIKED = 60;

let user = load("user", "");
let liked = load("liked", []);
let hidden = loadHidden();

/** Dispatches "liked" when the liked items change. */
export const changes = new EventTarget();

follow("liked", () => {
  liked = load("liked", []);
  changes.dispatchEvent(new Event("liked"));
});
follow("hidden", () => {
  hidden = loadHidden();
});

/** Id of the user chosen last, "" before any choice. @returns {string} */
export function chosenUser() {
  return user;
}

/** Remembers a user for the other rooms. @param {string} id */
export function chooseUser(id) {
  user = id;
  save("user", id);
}

/** Ids of the liked items, the latest last. @returns {string[]} */
export function likedItems() {
  return [...liked];
}

/** Whether an item is liked. @param {string} id @returns {boolean} */
export function isLiked(id) {
  return liked.includes(id);
}

/**
 * Likes an item, or takes the like back.
 * @param {string} id
 * @returns {boolean} Whether it is liked now.
 */
export function toggleLike(id) {
  const likes = !isLiked(id);
  setLiked(likes ? [...liked, id] : liked.filter((other) => other !== id));
  return likes;
}

/**
 * Likes these items and no others.
 * @param {string[]} ids The latest last.
 */
export function setLiked(ids) {
  liked = [...new Set(ids)].slice(-MAX_LIKED);
  save("liked", liked);
  changes.dispatchEvent(new Event("liked"));
}

/** Ids of the items hidden from a user, "" for nobody. @param {string} userId @returns {string[]} */
export function hiddenFrom(userId) {
  return [...hidden[userId] ?? []];
}

/** Shows all items hidden from a user again. @param {string} userId "" for nobody. */
export function showHidden(userId) {
  delete hidden[userId];
  save("hidden", hidden);
}

/**
 * Hides an item from a user's lists, or shows it again.
 * @param {string} userId "" for nobody.
 * @param {string} id
 * @param {boolean} isHidden
 */
export function setHidden(userId, id, isHidden) {
  const others = hiddenFrom(userId).filter((other) => other !== id);
  hidden[userId] = isHidden ? [...others, id] : others;
  save("hidden", hidden);
}

// Without a prototype: "constructor" may be a user id.
function loadHidden() {
  return Object.assign(Object.create(null), load("hidden", {}));
}
