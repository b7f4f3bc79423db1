/**
 * Random numbers that depend on a place alone: every voxel hashes its seed and its indices, so any box, in any order,
 * draws the same numbers.
 *
 * The mixing step is the finaliser of MurmurHash3 (A. Appleby, in the public domain): every bit of the input turns over
 * every bit of the output with a chance near one half.
 *
 * @module
 */

/**
 * Steps between counters before they are mixed: 2^32 divided by the golden ratio, made odd, which spreads neighbours
 * evenly (Knuth, TAOCP 3, 6.4).
 */
const STEP = 0x9e3779b9;

/** Mixes 32 bits; a bijection. */
export function mix(bits: number): number {
  let h = bits ^ (bits >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32 bits for a chain of integer counters, each in [0, 2^32). */
export function hash(seed: number, ...counters: readonly number[]): number {
  return counters.reduce((h, counter) => mix(h ^ mix(Math.imul(counter + 1, STEP))), mix(seed));
}

/** The number in (0, 1) that 32 bits stand for: never 0, never 1, so that its logarithm is finite and below 0. */
export function unit(bits: number): number {
  return (bits + 0.5) / 2 ** 32;
}

/** A number in [lo, hi] for a seed and a chain of counters. */
export function between(lo: number, hi: number, seed: number, ...counters: readonly number[]): number {
  return lo + (hi - lo) * unit(hash(seed, ...counters));
}
