/**
 * The smallest and largest finite value, of parts that may be read apart.
 *
 * @module
 */

/** A range that grows. */
export class ValueRange {
  /** Smallest finite value; Infinity where there was none. */
  lo = Infinity;
  /** Largest finite value; -Infinity where there was none. */
  hi = -Infinity;

  /** Widens the range by values; those that are not finite count for nothing. */
  add(values: Float32Array): void {
    let [lo, hi] = [this.lo, this.hi];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < lo && value !== -Infinity) lo = value;
      if (value > hi && value !== Infinity) hi = value;
    }
    [this.lo, this.hi] = [lo, hi];
  }

  /** Widens the range by another, as {@linkcode ValueRange.encode} told of it. */
  merge([lo, hi]: ArrayLike<number> & Iterable<number>): void {
    this.lo = Math.min(this.lo, lo);
    this.hi = Math.max(this.hi, hi);
  }

  /** Both ends. */
  encode(): Float64Array {
    return Float64Array.of(this.lo, this.hi);
  }
}
