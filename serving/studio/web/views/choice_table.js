// Results of the blind choices as a table.

import { countsOf, percent, resetChoices, verdict, wilsonInterval } from "../choice_results.js";
import { h } from "../dom.js";

const PAIRS = [
  { kind: "random", name: "The model's pick against what another user owns", winner: "The model's pick" },
  { kind: "design", name: "The model's design against the best real item", winner: "The model's design" },
];

/**
 * Results so far, closed: a count that changes tells which of a pair was which.
 * @param {boolean} canCompose Whether designs are among the pairs.
 * @param {() => void} onReset
 * @param {boolean} isOpen
 * @returns {HTMLElement}
 */
export function choiceTable(canCompose, onReset, isOpen) {
  const pairs = PAIRS.filter(({ kind }) => kind === "random" || canCompose);
  const total = pairs.map(({ kind }) => countsOf(kind))
    .reduce((sum, { won, lost, neither }) => sum + won + lost + neither, 0);
  return h("details.choice-results", { open: isOpen },
    h("summary", {}, `Results so far: ${total} ${total === 1 ? "choice" : "choices"}`),
    h("p.hint", {}, "Look when you are done: a count that changes tells which one was the model's."),
    h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "Results" }, h("table", {},
      h("thead", {}, h("tr", {},
        ["Pair", "Model's", "Other", "Neither", "Model's share", "95 % interval"].map(
          (name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, pairs.map(row)))),
    pairs.map(({ kind, winner }) => {
      const counts = countsOf(kind);
      return counts.won + counts.lost > 0 && h("p", {}, verdict(counts, winner));
    }),
    h("p.quiet", {}, "The interval is where the share would lie in the long run, 95 times out of 100; \"neither\" does not count. Kept in this browser only."),
    h("button.button", {
      type: "button",
      onclick: () => {
        resetChoices();
        onReset();
      },
    }, "Reset the results"));
}

function row({ kind, name }) {
  const { won, lost, neither } = countsOf(kind);
  const trials = won + lost;
  return h("tr", {}, h("th", { scope: "row" }, name),
    [won, lost, neither, trials ? percent(won / trials) : "–",
      trials ? wilsonInterval(won, trials).map(percent).join(" to ") : "–"].map((value) => h("td", {}, value)));
}
