/**
 * Small functions of numbers that many places need.
 *
 * @module
 */

/** The nearest integer; of two equally near ones the even one, as Python's `round`. */
export function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Values below which parts of a list lie: of n sorted values those at `floor(part (n - 1))`; NaN of an empty list. */
export function quantiles(values: Float32Array | Float64Array, parts: readonly number[]): number[] {
  const sorted = values.slice().sort();
  return parts.map((part) => sorted[Math.floor(part * (sorted.length - 1))] ?? NaN);
}
