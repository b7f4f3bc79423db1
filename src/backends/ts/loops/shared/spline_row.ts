/**
 * Splines along one row. The samples of a row that lie in one span share their four control points. Twin:
 * kernels/wasm/shared/spline_row.ts.
 *
 * @module
 */

import type { SplineRows } from "../../../backend.ts";

/**
 * For each first control point of an axis, the end of the run of positions that share it: position i lies before
 * `spanEnds[first[i]]`.
 */
export function spanEnds({ first, points }: SplineRows): Int32Array {
  const ends = new Int32Array(points);
  for (let i = 0; i < first.length; i++) ends[first[i]] = i + 1;
  return ends;
}

/** `out = sum_j weights[at + j] * values[first + j]` over slices of `size` values. */
export function combine(
  values: Float64Array,
  size: number,
  weights: Float64Array,
  at: number,
  first: number,
  out: Float64Array,
): void {
  const [w0, w1, w2, w3] = [weights[at], weights[at + 1], weights[at + 2], weights[at + 3]];
  const base = first * size;
  for (let i = 0; i < size; i++) {
    const j = base + i;
    out[i] = w0 * values[j] + w1 * values[j + size] + w2 * values[j + 2 * size] + w3 * values[j + 3 * size];
  }
}
