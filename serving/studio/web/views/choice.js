// Blind choice between two: the model's pick or a random item, a design or a real item.

import { catalog, lookUp, thumbnail, userName } from "../catalog.js";
import { drawPair } from "../choice_pairs.js";
import { countChoice } from "../choice_results.js";
import { busyLine, emptyNotice } from "../components/notice.js";
import { segments } from "../components/options.js";
import { Region } from "../components/region.js";
import { tapStrip } from "../components/strip.js";
import { openItem } from "../components/item_dialog.js";
import { userMenu } from "../components/user_menu.js";
import { openDesigner } from "../designer.js";
import { designEntry } from "../board_entries.js";
import { announce, fill, h } from "../dom.js";
import { record } from "../events.js";
import { linkTo } from "../router.js";
import { chooseUser, chosenUser, likedItems } from "../state.js";
import { ownedItems } from "../wardrobes.js";
import { choiceTable } from "./choice_table.js";

const STRIP = 8;

/** @type {import("../router.js").View} */
export const choice = { path: "choice", title: "Which would you wear?", label: "Choice", icon: "choice", show };

/** @param {import("../router.js").Context} context */
async function show({ root, params, signal, setParams }) {
  const user = params.get("user") ?? (chosenUser() || (likedItems().length ? "" : catalog().users[0]?.user_id ?? ""));
  const menu = userMenu(user, (id) => {
    if (id) chooseUser(id);
    location.hash = linkTo("choice", { user: id });
  });
  const heading = h("header.heading", {}, h("h1", {}, "Which would you wear?"), menu);
  if (!user && !likedItems().length) {
    fill(root, heading, emptyNotice("Choose a user, or like some items first: the pairs are made from them.",
      h("a.button.primary", { href: linkTo("wardrobe", { who: "new" }) }, "Like some items")));
    return;
  }
  fill(root, busyLine("Laying out the room …"));
  const designer = await openDesigner(signal);
  const canCompose = user !== "" && (designer?.signatures.includes("compose") ?? false);
  const pair = new Region(h("section.pair-region", { "aria-label": "Pair" }), signal);
  const table = h("div");
  const showTable = () => {
    const isOpen = table.querySelector("details")?.open ?? false;
    fill(table, choiceTable(canCompose, showTable, isOpen));
  };
  let kind = canCompose && params.get("kind") === "design" ? "design" : "random";
  const next = () => pair.load("Drawing a pair …", async (latest) => {
    const drawn = await drawPair(kind, user, latest);
    await lookUp(drawn.sides.map(({ id }) => id), latest);
    return [pairView(drawn, (chosen) => {
      if (latest.aborted) return; // The pair stays in sight while the next one is drawn.
      settle(drawn, chosen, user);
      showTable();
      next();
    })];
  }, { keep: true, placeholder: () => h("div.pair.ghost", { "aria-hidden": "true" }, h("span.photo"), h("span.photo")) });

  const kinds = canCompose && segments("Pairs", [
    { value: "random", label: "Real items" }, { value: "design", label: "A design among them" },
  ], kind, (value) => {
    kind = value;
    setParams(new URLSearchParams({ user, kind }));
    next();
  });
  fill(root, heading, wardrobeOf(user, signal), kinds && h("div.toolbar", {}, kinds), pair.root, table);
  showTable();
  document.addEventListener("keydown", (event) => press(event, root), { signal });
  await next();
}

function wardrobeOf(user, signal) {
  const region = new Region(h("div.owned"), signal);
  region.load("Looking up the wardrobe …", async (latest) => {
    const ids = user ? (await ownedItems(user, latest)).ids : likedItems().reverse();
    await lookUp(ids.slice(0, STRIP), latest);
    return [
      h("span.quiet", {}, user ? `Choose as ${userName(user)} would, who owns` : "You like"),
      tapStrip(ids.slice(0, STRIP), user ? "What the user owns" : "What you like",
        (id) => openItem(id, { list: "choice", user, label: "" })),
    ];
  });
  return region.root;
}

function pairView({ category, sides }, onChoose) {
  announce(`Two of the category ${category}: press 1 for the left one, 2 for the right one, 0 for neither.`);
  const names = ["Left", "Right"];
  return h("div.pair-view", {},
    h("div.pair", {}, sides.map((side, index) => h("button.tile.side", {
      type: "button", "data-choice": index + 1, "aria-label": `${names[index]}: this one`,
      onclick: () => onChoose(side),
    }, pictureOf(side, category), h("span.side-name", {}, h("kbd", {}, index + 1), names[index])))),
    h("button.button.neither", { type: "button", "data-choice": "0", onclick: () => onChoose(null) },
      h("kbd", { "aria-hidden": "true" }, "0"), "Neither"));
}

// The alternative text must not tell a design from an item.
function pictureOf({ id, design }, category) {
  const address = design ? design.image : thumbnail(id);
  return h("span.photo", {}, h("img", { src: address, alt: category, width: 192, height: 192, draggable: "false" }));
}

function settle({ kind, sides }, chosen, user) {
  countChoice(kind, chosen === null ? "neither" : chosen.isModel ? "won" : "lost");
  if (!chosen) return;
  const name = ({ id, design }) => id || designEntry(design).key;
  record({
    type: "choice", list: "choice", user, itemIds: sides.map(name), itemId: name(chosen),
    ...(chosen.design ? { model: "designer", version: chosen.design.version } : {}),
  });
}

function press(event, root) {
  const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!["0", "1", "2"].includes(event.key)) return;
  root.querySelector(`[data-choice="${event.key}"]`)?.click();
}
