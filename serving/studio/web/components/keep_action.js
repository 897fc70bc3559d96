// Keeping things on the moodboard.

import { board, boardEntries, isFull, isKept, MAX_ENTRIES, toggleKept } from "../board.js";
import { fill, h } from "../dom.js";
import { record } from "../events.js";
import { linkTo } from "../router.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";

/**
 * Toggle that keeps something on the board.
 * @param {() => import("../board.js").Entry} makeEntry
 * @param {import("./item_actions.js").Place} place
 * @returns {import("./card.js").Action}
 */
export function keepAction(makeEntry, place) {
  const entry = makeEntry();
  return {
    icon: "board",
    label: "Keep",
    pressed: isKept(entry.key),
    act: () => {
      if (!isKept(entry.key) && isFull()) {
        toast(`The board holds ${MAX_ENTRIES} things: take one off first.`);
        return false;
      }
      saved(toggleKept(entry));
      const kept = isKept(entry.key);
      if (kept) record({ type: "keep", ...place, ...subject(entry) });
      toast(kept ? `${entry.title} is on the board.` : `${entry.title} is off the board.`);
      return kept;
    },
  };
}

/**
 * Link to the board that says how much is on it.
 * @param {AbortSignal} signal Of the view.
 * @returns {HTMLElement}
 */
export function boardLink(signal) {
  const link = h("a.button", { href: linkTo("board") });
  const update = () => fill(link, icon("board"), h("span", {}, "Board"), h("span.count", {}, boardEntries().length));
  board.addEventListener("change", update, { signal });
  update();
  return link;
}

// What is no item of the catalog is named by its key.
function subject({ key, item, origin }) {
  return item ? { itemId: item } : { itemId: key, model: "designer", version: origin?.version ?? "" };
}

/**
 * Tells why the board could not be saved.
 * @param {Promise<void>} saving
 */
export function saved(saving) {
  saving.catch((error) => toast(error.message));
}
