/**
 * Spline rows as the kernels take them, and their inverse: which positions reach a control point.
 *
 * @module
 */

import type { SplineRows } from "../backend.ts";

/** Words of a `Row` in WGSL: the first control point, then four weights. */
export const ROW_WORDS = 5;

/** Packs rows into `Row`s; length 5 words a position. */
export function packRows({ first }: SplineRows, weights: Float64Array): Uint32Array {
  const words = new Uint32Array(ROW_WORDS * first.length);
  const floats = new Float32Array(words.buffer);
  for (let i = 0; i < first.length; i++) {
    words[ROW_WORDS * i] = first[i];
    for (let j = 0; j < 4; j++) floats[ROW_WORDS * i + 1 + j] = weights[4 * i + j];
  }
  return words;
}

/** For each control point, the positions `[begin, end)` whose four include it; pairs, length 2 * points. */
export function reachOf({ first, points }: SplineRows): Uint32Array {
  const reach = new Uint32Array(2 * points);
  let [begin, end] = [0, 0];
  for (let c = 0; c < points; c++) {
    while (begin < first.length && first[begin] < c - 3) begin++;
    while (end < first.length && first[end] <= c) end++;
    reach[2 * c] = begin;
    reach[2 * c + 1] = end;
  }
  return reach;
}
