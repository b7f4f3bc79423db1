/**
 * Exact sums of float32 values, group by group: the same bits in whatever order and portions the values come.
 *
 * A float32 is an integer of 24 bits times a power of two. Integers are summed for each power apart, exactly (up to
 * 2^29 values a group and power), and the powers are put together last, as one integer.
 *
 * @module
 */

import { addTo } from "./counts.ts";

/**
 * Bits of the lower of the two parts in which sums of many values are added, so that the sums of a power stay exact.
 */
const HALF_BITS = 26;
const HALF_RANGE = 2 ** HALF_BITS;

/** The greatest biased exponent of which {@linkcode ExactSums.addSum} takes sums: there is one for their upper part. */
export const MOST_EXPONENT: number = 254 - HALF_BITS;

/** What {@linkcode ExactSums} are made of. */
export type SumParts = Readonly<Record<"counts" | "mantissas", Float64Array>>;

/** Sums per group (a plane, say), with counts. 2 KiB a group. */
export class ExactSums {
  /** Finite values added to each group. */
  readonly counts: Float64Array;
  /** 256 integers a group, one for each exponent. */
  readonly mantissas: Float64Array;

  /** Empty sums of `groups` groups. */
  constructor(groups: number) {
    this.counts = new Float64Array(groups);
    this.mantissas = new Float64Array(256 * groups);
  }

  /** Adds the finite values `[begin, end)` whose byte in `inside` is not 0. @param inside left out: all of them. */
  add(group: number, values: Float32Array, begin: number, end: number, inside?: Uint8Array): void {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    const sums = this.mantissas.subarray(256 * group, 256 * (group + 1));
    this.counts[group] += inside ? addInside(sums, bits, begin, end, inside) : addAll(sums, bits, begin, end);
  }

  /**
   * Adds a sum that is a multiple of the unit of numbers with a biased exponent, and below 2^53 of them.
   *
   * @param exponent 1 to {@linkcode MOST_EXPONENT}. @param count of the values that it is the sum of.
   */
  addSum(group: number, sum: number, exponent: number, count: number): void {
    const units = sum * 2 ** (150 - exponent);
    const high = Math.trunc(units / HALF_RANGE);
    const at = 256 * group + exponent;
    this.mantissas[at] += units - high * HALF_RANGE;
    this.mantissas[at + HALF_BITS] += high;
    this.counts[group] += count;
  }

  /** Adds the sums of other groups to those from `first` on; exact, so that parts may be put together in any order. */
  merge({ counts, mantissas }: SumParts, first: number): void {
    addTo(this.counts, counts, first);
    addTo(this.mantissas, mantissas, 256 * first);
  }

  /** Everything that the sums are made of. */
  encode(): SumParts {
    return { counts: this.counts, mantissas: this.mantissas };
  }

  /** Sum of a group, rounded once. */
  sum(group: number): number {
    let sum = 0n;
    for (let exponent = 0; exponent < 255; exponent++) {
      const mantissas = this.mantissas[256 * group + exponent];
      if (mantissas !== 0) sum += BigInt(mantissas) << BigInt(Math.max(exponent, 1) - 1);
    }
    return Number(sum) * 2 ** -149;
  }

  /** Mean of a group; NaN where it is empty. */
  mean(group: number): number {
    return this.sum(group) / this.counts[group];
  }
}

/** Adds the finite values `[begin, end)`, given by their bits, to the sums of their exponents; returns how many. */
function addAll(sums: Float64Array, bits: Int32Array, begin: number, end: number): number {
  let infinite = 0;
  for (let i = begin; i < end; i++) {
    const word = bits[i];
    const exponent = (word >>> 23) & 255;
    if (exponent === 255) {
      infinite++;
      continue;
    }
    const mantissa = exponent === 0 ? word & 0x7fffff : (word & 0x7fffff) | 0x800000;
    sums[exponent] += word < 0 ? 0 - mantissa : mantissa;
  }
  return end - begin - infinite;
}

/** {@linkcode addAll} of those whose byte is not 0. */
function addInside(sums: Float64Array, bits: Int32Array, begin: number, end: number, inside: Uint8Array): number {
  let count = 0;
  for (let i = begin; i < end; i++) {
    if (inside[i] === 0) continue;
    const word = bits[i];
    const exponent = (word >>> 23) & 255;
    if (exponent === 255) continue;
    const mantissa = exponent === 0 ? word & 0x7fffff : (word & 0x7fffff) | 0x800000;
    sums[exponent] += word < 0 ? 0 - mantissa : mantissa;
    count++;
  }
  return count;
}
