// Designs for a user, from parts of the catalog or drawn by a network.

import { catalog, userName } from "../catalog.js";
import { boardLink } from "../components/keep_action.js";
import { busyLine, emptyNotice } from "../components/notice.js";
import { segments, selectField } from "../components/options.js";
import { userMenu } from "../components/user_menu.js";
import { openDesigner } from "../designer.js";
import { fill, h } from "../dom.js";
import { linkTo } from "../router.js";
import { chooseUser } from "../state.js";
import { userOf } from "../wardrobes.js";
import { showDesigns } from "./design_grid.js";

const COUNTS = ["2", "4", "8"];
// At 1 all users get the same designs.
const BOLDNESS = [
  { value: "0", label: "Familiar" }, { value: "0.4", label: "Bolder" }, { value: "0.7", label: "Bold" },
];

/** @type {import("../router.js").View} */
export const design = { path: "design", title: "Design", label: "Design", icon: "design", show };

/** @param {import("../router.js").Context} context */
async function show({ root, params, signal, setParams }) {
  fill(root, busyLine("Asking the designer what it can make …"));
  const designer = await openDesigner(signal);
  const sources = ["compose", "design"].filter((name) => designer?.signatures.includes(name)
    && designer.categories[name].length > 0);
  if (!sources.length) {
    fill(root, h("header.heading", {}, h("h1", {}, "Designs")), noDesigner());
    return undefined;
  }
  const request = readRequest(params, designer, sources);
  const grid = h("section.designs-region", { "aria-label": "Designs" });
  const load = () => {
    setParams(new URLSearchParams(request));
    return showDesigns(grid, request, designer, signal);
  };
  const choose = (name) => (value) => {
    request[name] = value;
    load();
  };
  fill(root,
    heading(request.user, (user) => {
      if (user) chooseUser(user);
      location.hash = linkTo("design", { ...request, user });
    }, signal),
    h("div.toolbar", {},
      selectField("Category", categoriesOf(designer, request.source).map(
        (name) => ({ value: name, label: name })), request.category, choose("category")),
      request.source === "compose" && designer.hasBoldness && segments(
        "Boldness", BOLDNESS, request.boldness, choose("boldness")),
      segments("How many", COUNTS.map((count) => ({ value: count, label: count })), request.count, choose("count")),
      request.source === "compose" && segments("Show", [
        { value: "best", label: "Top ranked" }, { value: "varied", label: "A varied set" },
      ], request.pick, choose("pick")),
      sources.length > 1 && segments("Made", [
        { value: "compose", label: "From parts" }, { value: "design", label: "By a network" },
      ], request.source, (source) => { location.hash = linkTo("design", { ...request, source }); })),
    grid);
  return load();
}

function readRequest(params, designer, sources) {
  const user = userOf(params);
  const source = sources.includes(params.get("source")) ? params.get("source") : sources[0];
  const categories = categoriesOf(designer, source);
  return {
    user,
    category: categories.includes(params.get("category")) ? params.get("category") : categories[0],
    boldness: source === "compose" && designer.hasBoldness
      && BOLDNESS.some(({ value }) => value === params.get("boldness")) ? params.get("boldness") : "0",
    count: COUNTS.includes(params.get("count")) ? params.get("count") : COUNTS[1],
    pick: params.get("pick") === "varied" ? "varied" : "best",
    source,
  };
}

// The largest categories of the catalog first.
function categoriesOf(designer, source) {
  const order = catalog().categories.map(({ name }) => name);
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...designer.categories[source]].sort((one, other) => place(one) - place(other));
}

function heading(user, onChoose, signal) {
  return h("header.heading", {},
    h("h1", {}, user ? `Designs for ${userName(user)}` : "Designs for nobody in particular"),
    h("div.row", {}, userMenu(user, onChoose), boardLink(signal)));
}

function noDesigner() {
  return emptyNotice("No designer is served here. Export one with python -m export.task designer, and start the studio with its folder as --model designer=DIR.");
}
