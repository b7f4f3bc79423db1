/**
 * One intensity through a lookup table: what stage `apply` does in every language, and what samples go through before a fit.
 *
 * @module
 */

import type { LookupTables } from "./backend.ts";

/** Linear interpolation on an even grid of intensities, clamped at its ends; values at or below the threshold stay. */
export function lookUp(luts: LookupTables, table: Float32Array, value: number): number {
  if (!(value > luts.threshold)) return value;
  const [lo, hi] = luts.range;
  const last = table.length - 1;
  const q = Math.min(Math.max(((value - lo) * last) / (hi - lo), 0), last);
  const j = Math.min(Math.floor(q), last - 1);
  return table[j] + (q - j) * (table[j + 1] - table[j]);
}
