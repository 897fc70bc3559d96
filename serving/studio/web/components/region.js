// Part of a view whose content comes from the server.

import { isAborted } from "../api.js";
import { announce, fill, h } from "../dom.js";
import { busyLine, errorNotice } from "./notice.js";

/**
 * Shows the newest of several loads: what is still on its way is aborted.
 *
 * Example:
 *     const region = new Region(h("section"), context.signal);
 *     region.load("Ranking items …", async (signal) => [grid(await recommendForUser("204", {}, { signal }))]);
 */
export class Region {
  #latest = new AbortController();
  #hasContent = false;
  #signal;

  /**
   * @param {HTMLElement} root Element to fill.
   * @param {AbortSignal} signal Of the view.
   */
  constructor(root, signal) {
    this.root = root;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#latest.abort());
  }

  /**
   * Loads content and shows it; until then a sentence and placeholders, or the old content, dimmed.
   * Does nothing once the view is left: a message of it may still offer to undo something.
   * @param {string} busy What the page does: "Ranking 5,398 items …".
   * @param {(signal: AbortSignal) => Promise<import("../dom.js").Child[]>} task
   * @param {{ placeholder?: () => Node, keep?: boolean }} [options] `keep`: leave the old content
   *     in place until the new one is there.
   * @returns {Promise<void>}
   */
  async load(busy, task, { placeholder, keep = false } = {}) {
    if (this.#signal.aborted) return;
    this.#latest.abort();
    const latest = this.#latest = new AbortController();
    this.root.setAttribute("aria-busy", "true");
    this.root.dataset.busy = busy;
    if (keep && this.#hasContent) announce(busy);
    else fill(this.root, busyLine(busy), placeholder?.());
    try {
      const content = await task(latest.signal);
      if (latest.signal.aborted) return;
      fill(this.root, content);
      this.#hasContent = true;
    } catch (error) {
      if (latest.signal.aborted || isAborted(error)) return;
      this.#hasContent = false;
      const retry = () => this.load(busy, task, { placeholder });
      fill(this.root, errorNotice(error, retry, this.#signal));
    }
    this.root.removeAttribute("aria-busy");
  }
}

/**
 * Empty tiles in the place of a grid that is on its way.
 * @param {number} count
 * @param {string} [className] Class of the grid.
 * @returns {HTMLElement}
 */
export function skeleton(count, className = "grid") {
  return h(`div.${className}`, { "aria-hidden": "true" },
    Array.from({ length: count }, () => h("div.card.ghost", {}, h("span.photo"), h("span.bar"), h("span.bar.short"))));
}
