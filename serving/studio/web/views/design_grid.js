// Tiles of designs, which fill as the designs come.

import { isAborted } from "../api.js";
import { lookUp, userName } from "../catalog.js";
import { designTile } from "../components/design_tile.js";
import { errorNotice } from "../components/notice.js";
import { Region } from "../components/region.js";
import { toast } from "../components/toast.js";
import { makeDesign, NUM_RANKS } from "../designer.js";
import { announce, fill, h } from "../dom.js";
import { placeInWords, realItems, scoreImages } from "../picture_scores.js";
import { pickVaried } from "../varied.js";

let latest = new AbortController();

/**
 * Shows designs for a request; the designs of an earlier one are aborted.
 * @param {HTMLElement} root Element to fill.
 * @param {{ user: string, category: string, boldness: string, count: string, pick: string, source: string }} request
 * @param {import("../designer.js").Designer} designer
 * @param {AbortSignal} signal Of the view.
 * @returns {Promise<void>}
 */
export function showDesigns(root, request, designer, signal) {
  latest.abort();
  latest = new AbortController();
  return new DesignGrid(root, request, designer, AbortSignal.any([signal, latest.signal])).load();
}

class DesignGrid {
  #made = new Map();
  #shown = new Map();
  #failed = new Map();
  #ranks = null;
  #isExhausted = false;
  #turn = Promise.resolve();

  constructor(root, request, designer, signal) {
    this.request = request;
    this.designer = designer;
    this.signal = signal;
    this.summary = h("p.quiet.designs-summary");
    this.notes = h("div.notes");
    this.failure = h("div.designs-failure");
    this.tiles = Array.from({ length: Number(request.count) }, () => new Region(h("li.design"), signal));
    fill(root, this.notes, this.failure, this.summary,
      h("ul.designs", { "aria-label": "Designs" }, this.tiles.map((tile) => tile.root)));
  }

  async load() {
    this.#count();
    await Promise.all(this.tiles.map((tile, index) => this.#fill(tile, async () => {
      const rank = (await this.#plan())[index];
      return rank === undefined ? null : this.#make(rank);
    })));
  }

  #plan() {
    if (!this.#ranks) {
      this.#ranks = this.#planRanks();
      this.#ranks.catch(() => { this.#ranks = null; });
    }
    return this.#ranks;
  }

  // The designs of a category may be fewer than its ranks, which then begin again.
  async #planRanks() {
    const count = this.tiles.length;
    if (this.request.source === "design" || this.request.pick === "best") {
      return Array.from({ length: count }, (_, rank) => rank);
    }
    const all = await Promise.all(Array.from({ length: NUM_RANKS }, (_, rank) => this.#make(rank)));
    const different = all.filter(({ image }, index) => all.findIndex((other) => other.image === image) === index);
    if (different.length <= count) this.#exhaust();
    return pickVaried(different, count).map(({ rank }) => rank);
  }

  #make(rank) {
    const { user, category, boldness, source } = this.request;
    if (!this.#made.has(rank)) {
      const { version } = this.designer;
      const making = makeDesign({ source, user, category, boldness: Number(boldness), rank, version }, this.signal);
      this.#made.set(rank, making);
      making.catch(() => this.#made.delete(rank));
    }
    return this.#made.get(rank);
  }

  #fill(tile, make) {
    const verb = this.request.source === "compose" ? "Composing" : "Drawing";
    return tile.load(`${verb} design ${this.tiles.indexOf(tile) + 1} …`, async () => {
      try {
        return await this.#content(tile, await make());
      } catch (error) {
        if (isAborted(error)) throw error;
        this.#fail(error, tile, make);
        return [ghost()];
      } finally {
        setTimeout(() => this.#compare());
      }
    }, { placeholder: ghost });
  }

  // One notice for all tiles that fail.
  #fail(error, tile, make) {
    if (!this.#failed.size) fill(this.failure, errorNotice(error, () => this.#retry(), this.signal));
    this.#failed.set(tile, make);
  }

  #retry() {
    const failed = [...this.#failed];
    this.#failed.clear();
    fill(this.failure);
    for (const [tile, make] of failed) this.#fill(tile, make);
  }

  async #content(tile, design) {
    if (!design || this.#isTaken(tile, design)) {
      tile.root.hidden = true;
      this.#exhaust();
      this.#count();
      return [];
    }
    const isCompared = this.#isUnfit();
    const standing = h("p.standing", {}, isCompared ? "" : "Comparing with real items …");
    this.#shown.set(tile, { design, standing, isCompared });
    await lookUp([design.cut, design.cloth, ...design.nearest], this.signal);
    this.#count();
    if (tile.root.hidden) return []; // An earlier tile has got the same design by now.
    return designTile(design, {
      standing,
      onReroll: this.#hasMore() ? () => this.#reroll(tile) : null,
      canVary: this.designer.signatures.includes("recolor"),
    });
  }

  // Of two tiles with the same design the first keeps it, whichever comes first.
  #isTaken(tile, { image }) {
    const place = (other) => this.tiles.indexOf(other);
    const same = [...this.#shown].find(([other, { design }]) => other !== tile && design.image === image)?.[0];
    if (!same || place(same) < place(tile)) return same !== undefined;
    same.root.hidden = true;
    fill(same.root);
    this.#exhaust();
    this.#shown.delete(same);
    return false;
  }

  async #reroll(tile) {
    await this.#fill(tile, () => this.#takeNext(tile));
    (tile.root.querySelector("[data-icon=dice]") ?? tile.root.querySelector("[data-icon=board]"))?.focus();
  }

  // One tile after the other, so that no two take the same design.
  #takeNext(tile) {
    const shown = this.#shown.get(tile);
    const taking = this.#turn.then(async () => {
      shown.design = await this.#next(shown.design);
      return shown.design;
    });
    this.#turn = taking.catch(() => {});
    return taking;
  }

  // The next design that no tile shows; the old one if there is none.
  async #next(old) {
    const shown = [...this.#shown.values()].map(({ design }) => design.image);
    if (this.request.source === "design") return this.#make(Math.max(...this.#made.keys()) + 1);
    for (let step = 1; step < NUM_RANKS; step += 1) {
      const design = await this.#make((old.rank + step) % NUM_RANKS);
      if (!shown.includes(design.image)) return design;
    }
    this.#exhaust();
    toast("These are all the designs of this category.");
    return old;
  }

  #count() {
    const total = this.tiles.filter((tile) => !tile.root.hidden).length;
    const ready = this.#shown.size;
    const [design] = [...this.#shown.values()].map((shown) => shown.design);
    const text = `${ready} of ${total} designs ${ready === 1 ? "is" : "are"} ready.`;
    fill(this.summary, text);
    fill(this.notes,
      this.#isUnfit() && h("p.note", {}, "The network that draws is not trained enough yet: its pictures do not look like real garments. So they are not compared with any, and are not fit to show to others."),
      design && !design.known && h("p.note", {}, this.request.user
        ? `The model does not know ${userName(this.request.user)}: these are designs for the average user.`
        : "These are designs for the average user: choose a user to make them personal."));
    if (ready) announce(text);
  }

  #isUnfit() {
    return this.request.source === "design" && !this.designer.isFitToShow;
  }

  #hasMore() {
    const total = Math.min(NUM_RANKS, this.designer.numDesigns[this.request.category] ?? NUM_RANKS);
    return this.request.source === "design" || (this.tiles.length < total && !this.#isExhausted);
  }

  // Once the tiles show all composed designs of the category, none has a next one.
  #exhaust() {
    this.#isExhausted = true;
    if (this.#hasMore()) return;
    for (const { root } of this.tiles) root.querySelector("[data-icon=dice]")?.remove();
  }

  // Once no tile is busy, because one call scores them all.
  async #compare() {
    if (this.tiles.some((tile) => tile.root.hasAttribute("aria-busy"))) return;
    const waiting = [...this.#shown.values()].filter(({ isCompared }) => !isCompared);
    if (!waiting.length || this.signal.aborted) return;
    for (const entry of waiting) entry.isCompared = true;
    const { user, category } = this.request;
    try {
      const real = await realItems(user, category);
      const scores = await scoreImages(user, waiting.map(({ design }) => ({ b64: design.image.split(",")[1] })), this.signal);
      waiting.forEach(({ standing }, index) => tell(standing, real.scores.length
        ? placeInWords(scores[index], real.scores) : ""));
      this.#explain(real);
    } catch (error) {
      if (isAborted(error)) return;
      for (const { standing } of waiting) tell(standing, "Not compared with real items");
    }
  }

  #explain({ ids }) {
    if (!ids.length || this.signal.aborted) return;
    const { user, category, boldness } = this.request;
    const whom = user ? userName(user) : "the average user";
    const few = this.tiles.some((tile) => tile.root.hidden)
      ? `The category has only ${this.#shown.size} ${this.#shown.size === 1 ? "design" : "designs"}. ` : "";
    const bold = Number(boldness) > 0 ? "Designs unlike the items of the catalog come first. " : "";
    fill(this.summary, `${few}${bold}Each is compared with the ${ids.length} real items of the category ${category} that ${whom} is offered first: by the pictures alone, which is all that a design has.`);
  }
}

function tell(standing, text) {
  standing.dataset.told = "1";
  fill(standing, text);
}

function ghost() {
  return h("div.ghost", { "aria-hidden": "true" }, h("span.photo"), h("span.bar"), h("span.bar.short"));
}
