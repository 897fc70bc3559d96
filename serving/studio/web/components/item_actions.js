// Actions on an item: like, pin, bury, hide.

import { factsOf, nameOf, userName } from "../catalog.js";
import { record } from "../events.js";
import { boostState, buriedItems, pinnedItems, restoreBoosts, setBoost } from "../merchandising.js";
import { isLiked, setHidden, toggleLike } from "../state.js";
import { toast } from "./toast.js";

/**
 * @typedef {object} Place Place of an item on the page, for feedback.
 * @property {string} list Name of the view.
 * @property {string} user User id, "" for nobody.
 * @property {string} label Label of the version that answered.
 * @property {number} [rank] 1 for the first.
 */

/**
 * Heart of an item.
 * @param {string} id
 * @param {Place} place
 * @param {(liked: boolean) => void} [onChange]
 * @returns {import("./card.js").Action}
 */
export function likeAction(id, place, onChange = () => {}) {
  return {
    icon: "heart",
    label: "Like",
    pressed: isLiked(id),
    act: () => {
      const liked = toggleLike(id);
      record({ type: liked ? "like" : "unlike", itemId: id, ...place });
      onChange(liked);
      return liked;
    },
  };
}

/**
 * Pin of an item: it comes first in the lists of this browser.
 * @param {string} id
 * @param {() => void} onChange
 * @returns {import("./card.js").Action}
 */
export function pinAction(id, onChange) {
  const isPinned = pinnedItems().includes(id);
  return {
    icon: "pin",
    label: isPinned ? "Unpin" : "Pin to the top",
    pressed: isPinned,
    act: () => boost(id, isPinned ? "" : "pin", isPinned ? "unpinned" : "pinned to the top", onChange),
  };
}

/**
 * Bury of an item: it is in no list of this browser.
 * @param {string} id
 * @param {() => void} onChange
 * @returns {import("./card.js").Action}
 */
export function buryAction(id, onChange) {
  const isBuried = buriedItems().includes(id);
  return {
    icon: "bury",
    label: isBuried ? "Unbury" : "Bury for everyone",
    pressed: isBuried,
    act: () => boost(id, isBuried ? "" : "bury", isBuried ? "is in the lists again" : "buried for everyone", onChange),
  };
}

/**
 * Hides an item from the lists of one user.
 * @param {string} id
 * @param {Place} place
 * @param {() => void} onChange
 * @returns {import("./card.js").Action}
 */
export function hideAction(id, place, onChange) {
  const set = (isHidden) => {
    setHidden(place.user, id, isHidden);
    record({ type: isHidden ? "hide" : "unhide", itemId: id, ...place });
    onChange();
  };
  return {
    icon: "hide",
    label: place.user ? `Hide for ${userName(place.user)}` : "Hide",
    act: () => {
      set(true);
      toast(`${nameOf(factsOf(id))} hidden.`, { label: "Undo", action: () => set(false) });
    },
  };
}

function boost(id, kind, done, onChange) {
  const before = boostState();
  setBoost(id, kind);
  onChange();
  toast(`${nameOf(factsOf(id))} ${done}.`, {
    label: "Undo",
    action: () => {
      restoreBoosts(before);
      onChange();
    },
  });
}
