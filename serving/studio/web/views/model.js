// What is served: versions, quality, and two versions side by side.

import { catalog } from "../catalog.js";
import { busyLine } from "../components/notice.js";
import { Region } from "../components/region.js";
import { serverHealth } from "../connection.js";
import { openDesigner } from "../designer.js";
import { Failure } from "../errors.js";
import { fill, h } from "../dom.js";
import { availableVersions, signaturesOf, versionName } from "../models.js";
import { metricsSection } from "./model_metrics.js";
import { comparison } from "./model_comparison.js";

/** @type {import("../router.js").View} */
export const model = { path: "model", title: "Model", label: "Model", icon: "model", show };

/** @param {import("../router.js").Context} context */
async function show(context) {
  const { root, signal } = context;
  fill(root, busyLine("Asking the server what it has …"));
  const versions = await availableVersions("recommender", signal);
  fill(root,
    h("header.heading", {}, h("h1", {}, "Model")),
    metricsSection(catalog().metrics),
    h("div.cards", {}, recommenderCard(versions, signal), designerCard(signal)),
    comparison(versions, context));
}

function recommenderCard(versions, signal) {
  const { num_items: count, categories, trained, exported } = catalog();
  return cardOf("Recommender", signal, async () => {
    const signatures = await signaturesOf("recommender", { version: versions[0] });
    return [
      ["Health", serverHealth() === "ready" ? "Ready" : "Not ready"],
      ["Serves", versionsText(versions)],
      ["Trained", trained && new Date(trained).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" })],
      ["Knows", count && `${count.toLocaleString()} items in ${categories.length} categories`],
      ["Photos", exported ? "Exported with the model" : "None: export the model again to have them here"],
      ["For developers", signatureList([...signatures.keys()])],
    ];
  });
}

function designerCard(signal) {
  return cardOf("Designer", signal, async (latest) => {
    const designer = await openDesigner(latest);
    if (!designer) return [["Health", "No designer is served here"]];
    const { compose } = designer.categories;
    const versions = await availableVersions("designer", latest);
    return [
      ["Health", "Ready"],
      ["Serves", versionsText(versions)],
      ["Composes", compose.length > 0 && `Designs from parts, in ${compose.length} categories`],
      ["Draws", drawnText(designer)],
      ["Cloths", designer.cloths.length > 0 && `${designer.cloths.length}, to restyle photos with`],
      ["For developers", signatureList(designer.signatures)],
    ];
  });
}

function drawnText({ categories: { design }, isFitToShow }) {
  if (!design.length) return "Nothing: exported without a network that draws";
  return `Designs by a network, in ${design.length} categories${isFitToShow ? "" : ", not fit to show yet"}`;
}

function cardOf(title, signal, rows) {
  const region = new Region(h("div"), signal);
  region.load(`Looking up the ${title.toLowerCase()} …`, async (latest) => [
    h("dl.reading", {}, (await rows(latest)).filter(([, value]) => value).map(
      ([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))))]);
  return h("section.model-card", {}, h("h2", {}, title), region.root);
}

function versionsText(versions) {
  if (!versions.length) throw new Failure("The server has no version that it can call.");
  return versions.map((version) => {
    const name = versionName(version);
    return name === `v${version}` ? version : `${version} (${name})`;
  }).join(", ");
}

function signatureList(names) {
  return h("details", {}, h("summary", {}, `${names.length} ${names.length === 1 ? "signature" : "signatures"}`),
    h("ul.signatures", {}, names.map((name) => h("li", {}, h("code", {}, name)))));
}
