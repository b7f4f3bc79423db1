/**
 * Stage `subtract`: takes the field of a lattice off the samples of a tile. On the way it finds the range of u for the
 * next histogram and the sums of the stop test. Each plane contracts the lattice over z once, each row over y once; a
 * sample costs four products. The samples of a row that lie in one span share their four control points, which stay in
 * registers. This loop is the tested twin of kernels/wasm/subtract.ts, which does the work.
 *
 * @module
 */

import { exponential } from "./shared/exponential.ts";
import type { SplineRows3 } from "../../backend.ts";
import { type FitMemory, tileRowRange } from "../fit_memory.ts";
import { combine, spanEnds } from "./shared/spline_row.ts";

/** Below this |h| six terms of the series of expm1 are exact to 2e-13; from it on exp(-h) - 1 is, to 1e-12. */
const SERIES_LIMIT = 1 / 32;

/** What the stage works on, beside the samples. */
interface Subtraction {
  /** What the field is taken off: v at the start of a level, u in an iteration. */
  readonly from: Float32Array;
  /** Control values, C order. */
  readonly lattice: Float64Array;
  /** Control points along y and x. */
  readonly planePoints: readonly [cy: number, cx: number];
  /** Spline rows of the samples. */
  readonly rows: SplineRows3;
}

/**
 * `u = from - field` over a tile; `plane` (cy * cx) and `line` (cx) are scratch. Fills the tile's `range` and `sums`:
 * sample p of a row adds to sum p mod 4, and the four are added up.
 */
export function subtract(
  fit: FitMemory,
  work: Subtraction,
  tile: number,
  plane: Float64Array,
  line: Float64Array,
): void {
  const { u, samples: { rowStart, xIndex } } = fit;
  const { from, rows: [z, y, x], planePoints: [cy, cx] } = work;
  const { first, evaluate } = x;
  const ends = spanEnds(x);
  const ny = fit.samples.y.length;
  const tileRange = tileRowRange(fit, tile);
  combine(work.lattice, cy * cx, z.evaluate, 4 * tileRange.plane, z.first[tileRange.plane], plane);
  let lo = Infinity, hi = -Infinity;
  const sum = new Float64Array(4), squares = new Float64Array(4);
  for (let r = tileRange.row0; r < tileRange.row1; r++) {
    if (rowStart[r] === rowStart[r + 1]) continue;
    const iy = r % ny;
    combine(plane, cx, y.evaluate, 4 * iy, y.first[iy], line);
    const begin = rowStart[r], end = rowStart[r + 1];
    for (let i = begin; i < end;) {
      const k = first[xIndex[i]];
      const columnEnd = ends[k];
      const c0 = line[k], c1 = line[k + 1], c2 = line[k + 2], c3 = line[k + 3];
      for (; i < end; i++) {
        const column = xIndex[i];
        if (column >= columnEnd) break;
        const w = 4 * column;
        const h = evaluate[w] * c0 + evaluate[w + 1] * c1 + evaluate[w + 2] * c2 + evaluate[w + 3] * c3;
        const value = Math.fround(from[i] - h);
        u[i] = value;
        if (value < lo) lo = value;
        if (value > hi) hi = value;
        const e = negativeExpm1(h);
        sum[(i - begin) & 3] += e;
        squares[(i - begin) & 3] += e * e;
      }
    }
  }
  fit.range[2 * tile] = lo;
  fit.range[2 * tile + 1] = hi;
  fit.sums[2 * tile] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  fit.sums[2 * tile + 1] = (squares[0] + squares[1]) + (squares[2] + squares[3]);
}

/** expm1(-h). */
function negativeExpm1(h: number): number {
  if (!(Math.abs(h) < SERIES_LIMIT)) return exponential(-h) - 1;
  return (((((h * (1 / 720) + -1 / 120) * h + 1 / 24) * h + -1 / 6) * h + 0.5) * h - 1) * h;
}
