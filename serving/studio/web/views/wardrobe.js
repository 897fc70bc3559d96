// Choice of a user by their items, or of liked photos, beside the list that follows.

import { picks } from "../components/picks.js";
import { fill, h } from "../dom.js";
import { linkTo } from "../router.js";
import { showNewcomer } from "./wardrobe_newcomer.js";
import { showUsers } from "./wardrobe_users.js";

/** @type {import("../router.js").View} */
export const wardrobe = { path: "wardrobe", title: "Wardrobe", label: "Wardrobe", icon: "wardrobe", show };

/** @param {import("../router.js").Context} context */
function show(context) {
  const isNew = context.params.get("who") === "new";
  const chooser = h("div.chooser");
  const panel = picks(context.signal);
  const tab = (label, params, isCurrent) => h("a", {
    href: linkTo("wardrobe", params), "aria-current": isCurrent ? "true" : null,
  }, label);
  fill(context.root,
    h("header.heading", {},
      h("h1", {}, "Whose wardrobe?"),
      h("nav.segments", { "aria-label": "For whom" },
        tab("A user", {}, !isNew), tab("Somebody new", { who: "new" }, isNew))),
    h("div.columns", {}, chooser, panel.element));
  return (isNew ? showNewcomer : showUsers)(context, chooser, panel);
}
