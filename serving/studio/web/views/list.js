// Ranked list for a user, for liked items, or for words; narrowed, pinned and buried by hand.

import { catalog, lookUp, userName } from "../catalog.js";
import { filterControls, wordSearch } from "../components/filter_bar.js";
import { openItem } from "../components/item_dialog.js";
import { Region, skeleton } from "../components/region.js";
import { tapStrip } from "../components/strip.js";
import { fill, h } from "../dom.js";
import { filterParams, isFiltered, parseFilters } from "../filters.js";
import { rankedList } from "../ranked_list.js";
import { linkTo } from "../router.js";
import { changes, chooseUser, chosenUser, likedItems, setLiked } from "../state.js";
import { ownedItems } from "../wardrobes.js";
import { listResults } from "./list_results.js";

const SKELETON = 10;
const STRIP = 9;

/** @type {import("../router.js").View} */
export const list = { path: "list", title: "List", label: "List", icon: "list", show };

/** @param {import("../router.js").Context} context */
function show({ root, params, signal, setParams }) {
  const user = whose(params);
  const filters = parseFilters(params);
  const region = new Region(h("section.results", { "aria-label": "Ranked items" }), signal);
  const heading = h("header.heading");
  const toolbar = h("div.toolbar");
  const clearFilters = () => {
    Object.assign(filters, parseFilters(new URLSearchParams({ words: filters.text })));
    showTools();
    toolbar.querySelector("button").focus(); // The button that was pressed is gone or disabled.
    load();
  };
  const clear = h("button.link", { type: "button", onclick: clearFilters }, "Clear filters");
  const load = () => {
    const isNarrowed = isFiltered(filters, user);
    clear.disabled = !isNarrowed;
    // Lists for words take neither diversity nor owned items into account.
    for (const control of toolbar.querySelectorAll("[data-ranked]")) control.hidden = filters.text !== "";
    setParams(filterParams(filters, user ? { user } : likeParams()));
    return region.load(busyText(user), async (latest) => {
      const ranked = await rankedList(user, filters, latest);
      restoreFocus(region.root);
      return listResults(ranked, user, isNarrowed, load, clearFilters, latest);
    }, { keep: true, placeholder: () => skeleton(SKELETON) });
  };
  const showTools = () => fill(toolbar,
    catalog().text_search && wordSearch(filters, load),
    filterControls(filters, load, { isRanked: user !== "" }),
    clear);
  if (!user) {
    changes.addEventListener("liked", () => {
      showHeading(heading, user, signal);
      load();
    }, { signal });
  }
  showHeading(heading, user, signal);
  showTools();
  fill(root, heading, toolbar, region.root);
  return load();
}

// The user of the address, else the likes of the address, else what was chosen before.
function whose(params) {
  const user = params.get("user") ?? "";
  if (user) chooseUser(user);
  if (!user && params.has("like")) setLiked(params.getAll("like").filter(Boolean));
  if (user || params.has("like")) return user;
  return chosenUser() || (likedItems().length ? "" : catalog().users[0]?.user_id ?? "");
}

function likeParams() {
  return likedItems().map((id) => ["like", id]);
}

function busyText(user) {
  const count = catalog().num_items;
  const items = count ? `${count.toLocaleString()} items` : "all items";
  return user ? `Ranking ${items} for ${userName(user)} …` : `Ranking ${items} for your likes …`;
}

function showHeading(place, user, signal) {
  const likes = likedItems();
  const region = new Region(h("div.owned"), signal);
  region.load("Looking up the wardrobe …", async (latest) => {
    const ids = user ? (await ownedItems(user, latest)).ids : likes.toReversed();
    const shown = ids.slice(0, STRIP);
    await lookUp(shown, latest);
    return [
      ids.length > 0 && [
        h("span.quiet", {}, `${user ? "Owns" : "You like"} ${ids.length.toLocaleString()}`),
        tapStrip(shown, user ? "What they own" : "What you like",
          (id) => openItem(id, { list: "list", user, label: "" })),
      ],
      h("a.link", { href: linkTo("wardrobe", user ? { user } : { who: "new" }) }, "Change"),
    ];
  });
  fill(place, h("h1", {}, titleOf(user, likes.length)), region.root);
}

function titleOf(user, numLikes) {
  if (user) return `For ${userName(user)}`;
  return numLikes ? "For you" : "For the average user";
}

// Gives the focus back once a new list is in place: to the same button, or to the card that has
// taken the place of one that is gone.
function restoreFocus(root) {
  const button = document.activeElement;
  const cell = root.contains(button) && button.closest("[data-item]");
  if (!cell) return;
  const index = [...cell.parentElement.children].indexOf(cell);
  const kind = button.dataset.icon ? `[data-icon="${button.dataset.icon}"]` : ".name";
  const same = `[data-item="${CSS.escape(cell.dataset.item)}"] ${kind}`;
  setTimeout(() => {
    const moved = root.querySelector(same) ?? root.querySelectorAll(".card .name")[index];
    moved?.focus({ preventScroll: root.querySelector(same) !== null });
  });
}
