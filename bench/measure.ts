/**
 * What the benches share: how times are summed up, and what the machine can do at most.
 *
 * @module
 */

/** Several times of one thing, any unit. */
export interface Summary {
  /** The middle one. */
  readonly median: number;
  /** The shortest. */
  readonly min: number;
  /** The longest. */
  readonly max: number;
}

/** Median, shortest and longest of at least one time. */
export function summarise(times: readonly number[]): Summary {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** Bytes that a copy moves at least and at most: below, the clock is too coarse; above, nothing changes any more. */
const [LEAST_COPY, MOST_COPY] = [2 ** 16, 2 ** 28];

/** How long copies are repeated for one time, ms, and how many times are taken. */
const [COPY_MS, COPY_TIMES] = [2, 7];

/**
 * The ceiling: bytes a second, read and written together, of one thread that copies an array.
 *
 * @param bytes how many the compared work moves: a copy of as many meets the same caches.
 */
export function copyRate(bytes: number): number {
  const half = Math.min(Math.max(bytes, LEAST_COPY), MOST_COPY) / 2 & ~7;
  const from = new Float64Array(half / 8).fill(1);
  const to = new Float64Array(half / 8);
  const times: number[] = [];
  to.set(from);
  for (let i = 0; i < COPY_TIMES; i++) {
    const begin = performance.now();
    let copies = 0;
    do to.set(from), copies++; while (performance.now() - begin < COPY_MS);
    times.push((performance.now() - begin) / copies);
  }
  return (2 * half) / (summarise(times).min / 1000);
}
