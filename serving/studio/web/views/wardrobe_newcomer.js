// Choice of liked photos from a varied sample, and upload of a photo.

import { encodeBytes } from "../api.js";
import { altOf, catalog, factsOf, lookUp, thingOf } from "../catalog.js";
import { grid } from "../components/card.js";
import { dropZone } from "../components/drop_zone.js";
import { icon } from "../components/icons.js";
import { likeAction } from "../components/item_actions.js";
import { emptyNotice } from "../components/notice.js";
import { photo } from "../components/photo.js";
import { Region, skeleton } from "../components/region.js";
import { tapStrip } from "../components/strip.js";
import { debounce, fill, h } from "../dom.js";
import { shrink } from "../image_file.js";
import { recommendForItems, similarToImage } from "../recommender.js";
import { linkTo } from "../router.js";
import { labelFor } from "../settings.js";
import { changes, isLiked, likedItems, setLiked, toggleLike } from "../state.js";

const NEAREST = 3;
const TAP_MS = 150;

/**
 * Shows the sample and the list that the likes make.
 * @param {import("../router.js").Context} context
 * @param {HTMLElement} chooser Element to fill.
 * @param {import("../components/picks.js").Picks} picks
 */
export function showNewcomer({ signal }, chooser, picks) {
  const starters = new Region(h("div"), signal);
  const liked = h("div.liked");
  const photoRegion = new Region(h("div.own-photo"), signal);
  const update = () => {
    showLiked(liked, signal);
    for (const tile of starters.root.querySelectorAll("[data-item]")) {
      tile.querySelector("[aria-pressed]").setAttribute("aria-pressed", String(isLiked(tile.dataset.item)));
    }
  };
  const refresh = debounce(() => showPicks(picks), TAP_MS);
  changes.addEventListener("liked", () => {
    update();
    refresh();
  }, { signal });

  fill(chooser,
    h("div.wishes", {}, dropZone("Choose a photo", (file) => readPhoto(file, photoRegion)), liked),
    photoRegion.root, starters.root);
  update();
  starters.load("Laying out photos to choose from …", async (latest) => {
    const ids = catalog().starters;
    if (!ids.length) return [emptyNotice("This version was exported without photos to choose from. Choose a photo of your own.")];
    await lookUp(ids, latest);
    return [h("p.hint", {}, "Tap what you like. The list changes with each tap."),
      grid(ids.map(starter), "Photos to choose from", "grid.starters")];
  }, { placeholder: () => skeleton(15, "grid.starters") });
  return showPicks(picks);
}

function starter(id) {
  const place = { list: "wardrobe", user: "", label: "" };
  return h("li", { "data-item": id }, h("button.starter", {
    type: "button", "aria-pressed": String(isLiked(id)), "aria-label": `Like: ${altOf(factsOf(id))}`,
    onclick: () => likeAction(id, place).act(),
  }, photo(factsOf(id), { alt: "" }), icon("heart")));
}

function showLiked(place, signal) {
  lookUp(likedItems(), signal).then(() => {
    const ids = likedItems().reverse(); // As they are by now: the look-up takes its time.
    fill(place, ids.length > 0 && [
      tapStrip(ids, "What you like: tap to take back", toggleLike),
      h("button.link", { type: "button", onclick: () => setLiked([]) }, "Start again"),
    ]);
  }, () => {});
}

async function showPicks(picks) {
  const likes = likedItems();
  const label = await labelFor("");
  await picks.show({
    title: likes.length ? "For you" : "For the average user",
    busy: `Ranking ${catalog().num_items.toLocaleString()} items for your likes …`,
    hint: likes.length ? "" : "Like something, and this list becomes yours.",
    user: "",
    label,
    link: likes.length ? linkTo("list", likes.map((id) => ["like", id])) : "",
    rank: (signal) => recommendForItems(likes, {}, { signal, label }),
  });
}

function readPhoto(file, region) {
  return region.load("Reading your photo …", async (signal) => {
    const small = await shrink(file);
    const { entries } = await similarToImage(await encodeBytes(small), { signal });
    const nearest = entries.slice(0, NEAREST).map(({ id }) => id);
    await lookUp(nearest, signal);
    signal.throwIfAborted();
    const address = URL.createObjectURL(small);
    signal.addEventListener("abort", () => URL.revokeObjectURL(address));
    setLiked([...likedItems(), ...nearest.toReversed()]);
    const kind = thingOf(factsOf(nearest[0]));
    return [
      h("span.photo", {}, h("img", { src: address, alt: "your photo" })),
      h("div", {}, h("p", {}, "Your photo, read as ", kind ? `${kind.toLowerCase()}:` : "these:"),
        tapStrip(nearest, "Items of the catalog that look like your photo", toggleLike)),
    ];
  });
}
