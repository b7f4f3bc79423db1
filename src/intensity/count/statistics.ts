/**
 * Statistics over the voxels of a mask, as NumPy and SciPy define them, in float64. Volumes are C order `[z, y, x]`; a
 * mask holds 1 inside and 0 outside.
 *
 * @module
 */

import { between, percentileRank } from "./interpolate.ts";
import { RadixCounts } from "./radix.ts";

/** Logarithms are taken of this at least, as linumpy's tools do. */
export const LOG_FLOOR = 1e-6;

/** Voxels inside a mask. */
export function countInside(mask: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) count++;
  return count;
}

/** A function of a value, that grows where percentiles are taken. */
export type ValueMap = (value: number) => number;

const SAME: ValueMap = (value) => value;

/**
 * Arithmetic mean (`numpy.mean` in float64); NaN for an empty list.
 *
 * @param mask finite values inside it count; left out: all values.
 * @param of the mean is that of this function's values; left out: of the values themselves.
 */
export function meanOf(values: ArrayLike<number>, mask?: Uint8Array, of: ValueMap = SAME): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (mask !== undefined && (mask[i] === 0 || !Number.isFinite(values[i]))) continue;
    sum += of(values[i]);
    count++;
  }
  return sum / count;
}

/**
 * Coefficient of variation: standard deviation of the population over the mean (`numpy.std / numpy.mean`). 0 for a
 * constant.
 *
 * @param mask finite values inside it count; left out: all values.
 */
export function variationOf(values: ArrayLike<number>, mask?: Uint8Array): number {
  const mean = meanOf(values, mask);
  return Math.sqrt(meanOf(values, mask, (value) => (value - mean) ** 2)) / mean;
}

/**
 * Pearson's correlation (`numpy.corrcoef`, `scipy.stats.pearsonr`) inside a mask, where both are finite. NaN where one
 * side does not vary.
 *
 * @param a as long as `b`.
 * @param of the correlation is that of this function's values; left out: of the values themselves.
 */
export function pearson(a: Float32Array, b: Float32Array, mask: Uint8Array, of: ValueMap = SAME): number {
  const inside = (i: number) => mask[i] !== 0 && Number.isFinite(a[i]) && Number.isFinite(b[i]);
  let [sumA, sumB, count] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!inside(i)) continue;
    sumA += of(a[i]);
    sumB += of(b[i]);
    count++;
  }
  const [meanA, meanB] = [sumA / count, sumB / count];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!inside(i)) continue;
    const [da, db] = [of(a[i]) - meanA, of(b[i]) - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : NaN;
}

/**
 * Percentiles (`numpy.percentile`, linear) of finite values, without sorting or copying: the counts of the upper 16
 * bits say where each lies. NaN for an empty list.
 *
 * @param of a growing function: percentiles of its values, in float64; left out: of the values themselves.
 * @param mask values inside it count; left out: all.
 */
export function percentilesOf(
  values: Float32Array,
  percentiles: readonly number[],
  of: ValueMap = SAME,
  mask?: Uint8Array,
): number[] {
  const which = { begin: 0, end: values.length, positive: false, firstPixel: 0, pixels: mask };
  const upper = new RadixCounts();
  upper.addUpper(values, which);
  const lower = new RadixCounts();
  return percentiles.map((percentile) => {
    if (upper.total === 0) return NaN;
    const rank = percentileRank(upper.total, percentile);
    const bucket = upper.bucketOf(Math.floor(rank));
    lower.clear().addLower(values, which, bucket);
    const [below, above] = lower.neighbours(bucket);
    return between(of(below), of(above), rank - Math.floor(rank));
  });
}

/** The natural logarithm of a value, of {@linkcode LOG_FLOOR} at least. */
export function flooredLog(value: number): number {
  return Math.log(Math.max(value, LOG_FLOOR));
}

/** `second - first` inside the mask, where both are finite, each over its mean there; in C order. */
export function relativeDifferences(first: Float32Array, second: Float32Array, mask: Uint8Array): Float32Array {
  const [meanA, meanB] = [meanOf(first, mask), meanOf(second, mask)];
  const differences = new Float32Array(countInside(mask));
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0 || !Number.isFinite(first[i] + second[i])) continue;
    differences[count++] = second[i] / meanB - first[i] / meanA;
  }
  return differences.subarray(0, count);
}

/** Values without their sign; changed in place. */
export function absolute(values: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i]);
  return values;
}
