/**
 * Statistics over the voxels of a mask, as NumPy and SciPy define them, in float64. Volumes are C order `[z, y, x]`; a mask holds 1 inside and 0 outside.
 *
 * @module
 */

import { between, percentileRank } from "../intensity/interpolate.ts";
import { RadixCounts } from "../intensity/radix.ts";

/** Logarithms are taken of this at least, as linumpy's tools do. */
export const LOG_FLOOR = 1e-6;

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

/**
 * Percentiles (`numpy.percentile`, linear), without sorting: the counts of the upper 16 bits tell where each lies. NaN for an empty list.
 *
 * @param of a growing function: percentiles of its values, in float64; left out: of the values themselves.
 */
export function percentilesOf(
  values: Float32Array,
  percentiles: readonly number[],
  of: (value: number) => number = (value) => value,
): number[] {
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
    return between(of(below), of(above), rank - Math.floor(rank));
  });
}

/** Natural logarithms as float32; what is below {@linkcode LOG_FLOOR} counts as that, so that all are finite. */
export function logsOf(values: Float32Array): Float32Array {
  return values.map(flooredLog);
}

/** The natural logarithm of a value, of {@linkcode LOG_FLOOR} at least. */
export function flooredLog(value: number): number {
  return Math.log(Math.max(value, LOG_FLOOR));
}
