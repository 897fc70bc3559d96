// The moodboard as a sheet to print: PNG in one piece, PDF in pages of A4.

import { factsOf, nameOf, thumbnail } from "./catalog.js";
import { pdfOf } from "./pdf.js";

const A4 = { width: 297, height: 210 };
const SCALE = 8; // Pixels per millimeter, about 200 dpi.
const COLUMNS = 4;
const ROWS = 2;
const MARGIN = 14;
const GAP = 9;
const HEAD = 20;
const PART = 7;
const CELL = (A4.width - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
const ROW = 86;
const PICTURE = 44;
const INK = "#1c1a17";
const QUIET = "#6a655d";
const LINE = "#e8e4de";

/**
 * @param {string} title
 * @param {import("./board.js").Entry[]} entries At least one.
 * @returns {Promise<Blob>} PNG file, as tall as it needs to be.
 */
export async function boardPng(title, entries) {
  const rows = Math.max(ROWS, Math.ceil(entries.length / COLUMNS));
  return toBlob(await drawSheet(title, entries, A4.height + (rows - ROWS) * ROW, ""), "image/png");
}

/**
 * @param {string} title
 * @param {import("./board.js").Entry[]} entries At least one.
 * @returns {Promise<Blob>} PDF file with eight entries to a page.
 */
export async function boardPdf(title, entries) {
  const perPage = COLUMNS * ROWS;
  const count = Math.ceil(entries.length / perPage);
  const pages = await Promise.all(Array.from({ length: count }, async (_, page) => {
    const some = entries.slice(page * perPage, (page + 1) * perPage);
    const canvas = await drawSheet(title, some, A4.height, count > 1 ? `${page + 1} / ${count}` : "");
    const jpeg = await (await toBlob(canvas, "image/jpeg")).arrayBuffer();
    return { jpeg: new Uint8Array(jpeg), width: canvas.width, height: canvas.height };
  }));
  return pdfOf(pages, A4.width);
}

async function drawSheet(title, entries, height, page) {
  const canvas = document.createElement("canvas");
  canvas.width = A4.width * SCALE;
  canvas.height = Math.round(height * SCALE);
  const pen = canvas.getContext("2d");
  pen.scale(SCALE, SCALE);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, A4.width, height);
  pen.textBaseline = "alphabetic";
  drawHead(pen, title, [page, new Date().toLocaleDateString(undefined, { dateStyle: "long" })]);
  await Promise.all(entries.map((entry, index) => drawEntry(pen, entry,
    MARGIN + (index % COLUMNS) * (CELL + GAP),
    HEAD + MARGIN + Math.floor(index / COLUMNS) * ROW)));
  return canvas;
}

function drawHead(pen, title, right) {
  write(pen, title, MARGIN, 21, { size: 8, serif: true, width: A4.width - 2 * MARGIN - 70, lines: 1 });
  const text = right.filter(Boolean).join("   ");
  setFont(pen, { size: 3.2, color: QUIET });
  pen.fillText(text, A4.width - MARGIN - pen.measureText(text).width, 21);
  pen.fillStyle = INK;
  pen.fillRect(MARGIN, 26, A4.width - 2 * MARGIN, 0.25);
}

async function drawEntry(pen, entry, x, y) {
  await drawPhoto(pen, entry.image || thumbnail(entry.item), x, y, CELL, PICTURE);
  const top = y + PICTURE;
  write(pen, entry.title, x, top + 5, { size: 3.8, serif: true, width: CELL - (entry.color ? 7 : 0), lines: 1 });
  write(pen, entry.facts.join(" · "), x, top + 8.8, { size: 2.3, color: QUIET, width: CELL, lines: 1 });
  if (entry.color) {
    pen.fillStyle = entry.color;
    pen.fillRect(x + CELL - 5, top + 1.6, 5, 3.6);
  }
  await Promise.all(entry.parts.map((part, index) => drawPart(pen, part, x, top + 11 + index * (PART + 1))));
  write(pen, entry.note, x, top + 14 + entry.parts.length * (PART + 1), { size: 2.6, width: CELL, lines: 3 });
}

async function drawPart(pen, { label, item }, x, y) {
  await drawPhoto(pen, thumbnail(item), x, y, PART, PART);
  const left = x + PART + 2;
  const facts = factsOf(item);
  write(pen, facts.known ? `${label}: ${nameOf(facts)}` : label, left, y + 2.8, { size: 2.1, color: QUIET, width: CELL - PART - 2, lines: 1 });
  write(pen, item, left, y + 5.9, { size: 2.1, width: CELL - PART - 2, lines: 1 });
}

async function drawPhoto(pen, address, x, y, width, height) {
  pen.strokeStyle = LINE;
  pen.lineWidth = 0.25;
  pen.strokeRect(x, y, width, height);
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
  } catch {
    return; // A catalog without the photo leaves an empty frame.
  }
  const scale = Math.min((width - 2) / image.width, (height - 2) / image.height);
  const [across, down] = [image.width * scale, image.height * scale];
  pen.drawImage(image, x + (width - across) / 2, y + (height - down) / 2, across, down);
}

// Writes lines of text below one another, the last one shortened.
function write(pen, text, x, y, { size, width, lines, color = INK, serif = false }) {
  setFont(pen, { size, color, serif });
  const rows = wrap(pen, text, width);
  const shown = rows.slice(0, lines);
  let last = shown[lines - 1] ?? "";
  if (rows.length > lines || pen.measureText(last).width > width) {
    while (last && pen.measureText(`${last}…`).width > width) last = last.slice(0, -1);
    shown[lines - 1] = `${last}…`;
  }
  shown.forEach((row, index) => pen.fillText(row, x, y + index * size * 1.35));
}

function wrap(pen, text, width) {
  const rows = [""];
  for (const piece of text.split(/(?<=\s)/)) {
    const row = rows.at(-1) + piece;
    if (rows.at(-1) && pen.measureText(row.trimEnd()).width > width) rows.push(piece);
    else rows[rows.length - 1] = row;
  }
  return rows.map((row) => row.trimEnd());
}

function setFont(pen, { size, color, serif = false }) {
  const family = getComputedStyle(document.documentElement).getPropertyValue(serif ? "--serif" : "--sans");
  pen.font = `${size}px ${family}`;
  pen.fillStyle = color;
}

function toBlob(canvas, type) {
  return new Promise((resolve) => { canvas.toBlob(resolve, type, 0.92); });
}
