/**
 * Volumes of cells as text in a page: 8 bits a cell over a range, compressed by zlib, in base64.
 *
 * @module
 */

import { deflateSync } from "node:zlib";
import type { Layer, Range } from "./page_content.ts";

/** Values to bytes: `lo` is 0, `hi` is 255, what lies beyond takes the nearest, NaN is 0. */
export function encodeVolume(data: Float32Array, [lo, hi]: Range): string {
  const step = 255 / (hi - lo);
  const bytes = Uint8Array.from(data, (value) => Math.min(255, Math.max(0, Math.round((value - lo) * step))));
  return new Uint8Array(deflateSync(bytes, { level: 9 })).toBase64();
}

/** Part of the cells that may be brighter than the range of intensities. */
const BRIGHTEST = 0.002;

/** One range of grey levels for several volumes, in their units: from the darkest cell, or 0 where none is below, to all but the brightest. */
export function greyRange(layers: readonly Pick<Layer, "data" | "unit">[]): Range {
  const lo = Math.min(0, ...layers.map(({ data, unit = 1 }) => quantile(data, 0) / unit));
  const hi = Math.max(...layers.map(({ data, unit = 1 }) => quantile(data, 1 - BRIGHTEST) / unit));
  return hi > lo ? [lo, hi] : [lo, lo + 1];
}

/** The range from the smallest to the largest value, widened where they are one. */
export function fullRange(data: Float32Array): Range {
  const [lo, hi] = [quantile(data, 0), quantile(data, 1)];
  return hi > lo ? [lo, hi] : [lo - 0.5, lo + 0.5];
}

/** The value below which a part of the data lies: of the sorted values that of index `floor(part (n - 1))`. NaN without data. */
export function quantile(data: Float32Array, part: number): number {
  return data.length === 0 ? NaN : data.slice().sort()[Math.floor(part * (data.length - 1))];
}
