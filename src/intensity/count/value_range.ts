/**
 * The smallest and the largest value of boxes, and of each of their planes above 0; boxes may be taken in any order.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../../thread_job.ts";

/** The smallest and the largest finite value; Infinity and -Infinity where there is none. */
function findRange(values: Float32Array): [lo: number, hi: number] {
  let lo = Infinity, hi = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < lo && value !== -Infinity) lo = value;
    if (value > hi && value !== Infinity) hi = value;
    // Most values widen nothing: four at a time.
    for (; i + 4 < values.length; i += 4) {
      if (!(values[i + 1] >= lo && values[i + 1] <= hi && values[i + 2] >= lo && values[i + 2] <= hi)) break;
      if (!(values[i + 3] >= lo && values[i + 3] <= hi && values[i + 4] >= lo && values[i + 4] <= hi)) break;
    }
  }
  return [lo, hi];
}

/** {@linkcode findRange} as a job. */
export const FIND_RANGE: Job<Float32Array, [lo: number, hi: number]> = { name: "find range", work: findRange };

/** A range that grows. */
export class ValueRange {
  /** Smallest finite value; Infinity where there was none. */
  lo = Infinity;
  /** Largest finite value; -Infinity where there was none. */
  hi = -Infinity;

  /** Widens the range by finite values. @param threads who look at them; left out: the calling thread. */
  async addBy(threads: Threads | undefined, values: Float32Array): Promise<void> {
    this.merge(await threadsFor(threads, values).run(FIND_RANGE, values));
  }

  /** Widens the range by another one, as {@linkcode ValueRange.encode} gives it. */
  merge([lo, hi]: Iterable<number>): void {
    this.lo = Math.min(this.lo, lo);
    this.hi = Math.max(this.hi, hi);
  }

  /** Both ends. */
  encode(): Float64Array {
    return Float64Array.of(this.lo, this.hi);
  }
}

/** Values of whole planes, one after the other. */
interface PlanesOfValues {
  readonly values: Float32Array;
  /** Voxels of a plane. */
  readonly plane: number;
}

/** Of each plane the smallest and the largest value above 0 and how many there are: three numbers a plane. */
export const FIND_PLANE_RANGES: Job<PlanesOfValues, Float64Array> = {
  name: "find plane ranges",
  work({ values, plane }) {
    const ranges = new Float64Array(3 * (values.length / plane));
    for (let k = 0; k < ranges.length / 3; k++) {
      ranges.set(positiveRange(values, k * plane, (k + 1) * plane), 3 * k);
    }
    return ranges;
  },
};

/** The smallest and the largest of the values `[begin, end)` above 0, and how many there are. */
function positiveRange(values: Float32Array, begin: number, end: number): [lo: number, hi: number, above: number] {
  let lo = Infinity, hi = -Infinity, above = 0;
  for (let i = begin; i < end; i++) {
    const value = values[i];
    if (!(value > 0)) continue;
    if (value < lo) lo = value;
    if (value > hi) hi = value;
    above++;
    for (; i + 4 < end; i += 4, above += 4) {
      if (!(values[i + 1] >= lo && values[i + 1] <= hi && values[i + 2] >= lo && values[i + 2] <= hi)) break;
      if (!(values[i + 3] >= lo && values[i + 3] <= hi && values[i + 4] >= lo && values[i + 4] <= hi)) break;
    }
  }
  return [lo, hi, above];
}
