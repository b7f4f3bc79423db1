/**
 * Several times of one thing, summed up.
 *
 * @module
 */

import type { Times } from "./result.ts";

/** Median, shortest and longest of at least one time, seconds. */
export function timesOf(each: readonly number[]): Times {
  const sorted = [...each].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { each, median, min: sorted[0], max: sorted[sorted.length - 1] };
}
