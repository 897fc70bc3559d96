// Lists of two versions for the same user, side by side.

import { factsOf, lookUp, nameOf } from "../catalog.js";
import { openItem } from "../components/item_dialog.js";
import { emptyNotice } from "../components/notice.js";
import { selectField } from "../components/options.js";
import { photo } from "../components/photo.js";
import { Region } from "../components/region.js";
import { userMenu } from "../components/user_menu.js";
import { announce, fill, h } from "../dom.js";
import { versionName } from "../models.js";
import { recommendForUser } from "../recommender.js";
import { settings } from "../settings.js";
import { chooseUser } from "../state.js";
import { userOf } from "../wardrobes.js";

const COUNT = 12;

/**
 * Section with the lists of two versions or labels.
 * @param {string[]} versions Versions that can be called, the newest first.
 * @param {import("../router.js").Context} context
 * @returns {HTMLElement}
 */
export function comparison(versions, { params, signal, setParams }) {
  const targets = targetsOf(versions);
  const title = h("h2", {}, "Two versions side by side");
  if (targets.length < 2) {
    return h("section.comparison", {}, title, emptyNotice(
      "One version is served. Once the server has a second one, such as a canary, their lists for the same user stand here side by side."));
  }
  const request = {
    user: userOf(params),
    left: known(params.get("left"), targets) ?? targets[1].value,
    right: known(params.get("right"), targets) ?? targets[0].value,
  };
  const region = new Region(h("div"), signal);
  const tools = h("div.toolbar");
  const load = () => {
    setParams(new URLSearchParams(request));
    fill(tools,
      userMenu(request.user, (user) => {
        if (user) chooseUser(user);
        change({ user });
      }),
      selectField("Left", targets, request.left, (left) => change({ left })),
      selectField("Right", targets, request.right, (right) => change({ right })));
    return region.load("Asking both versions …", (latest) => lists(request, targets, latest), { keep: true });
  };
  const change = (changed) => {
    Object.assign(request, changed);
    load();
  };
  load();
  return h("section.comparison", {}, title, tools, region.root);
}

// Labels come first: they are what an operator thinks in.
function targetsOf(versions) {
  const labels = Object.keys(settings().experiment?.labels ?? {});
  return [
    ...labels.map((label) => ({ value: `label:${label}`, label, options: { label } })),
    ...versions.map((version) => ({ value: version, label: versionName(version), options: { version } })),
  ];
}

function known(value, targets) {
  return targets.some((target) => target.value === value) ? value : null;
}

async function lists({ user, left, right }, targets, signal) {
  const sides = await Promise.all([left, right].map(async (value) => {
    const target = targets.find((candidate) => candidate.value === value);
    const { entries } = await recommendForUser(user, {}, { ...target.options, signal });
    return { name: target.label, ids: entries.slice(0, COUNT).map(({ id }) => id) };
  }));
  await lookUp(sides.flatMap(({ ids }) => ids), signal);
  const [before, after] = sides;
  const shared = after.ids.filter((id) => before.ids.includes(id)).length;
  const text = shared === COUNT && before.ids.every((id, place) => after.ids[place] === id)
    ? "Both lists are the same." : `${shared} of the first ${after.ids.length} items are in both lists.`;
  announce(text);
  const place = { list: "model", user, label: "" };
  return [
    h("p.summary", {}, text),
    h("div.side-by-side", {}, column(before, null, place), column(after, before.ids, place)),
  ];
}

function column({ name, ids }, earlier, place) {
  return h("section", {}, h("h3", {}, name), h("ol.ranks", {}, ids.map((id, index) => h("li", {},
    h("button.rank", { type: "button", onclick: () => openItem(id, place) },
      h("span.number", { "aria-hidden": "true" }, index + 1),
      photo(factsOf(id), { alt: "" }),
      h("span.name", {}, nameOf(factsOf(id))),
      earlier && h("span.moved", {}, movement(earlier.indexOf(id), index)))))));
}

function movement(before, now) {
  if (before < 0) return "new";
  if (before === now) return "";
  return before > now ? `up ${before - now}` : `down ${now - before}`;
}
