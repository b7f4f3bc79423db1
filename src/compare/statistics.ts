/**
 * Statistics over the voxels of a mask, as NumPy and SciPy define them, in float64. Volumes are C order `[z, y, x]`; a mask holds 1 inside and 0 outside.
 *
 * @module
 */

import { between, percentileRank } from "../intensity/interpolate.ts";
import { RadixCounts } from "../intensity/radix.ts";

/** The values inside a mask, in C order, where they are finite. */
export function maskedValues(values: Float32Array, mask: Uint8Array): Float32Array {
  const inside = new Float32Array(countInside(mask));
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 0 && Number.isFinite(values[i])) inside[count++] = values[i];
  }
  return inside.subarray(0, count);
}

/** Voxels inside a mask. */
export function countInside(mask: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) count++;
  return count;
}

/** Arithmetic mean (`numpy.mean` in float64); NaN for an empty list. */
export function meanOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Coefficient of variation: standard deviation of the population over the mean (`numpy.std / numpy.mean`). 0 for a constant. */
export function variationOf(values: Float32Array): number {
  const mean = meanOf(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
  return Math.sqrt(squares / values.length) / mean;
}

/**
 * Pearson's correlation (`numpy.corrcoef`, `scipy.stats.pearsonr`). NaN where one side does not vary.
 *
 * @param a as long as `b`.
 */
export function pearson(a: Float32Array, b: Float32Array): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [a[i] - meanA, b[i] - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : NaN;
}

/** Percentiles (`numpy.percentile`, linear), without sorting: the counts of the upper 16 bits tell where each lies. NaN for an empty list. */
export function percentilesOf(values: Float32Array, percentiles: readonly number[]): number[] {
  const all = { begin: 0, end: values.length, positive: false, firstPixel: 0 };
  const upper = new RadixCounts();
  upper.addUpper(values, all);
  const lower = new RadixCounts();
  return percentiles.map((percentile) => {
    if (upper.total === 0) return NaN;
    const rank = percentileRank(upper.total, percentile);
    const bucket = upper.bucketOf(Math.floor(rank));
    lower.clear().addLower(values, all, bucket);
    const [below, above] = lower.neighbours(bucket);
    return between(below, above, rank - Math.floor(rank));
  });
}

/** The middle value (`numpy.median`). */
export function medianOf(values: Float32Array): number {
  return percentilesOf(values, [50])[0];
}

/** Natural logarithms; what is below `floor` counts as `floor`, so that all are finite. */
export function logsOf(values: Float32Array, floor: number): Float32Array {
  const logs = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) logs[i] = Math.log(Math.max(values[i], floor));
  return logs;
}
