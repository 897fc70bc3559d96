// A garment of a photo in another cloth.

import { catalog, lookUp, userName } from "../catalog.js";
import { dropZone } from "../components/drop_zone.js";
import { boardLink } from "../components/keep_action.js";
import { busyLine, emptyNotice } from "../components/notice.js";
import { Region } from "../components/region.js";
import { tapStrip } from "../components/strip.js";
import { userMenu } from "../components/user_menu.js";
import { openDesigner } from "../designer.js";
import { fill, h } from "../dom.js";
import { photoOf, photoOfFile } from "../restyle_photo.js";
import { linkTo } from "../router.js";
import { chooseUser } from "../state.js";
import { userOf } from "../wardrobes.js";
import { workbench } from "./restyle_workbench.js";

const SAMPLE = 20;

// The address cannot hold a photo of the disk: it says "file", and means this one.
let uploaded = /** @type {File | null} */ (null);

/** @type {import("../router.js").View} */
export const restyle = { path: "restyle", title: "Restyle", label: "Restyle", icon: "restyle", show };

/** @param {import("../router.js").Context} context */
async function show({ root, params, signal, setParams }) {
  fill(root, busyLine("Asking the designer what it can do …"));
  const designer = await openDesigner(signal);
  if (!designer || !["recolor", "restyle"].some((name) => designer.signatures.includes(name))) {
    fill(root, h("header.heading", {}, h("h1", {}, "Restyle")), noRestyle(designer));
    return;
  }
  const user = userOf(params);
  const region = new Region(h("div.restyle-region"), signal);
  const open = (busy, read) => region.load(busy, async (latest) => {
    const photo = await read(latest);
    if (!photo) return [await invitation(latest, user)];
    await lookUp(designer.cloths.map((cloth) => cloth.item_id), latest);
    return [workbench(photo, user, designer, latest)];
  });
  const readFile = (file) => {
    uploaded = file;
    params = new URLSearchParams({ user, file: "1" });
    setParams(params);
    return open("Reading your photo …", (latest) => photoOfFile(file, latest));
  };
  fill(root,
    h("header.heading", {},
      h("h1", {}, user ? `Restyle for ${userName(user)}` : "Restyle for nobody in particular"),
      h("div.row", {}, userMenu(user, (id) => {
        if (id) chooseUser(id);
        const same = new URLSearchParams(params);
        same.set("user", id);
        location.hash = linkTo("restyle", same);
      }), boardLink(signal))),
    dropZone("Choose a photo", readFile),
    region.root);
  await (params.has("file") && uploaded ? readFile(uploaded)
    : open("Getting the photo …", (latest) => photoOf(params, latest)));
}

async function invitation(signal, user) {
  const ids = catalog().starters.slice(0, SAMPLE);
  await lookUp(ids, signal);
  return h("section.invitation", {},
    h("p.hint", {}, "The cut, the shading and the trims of the photo stay; the cloth changes to one that the user likes. One garment on a plain background works best. The photo is used for this and not kept."),
    ids.length > 0 && h("h2", {}, "Or begin with an item of the catalog"),
    ids.length > 0 && tapStrip(ids, "Items of the catalog to restyle",
      (id) => { location.hash = linkTo("restyle", { user, item: id }); }));
}

function noRestyle(designer) {
  return emptyNotice(designer
    ? "The served designer cannot restyle photos: export it again with this version of Atelier."
    : "No designer is served here. Export one with python -m export.task designer, and start the studio with its folder as --model designer=DIR.");
}
