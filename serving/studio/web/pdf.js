// PDF documents whose pages are photos.

const POINTS_PER_MM = 72 / 25.4;

/**
 * Writes a PDF document with one JPEG photo to a page.
 * @param {{ jpeg: Uint8Array, width: number, height: number }[]} pages Photos with their pixels.
 * @param {number} pageWidth Width of a page in millimeters; its height follows from the photo.
 * @returns {Blob}
 */
export function pdfOf(pages, pageWidth) {
  const first = (page) => 3 + 3 * page; // Objects 1 and 2 are the catalog and the list of pages.
  const objects = [
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    [`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, page) => `${first(page)} 0 R`).join(" ")}] >>`],
    ...pages.flatMap(({ jpeg, width, height }, page) => {
      const across = pageWidth * POINTS_PER_MM;
      const down = across * height / width;
      const drawing = `${across.toFixed(2)} 0 0 ${down.toFixed(2)} 0 0 cm /Photo Do`;
      return [
        [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${across.toFixed(2)} ${down.toFixed(2)}] /Contents ${first(page) + 1} 0 R /Resources << /XObject << /Photo ${first(page) + 2} 0 R >> >> >>`],
        [`<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`],
        [`<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>\nstream\n`, jpeg, "\nendstream"],
      ];
    }),
  ];
  return new Blob(document(objects), { type: "application/pdf" });
}

function document(objects) {
  const parts = ["%PDF-1.4\n"];
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  const offsets = objects.map((object, index) => {
    const offset = length();
    parts.push(`${index + 1} 0 obj\n`, ...object, "\nendobj\n");
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const table = length();
  parts.push(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`, ...offsets,
    `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return parts;
}
