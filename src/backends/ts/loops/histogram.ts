/**
 * Stage `histogram`: the triangular Parzen histogram of u. Each sample counts 1, split between its two nearest bins in
 * fixed point, so that the sums are whole numbers and exact in any order. ITK's `SharpenImage`, without its dropped
 * brightest voxel. These loops are the tested twin of kernels/wasm/histogram.ts, which does the work.
 *
 * @module
 */

import { HISTOGRAM_SCALE } from "../../../n4/sharpen.ts";

/** Samples counted before sums are unpacked. */
const CHUNK = 2 ** 15;

/**
 * What a sample adds to its bin beside its upper neighbour's share, a whole number up to HISTOGRAM_SCALE: number of
 * samples and sum of shares stay apart in one float64, exactly, as 2^15 shares of 2^20 end below 2^36 and 2^15 samples
 * of 2^36 at 2^51. One addition a sample instead of two. The half keeps the engine from taking the sums for integers,
 * which it would convert back and forth: 3 instead of 6 ns a sample.
 */
const ONE_SAMPLE = 2 ** 36 + 0.5;

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
  const top = counts.length - 1;
  const scale = top / (hi - lo);
  const lastBin = top - 1;
  const packed = new Float64Array(counts.length);
  for (let from = begin; from < end; from += CHUNK) {
    const to = Math.min(end, from + CHUNK);
    countPacked(u, from, to, lo, scale, packed);
    for (let j = 0; j <= lastBin; j++) {
      const samples = Math.floor(packed[j] / 2 ** 36);
      const upper = packed[j] - samples * ONE_SAMPLE;
      counts[j] += samples * HISTOGRAM_SCALE - upper;
      counts[j + 1] += upper;
      packed[j] = 0;
    }
  }
}

/**
 * Counts samples into packed sums. Where rounding puts `hi` itself beyond the last bin, it does so by less than the
 * shares resolve.
 */
function countPacked(
  u: Float32Array,
  begin: number,
  end: number,
  lo: number,
  scale: number,
  packed: Float64Array,
): void {
  const lastBin = packed.length - 2;
  for (let i = begin; i < end; i++) {
    const q = (u[i] - lo) * scale;
    let j = q | 0;
    if (j > lastBin) j = lastBin;
    packed[j] += ONE_SAMPLE + Math.floor((q - j) * HISTOGRAM_SCALE + 0.5);
  }
}
