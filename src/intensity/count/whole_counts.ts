/**
 * Counts of whole numbers that 8 or 16 bits hold, as the intensities of most heads are: range, outliers and every
 * histogram follow from them, so that one read of the image serves for all.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../../thread_job.ts";
import { addTo } from "./counts.ts";

/** The least number counted, and how many there are: those of signed and of unsigned 16 bits. */
const LEAST = -(2 ** 15);
const NUMBERS = 2 ** 15 + 2 ** 16;

/** Counts values; `undefined` where one of them is no such number. */
export const COUNT_WHOLE: Job<Float32Array, Uint32Array | undefined> = {
  name: "count whole numbers",
  work(values) {
    const counts = new Uint32Array(NUMBERS);
    for (let i = 0; i < values.length; i++) {
      const at = (values[i] | 0) - LEAST;
      if (at + LEAST !== values[i] || !(at >= 0 && at < NUMBERS)) return undefined;
      counts[at]++;
    }
    return counts;
  },
  handsOver: (counts) => counts ? [counts.buffer as ArrayBuffer] : [],
};

/** Numbers that were counted: each with how often it occurs, ascending. */
export type CountedNumbers = Float64Array;

/** Counts as long as all values are whole numbers. */
export class WholeCounts {
  readonly #counts = new Float64Array(NUMBERS);
  #isWhole = true;

  /**
   * Counts the values of a box.
   *
   * @param threads who do it; left out: the calling thread.
   * @returns `false` where it could not be, as one of them, or one before, is no whole number of 16 bits.
   */
  async addBy(threads: Threads | undefined, values: Float32Array): Promise<boolean> {
    if (!this.#isWhole) return false;
    const counts = await threadsFor(threads, values).run(COUNT_WHOLE, values);
    if (counts) addTo(this.#counts, counts);
    else this.#isWhole = false;
    return counts !== undefined;
  }

  /** Whether every value so far was counted. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What was counted. */
  encode(): CountedNumbers {
    const found: number[] = [];
    this.#counts.forEach((count, i) => count > 0 && found.push(i + LEAST, count));
    return Float64Array.from(found);
  }
}
