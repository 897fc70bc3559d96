// Photos of the disk or the camera, made small before they are sent.

import { Failure } from "./errors.js";

const MAX_SIDE = 1024;
const QUALITY = 0.9;

/**
 * Scales a photo down, as JPEG on white.
 * @param {Blob} file
 * @param {number} [maxSide] Maximum side in pixels.
 * @returns {Promise<Blob>}
 * @throws {Failure} If the browser cannot read the file as an image.
 */
export async function shrink(file, maxSide = MAX_SIDE) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Failure("This file is no image that the browser can read: choose a JPEG or PNG photo.", "invalid");
  });
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // What is transparent is white, as in the catalog.
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Failure("The photo could not be read.", "invalid"))),
      "image/jpeg", QUALITY);
  });
}
