/**
 * Stage `histogram`: the triangular Parzen histogram of u. Each sample counts 1, split between its two nearest bins in fixed point,
 * so that the sums are whole numbers and exact in any order. ITK's `SharpenImage`, without its dropped brightest voxel.
 *
 * @module
 */

import { HISTOGRAM_SCALE } from "../../n4/sharpen.ts";

/**
 * Adds samples `[begin, end)` of `u` to `counts`.
 *
 * @param u log intensities corrected so far.
 * @param lo, hi their range over all samples, hi > lo.
 * @param counts length `bins`; each sample adds HISTOGRAM_SCALE in all.
 */
export function histogram(
  u: Float32Array,
  begin: number,
  end: number,
  lo: number,
  hi: number,
  counts: Float64Array,
): void {
  const bins = counts.length;
  const scale = (bins - 1) / (hi - lo);
  const top = bins - 1;
  const lastBin = bins - 2;
  for (let i = begin; i < end; i++) {
    let q = (u[i] - lo) * scale;
    if (q > top) q = top;
    let j = q | 0;
    if (j > lastBin) j = lastBin;
    const upper = ((q - j) * HISTOGRAM_SCALE + 0.5) | 0;
    counts[j] += HISTOGRAM_SCALE - upper;
    counts[j + 1] += upper;
  }
}
