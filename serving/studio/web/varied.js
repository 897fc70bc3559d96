// Choice of designs that differ.

const CUT_WEIGHT = 40; // As much as a clearly different color.

/**
 * Picks designs that differ in color and cut: the best first, then each time the one that is
 * farthest from those picked.
 * @param {import("./designer.js").Design[]} designs Best first.
 * @param {number} count
 * @returns {import("./designer.js").Design[]} Best first.
 */
export function pickVaried(designs, count) {
  const picked = designs.slice(0, 1);
  while (picked.length < Math.min(count, designs.length)) {
    const distance = (design) => Math.min(...picked.map((other) => difference(design, other)));
    const rest = designs.filter((design) => !picked.includes(design));
    picked.push(rest.reduce((best, design) => (distance(design) > distance(best) ? design : best)));
  }
  return picked.sort((one, other) => one.rank - other.rank);
}

function difference(one, other) {
  const [first, second] = [lab(one.color), lab(other.color)];
  const color = Math.hypot(...first.map((value, axis) => value - second[axis]));
  return color + (one.cut === other.cut ? 0 : CUT_WEIGHT);
}

// CIE Lab of "#rrggbb" in sRGB, for D65.
function lab(hex) {
  const [r, g, b] = [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16) / 255)
    .map((value) => (value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92));
  const [x, y, z] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
