// Rooms of the studio, by the hash of the address.
//
// To add a room: write views/NAME.js, which exports a `View` (the type below), and add it to
// VIEWS in main.js; its order there is its order in the navigation. `show` fills `context.root`,
// an empty element that is replaced when somebody leaves, so listeners on its elements need no
// removal. Listeners on anything longer-lived (document, state, connection) take
// `{ signal: context.signal }`, and calls of the API `context.signal` as well: it aborts then.
// Write the choices of the room into the address by `context.setParams`, so that it can be
// linked, and read them from `context.params`. A `show` that throws an error shows it with a
// "Try again" button, which calls it again, as does the return of a server that was away.
// Parts to build from are in components/: Region (busy, error and the newest of several loads),
// photo, card and grid, strip, drop zone, menu, notice, toast. Styles of a room that no part has
// go into a file beside views.css, linked in index.html; colors and sizes are the tokens of base.css.

import { isAborted } from "./api.js";
import { fill, h } from "./dom.js";
import { errorNotice } from "./components/notice.js";

/**
 * @typedef {object} Context Argument of `show`.
 * @property {HTMLElement} root Element to fill.
 * @property {URLSearchParams} params Parameters of the address.
 * @property {AbortSignal} signal Aborts when somebody leaves the view.
 * @property {(params: URLSearchParams) => void} setParams Changes the address, not the view.
 */

/**
 * @typedef {object} View
 * @property {string} path Name in the address: "list" in "#/list?user=204".
 * @property {string} title Title of the document.
 * @property {string} [label] Name in the navigation; none: it is reached by links only.
 * @property {string} [icon] Name of its icon, see components/icons.js.
 * @property {(context: Context) => void | Promise<void>} show
 */

const OLD_PATHS = { recommend: "list", similar: "similar" };

/**
 * Address of a view.
 * @param {string} path
 * @param {Record<string, string> | URLSearchParams} [params]
 * @returns {string}
 */
export function linkTo(path, params = {}) {
  const query = new URLSearchParams(params).toString();
  return `#/${path}${query ? `?${query}` : ""}`;
}

/**
 * Shows the view of the address, and that of each new address.
 * @param {View[]} views The first is the home.
 * @param {HTMLElement} main
 * @param {(view: View) => void} onShow Runs before each view.
 * @returns {() => void} Shows the view again.
 */
export function startRouter(views, main, onShow) {
  let leave = new AbortController();
  const show = () => {
    leave.abort();
    leave = new AbortController();
    const { path, params } = parse(location.hash);
    const view = views.find((candidate) => candidate.path === path) ?? views[0];
    if (view.path !== path) history.replaceState(null, "", linkTo(view.path));
    document.title = `${view.title} · Atelier`;
    onShow(view);
    open(view, main, params, leave.signal);
  };
  window.addEventListener("hashchange", () => {
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    show();
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
  });
  show();
  return show;
}

async function open(view, main, params, signal) {
  const root = h(`div.view.${view.path}`);
  fill(main, root);
  const setParams = (changed) => {
    if (!signal.aborted) history.replaceState(null, "", linkTo(view.path, changed));
  };
  try {
    await view.show({ root, params, signal, setParams });
  } catch (error) {
    if (isAborted(error) || signal.aborted) return;
    fill(root, h("header.heading", {}, h("h1", {}, view.title)),
      errorNotice(error, () => open(view, main, params, signal), signal));
  }
}

// Old links, "#similar?item=1" and "#recommend?user=204", lead to the new places.
function parse(hash) {
  const [place, query = ""] = hash.replace(/^#/, "").split("?");
  const params = new URLSearchParams(query);
  if (place.startsWith("/")) return { path: place.slice(1), params };
  const path = OLD_PATHS[place] ?? "";
  if (path) history.replaceState(null, "", linkTo(path, params));
  return { path, params };
}
