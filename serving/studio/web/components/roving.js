// Arrow keys in a grid: one stop of the Tab key for the grid, and the buttons of the current cell.

const FOCUSABLE = "button, a[href], input";

/**
 * Lets the arrow keys, Home and End move between the cells of a grid.
 * @param {HTMLElement} grid Element whose children are the cells; each has a focusable element,
 *     the first of which gets the focus.
 */
export function rove(grid) {
  const cells = [...grid.children];
  const select = (current) => {
    for (const cell of cells) {
      for (const element of cell.querySelectorAll(FOCUSABLE)) element.tabIndex = cell === current ? 0 : -1;
    }
  };
  select(cells[0]);
  grid.addEventListener("focusin", (event) => {
    const current = cells.find((cell) => cell.contains(event.target));
    if (current) select(current);
  });
  grid.addEventListener("keydown", (event) => {
    if (event.target.matches("input[type=range], input[type=text]")) return;
    const index = cells.findIndex((cell) => cell.contains(event.target));
    const next = target(event.key, index, cells);
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    cells[next]?.querySelector(FOCUSABLE)?.focus();
  });
}

function target(key, index, cells) {
  switch (key) {
    case "ArrowRight": return index + 1;
    case "ArrowLeft": return index - 1;
    case "ArrowDown": return index + columns(cells);
    case "ArrowUp": return index - columns(cells);
    case "Home": return 0;
    case "End": return cells.length - 1;
    default: return undefined;
  }
}

function columns(cells) {
  const below = cells.findIndex((cell) => cell.offsetTop > cells[0].offsetTop);
  return below < 0 ? cells.length : below;
}
