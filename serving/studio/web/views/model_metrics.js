// Quality of the model beside its baselines, as the evaluation measured it.

import { h } from "../dom.js";

const OURS = "two_tower";
const METRICS = [
  { key: "ndcg@10", name: "NDCG@10", meaning: "how near the top of a list of ten the right item stands; 1 is always first" },
  { key: "hr@10", name: "Hit rate@10", meaning: "how often the right item is among those ten", format: percent },
  { key: "auc", name: "AUC", meaning: "how often the right item scores above another one; 50 % is chance", format: percent },
  { key: "coverage@10", name: "Coverage@10", meaning: "how much of the catalog appears in the lists of all users", format: percent },
];

/**
 * @typedef {object} Metrics
 * @property {Object<string, { name: string, all: Object<string, number> }>} models
 * @property {string} verdict
 * @property {string} protocol
 */

/**
 * Verdict and table.
 * @param {Metrics | null} metrics
 * @returns {HTMLElement}
 */
export function metricsSection(metrics) {
  if (!metrics) {
    return h("section", {}, h("p.lead", {}, "This version was exported without an evaluation, so its quality is not known."),
      h("p.quiet", {}, "Run python -m trainer.task evaluate before the next export."));
  }
  const models = Object.entries(metrics.models)
    .sort(([, one], [, other]) => other.all[METRICS[0].key] - one.all[METRICS[0].key]);
  const columns = METRICS.filter(({ key }) => models.some(([, { all }]) => all[key] !== undefined));
  return h("section", {},
    metrics.verdict && h("p.lead", {}, metrics.verdict),
    h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "Metrics" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Ranking by"), columns.map(
        ({ name }) => h("th", { scope: "col" }, breakable(name))))),
      h("tbody", {}, models.map(([key, { name, all }]) => h(key.startsWith(OURS) ? "tr.ours" : "tr", {},
        h("th", { scope: "row" }, name),
        columns.map(({ key: metric, format = decimals }) => h("td", {}, all[metric] === undefined ? "–" : format(all[metric]))))))),
    ),
    h("ul.legend.quiet", {}, columns.map(({ name, meaning }) => h("li", {}, `${name}: ${meaning}`))),
    metrics.protocol && h("details", {}, h("summary", {}, "How it was measured"), h("p.quiet", {}, `${metrics.protocol}.`)));
}

// A phone has room for "NDCG" above "@10".
function breakable(name) {
  const [metric, cutoff] = name.split("@");
  return cutoff ? [metric, h("wbr"), `@${cutoff}`] : metric;
}

function decimals(value) {
  return value.toFixed(3);
}

function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}
