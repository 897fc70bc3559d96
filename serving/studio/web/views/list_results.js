// Cards of the ranked list and their actions.

import { userName } from "../catalog.js";
import { card, grid } from "../components/card.js";
import { buryAction, hideAction, likeAction, pinAction } from "../components/item_actions.js";
import { openItem } from "../components/item_dialog.js";
import { merchandisingButton } from "../components/merchandising_dialog.js";
import { emptyNotice } from "../components/notice.js";
import { toast } from "../components/toast.js";
import { announce, h } from "../dom.js";
import { record } from "../events.js";
import { linkTo } from "../router.js";
import { hiddenFrom, likedItems, showHidden } from "../state.js";

const EAGER = 10;

/**
 * Lays out a list.
 * @param {import("../ranked_list.js").RankedList} ranked
 * @param {string} user "" for nobody.
 * @param {boolean} isNarrowed Whether a filter is in use.
 * @param {() => void} reload
 * @param {() => void} clearFilters
 * @param {AbortSignal} signal Of this list.
 * @returns {import("../dom.js").Child[]}
 */
export function listResults(ranked, user, isNarrowed, reload, clearFilters, signal) {
  const ids = ranked.entries.map((entry) => entry.id);
  const notes = notesOf(ranked, user);
  const text = ids.length ? summary(ids.length, ranked.total, isNarrowed) : "No items.";
  announce([...notes, text].join(" "));
  if (ids.length) record({ type: "shown", list: "list", user, label: ranked.label, itemIds: ids });
  return [
    notes.map((note) => h("p.note", {}, note)),
    h("div.summary", {}, h("p.quiet", {}, text), h("div.row", {},
      hiddenButton(user, reload), merchandisingButton(reload, signal))),
    ids.length > 0
      ? grid(ranked.entries.map((entry, index) => listCard(entry, index, ranked, user, reload)), "Ranked items")
      : nothing(ranked.knownText, isNarrowed, clearFilters),
  ];
}

function nothing(knownText, isNarrowed, clearFilters) {
  if (!knownText) return emptyNotice("Look for other words.");
  if (!isNarrowed) return emptyNotice("Nothing is left to show: look for other words, or show what is hidden or buried.");
  return emptyNotice("No item passes all filters.",
    h("button.button", { type: "button", onclick: clearFilters }, "Clear filters"));
}

function notesOf({ known, knownText }, user) {
  return [
    user && !known && `The model does not know ${userName(user)}: this is the list of the average user.`,
    !knownText && "The model knows none of these words.",
  ].filter(Boolean);
}

function summary(count, total, isNarrowed) {
  const items = count === 1 ? "item" : "items";
  const narrowed = isNarrowed && total > 0 ? `${count} of the ${total} best items pass the filters.` : `${count} ${items}, best first.`;
  return `${narrowed} Only what is available.`;
}

function hiddenButton(user, reload) {
  const count = hiddenFrom(user).length;
  return count > 0 && h("button.link", {
    type: "button",
    onclick: () => {
      for (const id of hiddenFrom(user)) record({ type: "unhide", list: "list", user, itemId: id });
      showHidden(user);
      reload();
    },
  }, `Show ${count} hidden`);
}

function listCard({ id, because }, index, { label, owned, pinned }, user, reload) {
  const place = { list: "list", user, label, rank: index + 1 };
  const hide = hideAction(id, place, reload);
  return card(id, {
    because,
    badge: pinned.has(id) ? "Pinned" : owned.has(id) ? "Owned" : "",
    eager: index < EAGER,
    onOpen: () => openItem(id, place, reload, [hide]),
    actions: [
      likeAction(id, place, (liked) => liked && user && offerLikes()),
      pinAction(id, reload), buryAction(id, reload), hide,
    ],
  });
}

// A like does not change the list of a user: it makes a list of its own.
function offerLikes() {
  const likes = likedItems();
  toast(likes.length === 1 ? "Liked." : `Liked: ${likes.length} items by now.`, {
    label: "List of your likes",
    action: () => { location.hash = linkTo("list", likes.map((id) => ["like", id])); },
  });
}
