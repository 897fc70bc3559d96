// Sentences in place of content: errors, empty lists, busy lines.

import { check, connection, serverHealth } from "../connection.js";
import { announce, fill, h } from "../dom.js";
import { Failure } from "../errors.js";

/**
 * Error in words, with a button that tries again where that can help. The banner alone tells that
 * the server is away, however many parts of the page lack it; when the server returns, the page
 * tries by itself.
 * @param {unknown} error
 * @param {() => void} retry
 * @param {AbortSignal} signal Of the view that shows it.
 * @returns {HTMLElement}
 */
export function errorNotice(error, retry, signal) {
  const known = error instanceof Failure;
  if (!known) console.error(error);
  const text = known ? error.message : "The page failed at this; load it again if it stays so.";
  // An alert, so that no later status text takes its place in a screen reader.
  const notice = h("div.notice.failed", { role: "alert" });
  const again = () => tryAgain(notice, retry);
  const content = [
    h("p", {}, text),
    error.kind !== "invalid" && h("button.button", { type: "button", onclick: again }, "Try again"),
  ];
  if (known && error.kind === "away") {
    showUnlessAway(notice, content, signal);
    connection.addEventListener("back", () => notice.isConnected && retry(), { once: true, signal });
  } else {
    fill(notice, content);
  }
  return notice;
}

// One call may fail while the server answers others: its status decides. Under an open dialog the
// banner cannot be heard.
async function showUnlessAway(notice, content, signal) {
  const update = () => {
    const isTold = serverHealth() === "away" && !notice.closest("dialog");
    fill(notice, isTold ? [] : content);
  };
  connection.addEventListener("change", update, { signal });
  if (serverHealth() !== "away") await check();
  update();
}

// The button goes with the notice: the focus stays in its place.
function tryAgain(notice, retry) {
  const place = notice.parentElement;
  retry();
  const home = place.isConnected ? place : document.getElementById("main");
  home.tabIndex = -1;
  home.focus({ preventScroll: true });
}

/**
 * Sentence where there is nothing to show, with what to do about it.
 * @param {string} text
 * @param {...import("../dom.js").Child} actions Buttons and links.
 * @returns {HTMLElement}
 */
export function emptyNotice(text, ...actions) {
  return h("div.notice", {}, h("p", {}, text), actions);
}

/**
 * Line about a load in progress.
 * @param {string} text
 * @returns {HTMLElement}
 */
export function busyLine(text) {
  announce(text);
  return h("p.busy", {}, text);
}
