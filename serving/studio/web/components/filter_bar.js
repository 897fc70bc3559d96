// Filters above a list.

import { attributeLabel, catalog } from "../catalog.js";
import { debounce, h } from "../dom.js";
import { menu } from "./menu.js";
import { icon } from "./icons.js";

const TYPING_MS = 400;
const MANY = 12;

/**
 * Creates the filters that the catalog has values for.
 * @param {import("../filters.js").Filters} filters Changed in place.
 * @param {() => void} onChange
 * @param {{ isRanked: boolean }} options `isRanked`: whether diversity, owned items and variants
 *     apply, which they do in lists of users only.
 * @returns {HTMLElement[]}
 */
export function filterControls(filters, onChange, { isRanked }) {
  const { categories, attributes, price } = catalog();
  return [
    categories.length > 1 && categoryMenu(filters, onChange, categories),
    ...attributes.map((attribute) => attributeMenu(filters, onChange, attribute)),
    price && priceMenu(filters, onChange, price),
    isRanked && diversitySlider(filters, onChange),
    isRanked && optionMenu(filters, onChange),
  ].filter(Boolean);
}

/**
 * Search by words.
 * @param {import("../filters.js").Filters} filters Changed in place.
 * @param {() => void} onChange
 * @returns {HTMLElement}
 */
export function wordSearch(filters, onChange) {
  const later = debounce(onChange, TYPING_MS);
  return h("label.search", {}, icon("search"), h("input", {
    type: "search", placeholder: "linen dress, blue", "aria-label": "Words that describe items",
    value: filters.text, enterkeyhint: "search",
    oninput: (event) => {
      filters.text = event.target.value.trim();
      later();
    },
  }), h("kbd", { "aria-hidden": "true" }, "/"));
}

function categoryMenu(filters, onChange, categories) {
  return choiceMenu("Category", categories.map(({ name, count }) => ({ value: name, count })),
    () => filters.categories, (values) => {
      filters.categories = values;
      onChange();
    });
}

function attributeMenu(filters, onChange, { name, values }) {
  return choiceMenu(attributeLabel(name), values,
    () => filters.attributes.get(name) ?? [], (chosen) => {
      if (chosen.length) filters.attributes.set(name, chosen);
      else filters.attributes.delete(name);
      onChange();
    });
}

function choiceMenu(label, options, chosen, choose) {
  const boxes = options.filter(({ value }) => value).map(({ value, count }) => h("label.option", {},
    h("input", {
      type: "checkbox", checked: chosen().includes(value),
      onchange: (event) => {
        choose(event.target.checked ? [...chosen(), value] : chosen().filter((other) => other !== value));
        update();
      },
    }), h("span", {}, value), h("span.count", {}, count.toLocaleString())));
  const { element, setLabel } = menu(label, boxes.length > MANY ? [narrowing(label, boxes), ...boxes] : boxes);
  const update = () => {
    const [first, ...more] = chosen();
    setLabel(first === undefined ? label : more.length ? `${first} + ${more.length}` : first, first !== undefined);
  };
  update();
  return element;
}

// Field that leaves only the options with a text.
function narrowing(label, boxes) {
  return h("input.narrowing", {
    type: "text", placeholder: "Narrow", "aria-label": `Narrow the options: ${label}`,
    oninput: (event) => {
      const text = event.target.value.trim().toLowerCase();
      for (const box of boxes) box.hidden = !box.textContent.toLowerCase().includes(text);
    },
  });
}

function priceMenu(filters, onChange, { min, max }) {
  const later = debounce(onChange, TYPING_MS);
  const field = (name, label, placeholder) => h("label.field", {}, label, h("input", {
    type: "number", min: 0, step: "any", inputmode: "decimal", placeholder: Math.round(placeholder),
    value: filters[name],
    oninput: (event) => {
      const value = event.target.valueAsNumber;
      filters[name] = value >= 0 ? value : null;
      update();
      later();
    },
  }));
  const { element, setLabel } = menu("Price", [h("div.fields", {},
    field("minPrice", "From", Math.floor(min)), field("maxPrice", "To", Math.ceil(max)))]);
  const update = () => {
    const { minPrice, maxPrice } = filters;
    const ends = [minPrice !== null && `from ${minPrice}`, maxPrice !== null && `to ${maxPrice}`].filter(Boolean);
    setLabel(["Price", ...ends].join(" "), ends.length > 0);
  };
  update();
  return element;
}

function diversitySlider(filters, onChange) {
  const later = debounce(onChange, 200);
  return h("label.slider", { "data-ranked": "" }, "Diversity", h("input", {
    type: "range", min: 0, max: 1, step: 0.1, value: filters.diversity,
    oninput: (event) => {
      filters.diversity = event.target.valueAsNumber;
      later();
    },
  }));
}

function optionMenu(filters, onChange) {
  const option = (name, label) => h("label.option", {}, h("input", {
    type: "checkbox", checked: filters[name],
    onchange: (event) => {
      filters[name] = event.target.checked;
      update();
      onChange();
    },
  }), h("span", {}, label));
  const { element, setLabel } = menu("More", [
    option("includeOwned", "Show what they own, too"),
    option("collapseVariants", "One variant of a product"),
  ]);
  const update = () => {
    const count = Number(filters.includeOwned) + Number(filters.collapseVariants);
    setLabel(count ? `More: ${count}` : "More", count > 0);
  };
  update();
  element.dataset.ranked = "";
  return element;
}
