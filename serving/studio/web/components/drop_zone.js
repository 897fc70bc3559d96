// Place to drop a photo, or to choose one by a tap.

import { h } from "../dom.js";
import { icon } from "./icons.js";

/**
 * Creates the place.
 * @param {string} label What to do.
 * @param {(file: File) => void} onFile
 * @returns {HTMLElement}
 */
export function dropZone(label, onFile) {
  const input = h("input.unseen", {
    type: "file", accept: "image/jpeg,image/png,image/webp",
    onchange: () => {
      if (input.files[0]) onFile(input.files[0]);
      input.value = ""; // The same file can be chosen again.
    },
  });
  const zone = h("label.drop-zone", {
    ondragover: (event) => {
      event.preventDefault();
      zone.toggleAttribute("data-over", true);
    },
    ondragleave: () => zone.removeAttribute("data-over"),
    ondrop: (event) => {
      event.preventDefault();
      zone.removeAttribute("data-over");
      if (event.dataTransfer.files[0]) onFile(event.dataTransfer.files[0]);
    },
  }, input, icon("camera"), h("span", {}, label, h("span.can-drop", {}, ", or drop it here")));
  return zone;
}
