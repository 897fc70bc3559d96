// Choice of a user: a sample, each with a strip of their items, and search by id.

import { catalog, factsOf, lookUp, thingOf, userName } from "../catalog.js";
import { icon } from "../components/icons.js";
import { emptyNotice } from "../components/notice.js";
import { Region } from "../components/region.js";
import { rove } from "../components/roving.js";
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

/** @typedef {import("../catalog.js").Catalog["users"][0]} User */

/**
 * Shows the users and the list of the chosen one.
 * @param {import("../router.js").Context} context
 * @param {HTMLElement} chooser Element to fill.
 * @param {import("../components/picks.js").Picks} picks
 */
export function showUsers({ params, signal, setParams }, chooser, picks) {
  const { users } = catalog();
  const rows = new Region(h("div"), signal);
  let numShown = PAGE;

  const choose = (id) => {
    chooseUser(id);
    setParams(new URLSearchParams({ user: id }));
    for (const row of rows.root.querySelectorAll(".user")) {
      row.setAttribute("aria-pressed", String(row.dataset.user === id));
    }
    return showPicks(id, picks);
  };
  const loadRows = (find) => rows.load("Looking up wardrobes …", async (latest) => {
    const found = await find(latest);
    const shown = found.slice(0, numShown);
    await lookUp(shown.flatMap((user) => user.item_ids.slice(0, STRIP)), latest);
    return shown.length ? [userList(shown, choose), found.length > shown.length && moreButton(found)] : [noUser()];
  }, { keep: true, placeholder: ghostRows });
  const moreButton = (found) => h("button.button", {
    type: "button",
    onclick: async () => {
      const place = numShown;
      numShown += PAGE;
      await loadRows(() => found);
      rows.root.querySelectorAll(".user")[place]?.focus();
    },
  }, `Show more: ${numShown} of ${found.length} are here`);
  // The user on top, then the rest of the sample.
  const showOnTop = (id) => {
    loadRows(async (latest) => {
      const user = await findUser(id, latest);
      return [user, ...users.filter((other) => other.user_id !== id)].filter(Boolean);
    });
    return choose(id);
  };
  const search = searchField(
    (text) => loadRows(async (latest) => {
      const found = sampleWith(text);
      return found.length || !text ? found : [await findUser(text, latest)].filter(Boolean);
    }),
    (id) => loadRows(async (latest) => {
      const user = await findUser(id, latest);
      if (user) choose(id);
      return user ? [user] : sampleWith(id);
    }),
  );
  const random = h("button.button", {
    type: "button", onclick: () => showOnTop(users[Math.floor(Math.random() * users.length)].user_id),
  }, icon("dice"), h("span", {}, "Random"));
  fill(chooser, h("div.row", {}, search, users.length > 0 && random), rows.root);

  const first = params.get("user") || chosenUser() || users[0]?.user_id;
  return first ? showOnTop(first) : loadRows(() => []);
}

/** @returns {Promise<User | null>} The user, null if the model does not know the id. */
async function findUser(id, signal) {
  const listed = catalog().users.find((user) => user.user_id === id);
  if (listed) return listed;
  const { ids, known } = await ownedItems(id, signal);
  return known ? { user_id: id, num_items: ids.length, item_ids: ids } : null;
}

function sampleWith(text) {
  const found = catalog().users.filter((user) => user.user_id.toLowerCase().includes(text.toLowerCase()));
  announce(`${found.length} users of the sample.`);
  return found;
}

function noUser() {
  const { version, exported, users } = catalog();
  if (!version) return emptyNotice("The users are here once the server serves a recommender.");
  if (users.length) return emptyNotice("The model knows no such user. Look for another id, or take a random user.");
  return emptyNotice(exported
    ? "The catalog has no sample of users. Type a user id and press Enter."
    : "This version was exported without a catalog, so there are no photos. Type a user id and press Enter, or export the model again.");
}

async function showPicks(user, picks) {
  const label = await labelFor(user);
  await picks.show({
    title: `For ${userName(user)}`,
    busy: `Ranking ${catalog().num_items.toLocaleString()} items for ${userName(user)} …`,
    user,
    label,
    link: linkTo("list", { user }),
    rank: (signal) => recommendForUser(user, {}, { signal, label }),
  });
}

function userList(users, choose) {
  const list = h("ul.users", { "aria-label": "Users" }, users.map((user) => h("li", {}, userRow(user, choose))));
  rove(list);
  return list;
}

/** @param {User} user */
function userRow({ user_id: id, num_items: count, item_ids: ids }, choose) {
  const shown = ids.slice(0, STRIP);
  const kinds = [...new Set(shown.map((item) => thingOf(factsOf(item))).filter(Boolean))].slice(0, 3).join(", ");
  return h("button.user", {
    type: "button", "data-user": id, "aria-pressed": String(id === chosenUser()), onclick: () => choose(id),
  },
  h("span.user-name", {},
    h("strong", {}, userName(id, "User")),
    h("span.quiet", {}, `${count.toLocaleString()} ${count === 1 ? "item" : "items"}${kinds && ` · ${kinds}`}`)),
  strip(shown, { described: false }));
}

function searchField(onType, onEnter) {
  let entered = null; // Enter comes before the pause in which typing would narrow the sample.
  const type = debounce((text) => text !== entered && onType(text), TYPING_MS);
  const input = h("input", {
    type: "search", placeholder: "User id", "aria-label": "User id: Enter looks up any user",
    enterkeyhint: "search", autocapitalize: "none",
    oninput: () => {
      entered = null;
      type(input.value.trim());
    },
  });
  return h("form.search", {
    role: "search",
    onsubmit: (event) => {
      event.preventDefault();
      entered = input.value.trim();
      if (entered) onEnter(entered);
    },
  }, icon("search"), input, h("kbd", { "aria-hidden": "true" }, "/"));
}

function ghostRows() {
  return h("div.ghost-rows", { "aria-hidden": "true" }, Array.from({ length: 5 }, () => h("div.ghost", {},
    h("span.bar.short"), h("span.strip", {}, Array.from({ length: STRIP }, () => h("span.photo"))))));
}
