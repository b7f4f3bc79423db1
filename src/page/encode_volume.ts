/**
 * Volumes of cells as text in a page: 8 bits a cell over a range, compressed by zlib, in base64.
 *
 * @module
 */

import type { Range } from "../figure/chart.ts";
import { quantiles } from "../n4/numbers.ts";
import type { Layer } from "./content.ts";

/** Values to bytes: `lo` is 0, `hi` is 255, what lies beyond takes the nearest, NaN is 0. */
export async function encodeVolume(data: Float32Array, [lo, hi]: Range): Promise<string> {
  const step = 255 / (hi - lo);
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = Math.min(255, Math.max(0, Math.round((data[i] - lo) * step)));
  // A blob's own stream would come in small pieces, each by way of another process of a browser.
  const whole = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const packed = await Array.fromAsync(whole.pipeThrough(new CompressionStream("deflate")));
  return new Uint8Array(await new Blob(packed).arrayBuffer()).toBase64();
}

/** Part of the cells that may be brighter than the range of intensities. */
const BRIGHTEST = 0.002;
/** So many cells, evenly taken, give that part well enough. */
const SEEN_CELLS = 2 ** 18;

/**
 * One range of grey levels for several volumes, in their units: from the darkest cell, or 0 where none is below, to all
 * but the brightest.
 */
export function greyRange(layers: readonly Pick<Layer, "data" | "unit">[]): Range {
  const lo = Math.min(0, ...layers.map(({ data, unit = 1 }) => extent(data)[0] / unit));
  const hi = Math.max(...layers.map(({ data, unit = 1 }) => quantiles(thinned(data), [1 - BRIGHTEST])[0] / unit));
  return hi > lo ? [lo, hi] : [lo, lo + 1];
}

/** The range from the smallest to the largest value, widened where they are one. */
export function fullRange(data: Float32Array): Range {
  const [lo, hi] = extent(data);
  return hi > lo ? [lo, hi] : [lo - 0.5, lo + 0.5];
}

function extent(data: Float32Array): Range {
  let [lo, hi] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    if (data[i] < lo) lo = data[i];
    if (data[i] > hi) hi = data[i];
  }
  return [lo, hi];
}

/** Every so many values. */
function thinned(data: Float32Array): Float32Array {
  const step = Math.max(1, Math.floor(data.length / SEEN_CELLS));
  const thin = new Float32Array(Math.ceil(data.length / step));
  for (let i = 0; i < thin.length; i++) thin[i] = data[i * step];
  return thin;
}
