// The moodboard of this browser, or one that a link brings.

import {
  board as changes, boardEntries, boardTitle, replaceBoard, setBoardTitle,
} from "../board.js";
import { decodeBoard, encodeBoard } from "../board_link.js";
import { boardPdf, boardPng } from "../board_sheet.js";
import { lookUp } from "../catalog.js";
import { boardCard } from "../components/board_card.js";
import { icon } from "../components/icons.js";
import { saved } from "../components/keep_action.js";
import { busyLine, emptyNotice } from "../components/notice.js";
import { toast } from "../components/toast.js";
import { debounce, fill, h } from "../dom.js";
import { download } from "../download.js";
import { Failure } from "../errors.js";
import { linkTo } from "../router.js";

const TYPING_MS = 400;

/** @type {import("../router.js").View} */
export const board = { path: "board", title: "Board", label: "Board", icon: "board", show };

/** @param {import("../router.js").Context} context */
async function show({ root, params, signal }) {
  fill(root, busyLine("Laying out the board …"));
  if (params.has("shared")) {
    await showShared(root, params.get("shared"), signal);
    return;
  }
  await lookUp(itemsOf(boardEntries()), signal).catch(leaveOut);
  const cards = h("ul.board-cards", { "aria-label": "Kept on the board" });
  const actions = h("div.row.board-actions");
  const update = () => {
    const entries = boardEntries();
    actions.hidden = !entries.length;
    fill(cards, entries.map((entry, index) => boardCard(entry, index, entries.length)));
    notice.hidden = entries.length > 0;
  };
  const toDesigns = h("a.button.primary", { href: linkTo("design") }, "To the designs");
  const notice = emptyNotice("The board is empty. Keep a design, a restyled photo or an item, and it comes here. It stays in this browser.", toDesigns);
  changes.addEventListener("change", update, { signal });
  fill(actions, sheetButtons(), shareButton(), clearButton(toDesigns));
  fill(root, h("header.heading", {}, titleField(), actions), notice, cards);
  update();
}

function titleField() {
  const save = debounce((text) => saved(setBoardTitle(text)), TYPING_MS);
  return h("h1.board-title", {}, h("input", {
    value: boardTitle(), maxlength: 80, "aria-label": "Title of the board",
    oninput: (event) => save(event.target.value),
  }));
}

function sheetButtons() {
  const button = (label, make, ending, primary) => h(`button.button${primary}`, {
    type: "button", title: `Download as ${label}`, "aria-label": `Download as ${label}`,
    onclick: async (event) => {
      const pressed = event.currentTarget;
      pressed.disabled = true;
      toast("Drawing the sheet …");
      const title = boardTitle();
      download(await make(title, boardEntries()), `${title.replace(/[^\p{L}\p{N}]+/gu, "-") || "board"}.${ending}`);
      pressed.disabled = false;
      toast("The sheet is in your downloads.");
    },
  }, icon("download"), h("span", {}, label));
  return [button("PDF", boardPdf, "pdf", ".primary"), button("PNG", boardPng, "png", "")];
}

function shareButton() {
  return h("button.button", {
    type: "button",
    onclick: async () => {
      const entries = boardEntries();
      const { text, count } = encodeBoard(boardTitle(), entries);
      const address = new URL(linkTo("board", { shared: text }), location.href).href;
      const rest = count < entries.length
        ? ` It holds ${count} of ${entries.length}: photos of your own stay here, and a link is short.` : "";
      try {
        await navigator.clipboard.writeText(address);
        toast(`The link to this board is copied.${rest}`);
      } catch {
        location.hash = linkTo("board", { shared: text });
        toast(`The address of this page is the link now.${rest}`);
      }
    },
  }, icon("link"), h("span", {}, "Copy link"));
}

function clearButton(home) {
  return h("button.link", {
    type: "button",
    onclick: (event) => {
      const before = boardEntries();
      const button = event.currentTarget;
      saved(replaceBoard([]));
      home.focus(); // The button is hidden now.
      toast("The board is empty.", {
        label: "Undo",
        action: () => {
          saved(replaceBoard(before));
          button.focus();
        },
      });
    },
  }, "Clear");
}

async function showShared(root, text, signal) {
  const shared = await decodeBoard(text, signal);
  const own = h("a.button", { href: linkTo("board") }, "To your own board");
  if (!shared) {
    fill(root, h("header.heading", {}, h("h1", {}, "Shared board")), emptyNotice("The link is damaged: parts of it are missing. Ask for it again.", own));
    return;
  }
  const { title, entries, lost } = shared;
  await lookUp(itemsOf(entries), signal);
  const take = h("button.button.primary", {
    type: "button",
    onclick: () => {
      const mine = boardEntries();
      const added = entries.filter(({ key }) => !mine.some((entry) => entry.key === key));
      saved(replaceBoard([...mine, ...added], mine.length ? boardTitle() : title));
      location.hash = linkTo("board");
    },
  }, "Add all to your board");
  fill(root,
    h("header.heading", {}, h("h1", {}, title), h("div.row", {}, take, own)),
    lost > 0 && h("p.note", {}, `${lost} of ${lost + entries.length} are missing: the version that made them is not served any more.`),
    h("ul.board-cards", { "aria-label": "Shared board" }, entries.map((entry) => {
      const card = boardCard(entry, 0, 1);
      card.querySelector(".card-bar").remove();
      card.querySelector("textarea").replaceWith(entry.note ? h("p.board-note", {}, entry.note) : "");
      card.draggable = false;
      return card;
    })));
}

// The board is in the browser: it can be seen while the server is away, without names of its parts.
function leaveOut(error) {
  if (!(error instanceof Failure)) throw error;
}

function itemsOf(entries) {
  return entries.flatMap(({ parts }) => parts.map(({ item }) => item));
}
