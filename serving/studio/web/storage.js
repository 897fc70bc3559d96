// Values kept in this browser. Where storage is blocked they last as long as the page.

const PREFIX = "atelier.";
const memory = new Map();

/**
 * Reads a value.
 * @template T
 * @param {string} name
 * @param {T} otherwise Value if there is none.
 * @returns {T}
 */
export function load(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? memory.get(name) ?? otherwise : JSON.parse(text);
  } catch {
    return memory.get(name) ?? otherwise;
  }
}

/**
 * Writes a value that JSON can express.
 * @param {string} name
 * @param {any} value
 */
export function save(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Full or blocked.
  }
}

/**
 * Calls a function when another tab has changed a value.
 * @param {string} name
 * @param {() => void} changed
 */
export function follow(name, changed) {
  addEventListener("storage", (event) => {
    // Without a key: all of the storage was cleared.
    if (event.key === PREFIX + name || event.key === null) changed();
  });
}
