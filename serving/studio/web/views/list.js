// Ranked list for a user, for liked items, or for words; narrowed, pinned and buried by hand.

import { catalog, factsOf, lookUp } from "../catalog.js";
import { card, grid } from "../components/card.js";
import { filterControls, wordSearch } from "../components/filter_bar.js";
import { buryAction, hideAction, likeAction, pinAction } from "../components/item_actions.js";
import { openItem } from "../components/item_dialog.js";
import { merchandisingButton } from "../components/merchandising_dialog.js";
import { emptyNotice } from "../components/notice.js";
import { Region, skeleton } from "../components/region.js";
import { tapStrip } from "../components/strip.js";
import { announce, fill, h } from "../dom.js";
import { record } from "../events.js";
import { countFilters, filterParams, parseFilters } from "../filters.js";
import { rankedList } from "../ranked_list.js";
import { linkTo } from "../router.js";
import { chooseUser, chosenUser, likedItems, setLiked } from "../state.js";
import { ownedItems } from "../wardrobes.js";

const EAGER = 10;
const STRIP = 9;

/** @type {import("../router.js").View} */
export const list = { path: "list", title: "List", label: "List", icon: "list", show };

/** @param {import("../router.js").Context} context */
function show({ root, params, signal, setParams }) {
  const user = whose(params);
  const filters = parseFilters(params);
  const region = new Region(h("section.results", { "aria-label": "Ranked items" }), signal);
  const toolbar = h("div.toolbar");
  const whoParams = () => (user ? { user } : likedItems().map((id) => ["like", id]));
  const load = (keep = true) => {
    setParams(filterParams(filters, whoParams()));
    return region.load(busyText(user), async (latest) => {
      const focus = focusedAction(region.root);
      const ranked = await rankedList(user, filters, latest);
      setTimeout(() => focus && region.root.querySelector(focus)?.focus());
      return results(ranked, user, () => load());
    }, { keep, placeholder: () => skeleton(EAGER) });
  };
  const showTools = () => fill(toolbar,
    catalog().text_search && wordSearch(filters, () => load()),
    filterControls(filters, () => load(), { isRanked: user !== "" }),
    clearButton(filters, () => {
      showTools();
      load();
    }), merchandisingButton(() => load(), signal));
  showTools();
  fill(root, heading(user, signal), toolbar, region.root);
  return load(false);
}

// The user of the address, else the likes of the address, else what was chosen before.
function whose(params) {
  const user = params.get("user") ?? "";
  if (params.has("like")) setLiked(params.getAll("like"));
  if (user || params.has("like")) {
    if (user) chooseUser(user);
    return user;
  }
  return chosenUser() || (likedItems().length ? "" : catalog().users[0]?.user_id ?? "");
}

function busyText(user) {
  const count = catalog().num_items;
  const items = count ? `${count.toLocaleString()} items` : "all items";
  return user ? `Ranking ${items} for user ${user} …` : `Ranking ${items} for your likes …`;
}

function heading(user, signal) {
  const likes = likedItems();
  const title = user ? `For user ${user}` : likes.length
    ? `For your ${likes.length === 1 ? "like" : `${likes.length} likes`}` : "For the average customer";
  const region = new Region(h("div.owned"), signal);
  region.load("Looking up the wardrobe …", async (latest) => {
    const ids = user ? (await ownedItems(user, latest)).ids : likes.reverse();
    await lookUp(ids.slice(0, STRIP), latest);
    const place = { list: "list", user, label: "" };
    return [
      ids.length > 0 && h("span.quiet", {}, user ? `Owns ${ids.length.toLocaleString()}` : "Likes"),
      ids.length > 0 && tapStrip(ids.slice(0, STRIP), user ? "What they own" : "What you like",
        (id) => openItem(id, place)),
      h("a.link", { href: linkTo("wardrobe", user ? { user } : { who: "new" }) }, "Change"),
    ];
  });
  return h("header.heading", {}, h("h1", {}, title), region.root);
}

function results({ entries, known, knownText, label, owned, pinned }, user, reload) {
  const ids = entries.map((entry) => entry.id);
  record({ type: "shown", list: "list", user, label, itemIds: ids });
  const notes = [
    user && !known && `The model does not know user ${user}: this is the list of the average customer.`,
    !knownText && "The model knows none of these words.",
  ].filter(Boolean);
  const text = `${ids.length} ${ids.length === 1 ? "item" : "items"}, best first. Only items that are available.`;
  announce([...notes, text].join(" "));
  if (!ids.length) return [emptyNotice("No item passes these filters: take one away.")];
  const cards = entries.map(({ id, because }, index) => {
    const place = { list: "list", user, label, rank: index + 1 };
    const badge = pinned.has(id) ? "Pinned" : owned.has(id) ? "Owned" : "";
    return card(id, {
      because, badge, eager: index < EAGER,
      onOpen: () => openItem(id, place, reload),
      actions: [likeAction(id, place, () => !user && reload()), pinAction(id, reload),
        buryAction(id, reload), hideAction(id, place, reload)],
    });
  });
  return [
    notes.map((note) => h("p.note", {}, note)),
    h("p.summary", {}, text),
    grid(cards, "Ranked items"),
  ];
}

function clearButton(filters, onChange) {
  return countFilters(filters) > 0 && h("button.link", {
    type: "button",
    onclick: () => {
      Object.assign(filters, parseFilters(new URLSearchParams({ words: filters.text })));
      onChange();
    },
  }, "Clear filters");
}

// Selector of the button that has the focus, to find it again in a new list.
function focusedAction(root) {
  const button = document.activeElement;
  const item = root.contains(button) && button.closest("[data-item]");
  if (!item) return "";
  const kind = button.dataset.icon ? `[data-icon="${button.dataset.icon}"]` : ".name";
  return `[data-item="${CSS.escape(item.dataset.item)}"] ${kind}`;
}
