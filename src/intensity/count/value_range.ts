/**
 * The smallest and largest finite value, of parts that may be read apart.
 *
 * @module
 */

import { type Threads, threadsFor } from "../../thread_job.ts";
import { FIND_RANGE, findRange } from "./box_statistics.ts";

/** A range that grows. */
export class ValueRange {
  /** Smallest finite value; Infinity where there was none. */
  lo = Infinity;
  /** Largest finite value; -Infinity where there was none. */
  hi = -Infinity;

  /** Widens the range by values; those that are not finite count for nothing. */
  add(values: Float32Array): void {
    this.merge(findRange(values));
  }

  /** The same by others; left out: the calling thread. */
  async addBy(threads: Threads | undefined, values: Float32Array): Promise<void> {
    this.merge(await threadsFor(threads, values).run(FIND_RANGE, values));
  }

  /** Widens the range by another, as {@linkcode ValueRange.encode} told of it. */
  merge([lo, hi]: Iterable<number>): void {
    this.lo = Math.min(this.lo, lo);
    this.hi = Math.max(this.hi, hi);
  }

  /** Both ends. */
  encode(): Float64Array {
    return Float64Array.of(this.lo, this.hi);
  }
}
