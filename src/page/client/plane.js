// @ts-check
/// <reference lib="dom" />
/**
 * Planes through a volume of bytes and their drawing.
 *
 * @module
 */

/**
 * The two axes that a plane across an axis shows.
 *
 * @param {number} axis 0, 1, 2: z, y, x.
 * @returns {[down: number, across: number]}
 */
export function axesOf(axis) {
  return axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
}

/**
 * The cells of a plane, rows from the top.
 *
 * @param {Uint8Array} volume C order.
 * @param {readonly number[]} shape cells along z, y, x.
 * @param {number} axis that the plane stands across.
 * @param {number} index of the plane.
 * @param {boolean} upwards whether the first row is at the bottom.
 * @returns {Uint8Array}
 */
export function planeOf(volume, shape, axis, index, upwards) {
  const stride = [shape[1] * shape[2], shape[2], 1];
  const [down, across] = axesOf(axis);
  const [height, width] = [shape[down], shape[across]];
  const plane = new Uint8Array(width * height);
  for (let row = 0, at = 0; row < height; row++) {
    const from = index * stride[axis] + (upwards ? height - 1 - row : row) * stride[down];
    for (let column = 0; column < width; column++) plane[at++] = volume[from + column * stride[across]];
  }
  return plane;
}

/** @returns {Uint8Array} grey of every byte, as red, green, blue. */
export function greyTable() {
  return Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
}

/**
 * Draws a plane, a pixel a cell.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} plane
 * @param {readonly [height: number, width: number]} size
 * @param {Uint8Array} table red, green, blue of every byte.
 */
export function drawPlane(canvas, plane, [height, width], table) {
  const context = canvas.getContext("2d");
  if (!context) return;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const image = context.createImageData(width, height);
  for (let i = 0; i < plane.length; i++) {
    const entry = 3 * plane[i];
    image.data[4 * i] = table[entry];
    image.data[4 * i + 1] = table[entry + 1];
    image.data[4 * i + 2] = table[entry + 2];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
