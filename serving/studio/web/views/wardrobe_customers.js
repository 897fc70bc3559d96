// Sample of customers, each a strip of what they own.

import { catalog, factsOf, lookUp } from "../catalog.js";
import { icon } from "../components/icons.js";
import { emptyNotice } from "../components/notice.js";
import { Region, skeleton } from "../components/region.js";
import { strip } from "../components/strip.js";
import { announce, debounce, fill, h } from "../dom.js";
import { recommendForUser } from "../recommender.js";
import { linkTo } from "../router.js";
import { labelFor } from "../settings.js";
import { chooseUser, chosenUser } from "../state.js";
import { ownedItems } from "../wardrobes.js";

const PAGE = 20;
const STRIP = 6;
const TYPING_MS = 150;

/**
 * Shows the customers and the list of the chosen one.
 * @param {import("../router.js").Context} context
 * @param {HTMLElement} chooser Element to fill.
 * @param {import("../components/picks.js").Picks} picks
 */
export function showCustomers({ params, signal, setParams }, chooser, picks) {
  const { users } = catalog();
  const rows = new Region(h("div.customers"), signal);
  let shown = PAGE;

  const choose = async (id) => {
    chooseUser(id);
    setParams(new URLSearchParams({ user: id }));
    for (const row of rows.root.querySelectorAll(".customer")) {
      row.setAttribute("aria-pressed", String(row.dataset.user === id));
    }
    await showPicks(id, picks);
  };

  const showRows = (found) => rows.load("Looking up wardrobes …", async (latest) => {
    const some = found.slice(0, shown);
    await lookUp(some.flatMap((user) => user.item_ids.slice(0, STRIP)), latest);
    return [
      some.map((user) => customer(user, choose)),
      found.length > shown && h("button.button", {
        type: "button",
        onclick: () => {
          shown += PAGE;
          showRows(found);
        },
      }, `Show more of ${found.length}`),
    ];
  }, { keep: true, placeholder: () => skeleton(4, "ghost-rows") });

  const lookFor = async (id) => rows.load(`Looking up user ${id} …`, async (latest) => {
    const { ids, known } = await ownedItems(id, latest);
    if (!known) {
      return [emptyNotice(`The model does not know user ${id}.`,
        h("button.button", { type: "button", onclick: () => search.reset() }, "Show the sample"))];
    }
    await lookUp(ids.slice(0, STRIP), latest);
    setTimeout(() => choose(id));
    return [customer({ user_id: id, num_items: ids.length, item_ids: ids }, choose)];
  });

  const search = searchField(users, showRows, lookFor);
  fill(chooser,
    h("div.row", {}, search.element, users.length > 0 && h("button.button", {
      type: "button", onclick: () => choose(users[Math.floor(Math.random() * users.length)].user_id),
    }, icon("dice"), h("span", {}, "Random"))),
    rows.root);
  if (!users.length) fill(rows.root, emptyNotice(noSample()));
  else showRows(users);
  const first = params.get("user") || chosenUser() || users[0]?.user_id;
  if (!first) return undefined;
  const isListed = users.slice(0, PAGE).some((user) => user.user_id === first);
  return isListed || !params.has("user") ? choose(first) : lookFor(first);
}

function noSample() {
  return catalog().exported
    ? "The catalog has no sample of customers. Type a user id and press Enter."
    : "This version was exported without a catalog, so there are no photos. Type a user id and press Enter, or export the model again.";
}

async function showPicks(user, picks) {
  const label = await labelFor(user);
  await picks.show({
    title: `For user ${user}`,
    busy: `Ranking ${catalog().num_items.toLocaleString()} items for user ${user} …`,
    user,
    label,
    link: linkTo("list", { user }),
    rank: (signal) => recommendForUser(user, {}, { signal, label }),
  });
}

function customer({ user_id: id, num_items: count, item_ids: ids }, choose) {
  const some = ids.slice(0, STRIP);
  const kinds = [...new Set(some.map((item) => factsOf(item).category).filter(Boolean))].slice(0, 3).join(", ");
  return h("button.customer", {
    type: "button", "data-user": id, "aria-pressed": String(id === chosenUser()), onclick: () => choose(id),
  }, h("span.customer-name", {}, h("strong", {}, `User ${id}`),
    h("span.quiet", {}, `${count.toLocaleString()} ${count === 1 ? "item" : "items"}${kinds && ` · ${kinds}`}`)),
  strip(some, { described: false }));
}

function searchField(users, showRows, lookFor) {
  const narrow = debounce((text) => {
    const found = users.filter((user) => user.user_id.toLowerCase().includes(text.toLowerCase()));
    announce(`${found.length} customers of the sample.`);
    if (found.length || !text) showRows(found);
    else lookFor(text);
  }, TYPING_MS);
  const input = h("input", {
    type: "search", placeholder: "User id", "aria-label": "User id: Enter looks up any user",
    enterkeyhint: "search",
    oninput: () => narrow(input.value.trim()),
  });
  const element = h("form.search", {
    role: "search",
    onsubmit: (event) => {
      event.preventDefault();
      if (input.value.trim()) lookFor(input.value.trim());
    },
  }, icon("search"), input, h("kbd", { "aria-hidden": "true" }, "/"));
  return {
    element,
    reset: () => {
      input.value = "";
      showRows(users);
    },
  };
}
