/**
 * Piecewise-linear intensity maps, as every backend's stage `apply` evaluates them.
 *
 * @module
 */

import type { LookupTables } from "../backends/backend.ts";

/** Linear interpolation on an even grid, clamped at its ends. A value at or below the threshold, or infinite, stays. */
export function lookUp(luts: LookupTables, table: Float32Array, value: number): number {
  if (!(value > luts.threshold) || value === Infinity) return value;
  return valueOf(table, table.length - 1, luts.range[0], luts.range[1] - luts.range[0], value);
}

/** The value of a table of `last + 1` entries over a range from `lo` on. */
function valueOf(table: Float32Array, last: number, lo: number, span: number, value: number): number {
  const at = ((value - lo) * last) / span;
  const q = at <= 0 ? 0 : at > last ? last : at;
  const whole = q | 0;
  const j = whole < last ? whole : last - 1;
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
  const { threshold, range: [lo, hi] } = luts;
  const [last, span] = [table.length - 1, hi - lo];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value > threshold && value !== Infinity) values[i] = valueOf(table, last, lo, span, value);
  }
}

/** Values that are mapped where they are inside. */
export interface MappedValues {
  readonly values: Float32Array;
  /** One byte a value, 0 outside. */
  readonly inside: Uint8Array;
  /** The first of them. */
  readonly begin: number;
  /** One past the last. */
  readonly end: number;
}

/** Writes the mapped values that are inside one after the other into `out`, as float32; returns how many. */
export function gatherMapped(
  luts: LookupTables,
  table: Float32Array,
  { values, inside, begin, end }: MappedValues,
  out: Float32Array,
): number {
  const { threshold, range: [lo, hi] } = luts;
  const [last, span] = [table.length - 1, hi - lo];
  let count = 0;
  for (let i = begin; i < end; i++) {
    if (inside[i] === 0) continue;
    const value = values[i];
    out[count++] = value > threshold && value !== Infinity ? valueOf(table, last, lo, span, value) : value;
  }
  return count;
}

/** Writes mapped values times a gain into `out`, each at its place from 0 on; places outside keep what they held. */
export function mapTimes(
  luts: LookupTables,
  table: Float32Array,
  gain: number,
  { values, inside, begin, end }: MappedValues,
  out: Float64Array,
): void {
  const { threshold, range: [lo, hi] } = luts;
  const [last, span] = [table.length - 1, hi - lo];
  for (let i = begin, x = 0; i < end; i++, x++) {
    if (inside[i] === 0) continue;
    const value = values[i];
    out[x] = (value > threshold && value !== Infinity ? valueOf(table, last, lo, span, value) : value) * gain;
  }
}
