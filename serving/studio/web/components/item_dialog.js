// Dialog with the details of an item, over the list.

import { factsOf, lookUp, nameOf } from "../catalog.js";
import { h } from "../dom.js";
import { record } from "../events.js";
import { linkTo } from "../router.js";
import { icon } from "./icons.js";
import { itemSheet, nearItems } from "./item_detail.js";
import { Region } from "./region.js";
import { tapStrip } from "./strip.js";

/**
 * Opens the dialog.
 * @param {string} id
 * @param {import("./item_actions.js").Place} place
 * @param {() => void} [onChange] Runs when it closes after a like, a pin or a bury.
 * @param {import("./card.js").Action[]} [more] Other actions on the item; each closes the dialog.
 */
export function openItem(id, place, onChange = () => {}, more = []) {
  const leave = new AbortController();
  let isChanged = false;
  const body = h("div.dialog-body");
  const page = h("a.link", {}, "Open as a page");
  const dialog = h("dialog.item-dialog", {
    onclose: () => {
      leave.abort();
      dialog.remove();
      if (isChanged) onChange();
    },
    onclick: (event) => event.target === dialog && dialog.close(),
  }, h("div.dialog-bar", {}, page, closeButton(() => dialog.close())), body);
  const region = new Region(body, leave.signal);
  const show = async (shown) => {
    await region.load("Looking up the item …", async (latest) => {
      await lookUp([shown], latest);
      return content(shown, latest);
    });
    body.scrollTo(0, 0);
    body.querySelector("h2")?.focus();
  };
  const content = (shown, signal) => {
    dialog.setAttribute("aria-label", nameOf(factsOf(shown)));
    page.href = linkTo("similar", { item: shown });
    const here = shown === id ? place : { ...place, rank: undefined };
    const closing = more.map((action) => ({
      ...action,
      act: () => {
        dialog.close();
        action.act();
      },
    }));
    record({ type: "open", itemId: shown, ...here });
    return [
      itemSheet(shown, here, () => { isChanged = true; }, shown === id ? closing : []),
      nearItems(shown, signal, (ids, title) => tapStrip(ids, title, show), place.label),
    ];
  };
  document.body.append(dialog);
  dialog.showModal();
  show(id);
}

/**
 * Button that closes a dialog.
 * @param {() => void} close
 * @returns {HTMLElement}
 */
export function closeButton(close) {
  const button = h("button.icon-button", { type: "button", "aria-label": "Close", title: "Close", onclick: close });
  button.append(icon("close"));
  return button;
}
