/**
 * Piecewise-linear intensity maps, as every backend's stage `apply` evaluates them.
 *
 * @module
 */

import type { LookupTables } from "../backends/backend.ts";

/** Linear interpolation on an even grid of intensities, clamped at its ends. What is at or below the threshold, or infinite, stays. */
export function lookUp(luts: LookupTables, table: Float32Array, value: number): number {
  if (!(value > luts.threshold) || value === Infinity) return value;
  const [lo, hi] = luts.range;
  const last = table.length - 1;
  const q = Math.min(Math.max(((value - lo) * last) / (hi - lo), 0), last);
  const j = Math.min(Math.floor(q), last - 1);
  return table[j] + (q - j) * (table[j + 1] - table[j]);
}

/** The table of a plane; `undefined` where its intensities stay. */
export function tableOfPlane(luts: LookupTables | undefined, z: number): Float32Array | undefined {
  return luts && luts.tableOfPlane[z] >= 0 ? luts.tables[luts.tableOfPlane[z]] : undefined;
}

/** Maps the intensities of plane z, in place. */
export function mapPlane(luts: LookupTables | undefined, z: number, values: Float32Array): void {
  const table = tableOfPlane(luts, z);
  if (!luts || !table) return;
  for (let i = 0; i < values.length; i++) values[i] = lookUp(luts, table, values[i]);
}
