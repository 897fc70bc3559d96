// Counts of the blind choices made in this browser, and what they say.

import { load, save } from "./storage.js";

const KEY = "choices";
const Z = 1.959964; // Normal quantile of a 95 % interval.

/** @typedef {"random" | "design"} Kind Pair: the model's pick and a random item, or a design and a real item. */
/** @typedef {{ won: number, lost: number, neither: number }} Counts `won`: by the model's pick or the design. */

/** Counts of a kind of pair. @param {Kind} kind @returns {Counts} */
export function countsOf(kind) {
  return { won: 0, lost: 0, neither: 0, ...load(KEY, {})[kind] };
}

/**
 * Counts a choice.
 * @param {Kind} kind
 * @param {keyof Counts} outcome
 */
export function countChoice(kind, outcome) {
  const counts = countsOf(kind);
  save(KEY, { ...load(KEY, {}), [kind]: { ...counts, [outcome]: counts[outcome] + 1 } });
}

/** Forgets all choices. */
export function resetChoices() {
  save(KEY, {});
}

/**
 * Wilson's score interval of a proportion at 95 % (Wilson 1927).
 * @param {number} successes
 * @param {number} trials At least 1.
 * @returns {[number, number]} From 0 to 1.
 */
export function wilsonInterval(successes, trials) {
  const share = successes / trials;
  const center = share + Z ** 2 / (2 * trials);
  const spread = Z * Math.sqrt(share * (1 - share) / trials + Z ** 2 / (4 * trials ** 2));
  const scale = 1 + Z ** 2 / trials;
  return [Math.max(0, (center - spread) / scale), Math.min(1, (center + spread) / scale)];
}

/**
 * What the counts say, without terms of statistics.
 * @param {Counts} counts
 * @param {string} winner Subject of the sentence: "The model's pick".
 * @returns {string}
 */
export function verdict({ won, lost }, winner) {
  const trials = won + lost;
  if (!trials) return "No choice yet.";
  const [low, high] = wilsonInterval(won, trials);
  const between = `${percent(low)} to ${percent(high)}`;
  if (low > 0.5) return `${winner} is preferred: in the long run it would be chosen in ${between} of the pairs.`;
  if (high < 0.5) return `${winner} is not preferred: in the long run it would be chosen in ${between} of the pairs.`;
  return `${winner}: too early to tell. In the long run it would be chosen in ${between} of the pairs; half is chance.`;
}

/** @param {number} share @returns {string} Such as "47 %". */
export function percent(share) {
  return `${Math.round(100 * share)} %`;
}
