// Before and after of a photo, with the strength and the cloth of the change.

import { photoEntry } from "../board_entries.js";
import { altOf, factsOf, lookUp, userName } from "../catalog.js";
import { beforeAfter } from "../components/before_after.js";
import { textButton } from "../components/card.js";
import { clothPicker } from "../components/cloth_picker.js";
import { openItem } from "../components/item_dialog.js";
import { keepAction } from "../components/keep_action.js";
import { selectField } from "../components/options.js";
import { photo as itemPhoto } from "../components/photo.js";
import { Region } from "../components/region.js";
import { colorSwatch } from "../components/swatch.js";
import { recolor, restyle } from "../designer.js";
import { announce, debounce, fill, h } from "../dom.js";

const SLIDING_MS = 350;

/**
 * Creates the workbench of a photo.
 * @param {import("../restyle_photo.js").Photo} photo
 * @param {string} user "" for nobody.
 * @param {import("../designer.js").Designer} designer
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function workbench(photo, user, designer, signal) {
  const isRecolor = designer.signatures.includes("recolor");
  const categories = designer.categories.design;
  const request = {
    user, photo: photo.bytes, cloth: "", strength: 1,
    category: categories.includes(photo.category) ? photo.category : categories[0],
  };
  const picture = new Region(h("div.picture"), signal);
  const words = h("div.words");
  const load = () => picture.load(busyText(request, isRecolor), async (latest) => {
    const result = await (isRecolor ? recolor : restyle)(request, latest);
    await lookUp([result.cloth], latest);
    announce("The result is ready.");
    fill(words, inWords(photo, result, request, isRecolor));
    return [beforeAfter(photo.address, result.image, photo.name)];
  }, { placeholder: () => h("span.photo", {}, h("img", { src: photo.address, alt: photo.name })) });
  const choose = (name) => (value) => {
    request[name] = value;
    load();
  };
  load();
  return h("div.workbench", {}, picture.root,
    h("div.bench", {},
      words,
      strengthSlider(request.strength, choose("strength"), isRecolor),
      isRecolor
        ? clothPicker(designer.cloths, request.cloth, choose("cloth"))
        : selectField("Category", categories.map((name) => ({ value: name, label: name })), request.category, choose("category"))));
}

function busyText({ user, cloth }, isRecolor) {
  if (!isRecolor) return "Drawing the photo anew …";
  if (cloth) return "Putting the garment into the cloth …";
  return user ? `Trying cloths that ${userName(user)} likes …` : "Trying cloths that the average user likes …";
}

function strengthSlider(value, onChange, isRecolor) {
  const later = debounce(onChange, SLIDING_MS);
  const tell = (strength) => `${Math.round(100 * strength)} %`;
  const shown = h("span.count", {}, tell(value));
  const hint = isRecolor ? "Up to 50 % the color changes, above it the pattern of the cloth comes in." : "0 % is what the network makes of the photo, 100 % what the user likes most.";
  return h("div.strength", {},
    h("label.slider", {}, "Strength", h("input", {
      type: "range", min: 0, max: 1, step: 0.05, value, "aria-valuetext": tell(value), "aria-describedby": "strength-hint",
      oninput: (event) => {
        const strength = event.target.valueAsNumber;
        shown.textContent = tell(strength);
        event.target.setAttribute("aria-valuetext", tell(strength));
        later(strength);
      },
    }), shown),
    h("p.quiet", { id: "strength-hint" }, hint));
}

function inWords(photo, result, { user }, isRecolor) {
  const whom = user ? userName(user) : "the average user";
  const { before, after } = result;
  const change = after > before ? "Closer to" : after < before ? "Further from" : "As near as before to";
  const place = { list: "restyle", user, label: "" };
  const title = result.colorName ? `${photo.name}, ${result.colorName}` : photo.name;
  return [
    h("h2", {}, title),
    h("dl.reading", {},
      line("Kept", isRecolor ? "Cut, shading, seams and trims of the photo" : "The look of the photo, as far as the network can draw it"),
      (result.cloth || result.colorName) && line("Cloth", [
        result.cloth && h("button.part", {
          type: "button", "aria-label": `Open the item of the cloth: ${altOf(factsOf(result.cloth))}`,
          onclick: () => openItem(result.cloth, place),
        }, itemPhoto(factsOf(result.cloth), { alt: "" })),
        colorSwatch(result.color), h("span", {}, result.colorName),
      ]),
      line("Taste", `${change} the taste of ${whom}: score ${before.toFixed(2)} before, ${after.toFixed(2)} now.`)),
    user !== "" && !result.known && h("p.note", {}, `The model does not know ${userName(user)}: this is the taste of the average user.`),
    h("div.row", {}, textButton(keepAction(() => photoEntry(title, result, user), place))),
  ];
}

function line(name, content) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, content));
}
