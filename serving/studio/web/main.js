// Starts the page.

import { openBoard } from "./board.js";
import { openCatalog } from "./catalog.js";
import { forgetSignatures, versionName } from "./models.js";
import { markCurrent, showNavigation } from "./components/navigation.js";
import { busyLine } from "./components/notice.js";
import { showStatus } from "./components/status.js";
import { toast } from "./components/toast.js";
import { connection, serverHealth, servedVersion, watchServer } from "./connection.js";
import { fill, h } from "./dom.js";
import { startRouter } from "./router.js";
import { loadSettings } from "./settings.js";
import { board } from "./views/board.js";
import { choice } from "./views/choice.js";
import { design } from "./views/design.js";
import { list } from "./views/list.js";
import { model } from "./views/model.js";
import { restyle } from "./views/restyle.js";
import { similar } from "./views/similar.js";
import { wardrobe } from "./views/wardrobe.js";

/** The rooms, in the order of the navigation; those without a label are reached by links. */
const VIEWS = [wardrobe, list, design, restyle, board, choice, model, similar];

const [rooms, corner, banner, main] = ["rooms", "status", "banner", "main"]
  .map((id) => document.getElementById(id));

document.getElementById("skip").addEventListener("click", () => main.focus());
document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = main.querySelector("input[type=search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
});

// A photo that misses its place must not replace the page.
for (const type of ["dragover", "drop"]) document.addEventListener(type, (event) => event.preventDefault());

showNavigation(rooms, VIEWS);
showStatus(corner, banner);
fill(main, h("div.view", {}, busyLine("Opening the catalog …")));
await Promise.all([watchServer(), loadSettings(), openBoard()]);
await openServed();
const refresh = startRouter(VIEWS, main, (view) => markCurrent(rooms, view));

connection.addEventListener("change", async () => {
  if (serverHealth() !== "ready") return;
  if (await openServed()) {
    forgetSignatures();
    toast(`Another version is served now: ${versionName(servedVersion())}.`);
    refresh();
  }
});

/** Reads the catalog of the served version. @returns {Promise<boolean>} Whether it is another one. */
async function openServed() {
  try {
    return servedVersion() !== "" && await openCatalog(servedVersion());
  } catch {
    return false; // The server went away: its return is a change, which asks again.
  }
}
