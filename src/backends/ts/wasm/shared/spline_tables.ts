/**
 * Spline rows as the WebAssembly stages read them.
 *
 * @module
 */

import type { SplineRows } from "../../../backend.ts";
import { spanEnds } from "../../loops/shared/spline_row.ts";
import type { Arena } from "../../../../wasm/arena.ts";

/** How columns `[from, to)` of an axis evaluate a row of control points. */
export interface ColumnTables {
  /** First of the four control points of each column. */
  readonly first: Int32Array;
  /** For each first control point the end of its run of columns, counted from `from`. */
  readonly ends: Int32Array;
  /** Weight 0 of each column, then weight 1 of each and so on: neighbouring columns fill a vector. */
  readonly evaluate: Float64Array;
  /** Bytes from one weight's values to the next's. */
  readonly stride: number;
}

/** Copies what columns `[from, to)` need into an arena. */
export function columnTables(arena: Arena, rows: SplineRows, from: number, to: number): ColumnTables {
  const count = to - from;
  const evaluate = arena.take(Float64Array, 4 * count);
  for (let j = 0; j < 4; j++) {
    for (let i = 0; i < count; i++) evaluate[j * count + i] = rows.evaluate[4 * (from + i) + j];
  }
  return {
    first: arena.copy(Int32Array, rows.first.subarray(from, to)),
    ends: arena.copy(Int32Array, spanEnds(rows).map((end) => end - from)),
    evaluate,
    stride: 8 * count,
  };
}
