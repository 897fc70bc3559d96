// Elements without HTML text: what a model or a catalog says is set as text only.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Creates an element.
 * @param {string} tag Name of the tag, with classes after dots: "p.note.quiet".
 * @param {Object<string, any>} [attributes] Attributes. A function named "onclick" is a
 *     listener of "click"; true is an attribute without a value; null and false are left out.
 * @param {...(Child | Child[])} children Elements and texts; null, false and "" are left out.
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  setAttributes(element, attributes);
  element.append(...nodes(children));
  return element;
}

/**
 * Sets attributes and listeners of an element, as `h` does.
 * @param {Element} element
 * @param {Object<string, any>} attributes
 */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * Replaces the children of an element.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * Creates an icon of 24 x 24 units from the data of its paths; hidden from screen readers.
 * @param {string[]} paths
 * @returns {SVGElement}
 */
export function svg(paths) {
  const icon = document.createElementNS(SVG, "svg");
  setAttributes(icon, { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" });
  for (const data of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    icon.append(path);
  }
  return icon;
}

/**
 * Link to another site, or null if the address is not one of the web.
 * @param {string} address
 * @returns {string | null}
 */
export function webLink(address) {
  return /^https?:\/\//i.test(address) ? address : null;
}

/**
 * Tells screen readers a sentence.
 * @param {string} text
 */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/**
 * Wraps a function so that only the last call of a burst runs it.
 * @template {any[]} A
 * @param {(...values: A) => void} action
 * @param {number} milliseconds
 * @returns {(...values: A) => void}
 */
export function debounce(action, milliseconds) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

function nodes(children) {
  return children.flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false && child !== "")
    .map((child) => (child instanceof Node ? child : String(child)));
}
