/**
 * Stage `subtract`: takes a field off the samples of a tile and finds the range of u on the way. At the start of a
 * level that is the field of the whole lattice, off v, in float64; in an iteration what it added, off u, in float32,
 * with the sums of the stop test. Each plane contracts the lattice over z once, each row over y once; a sample costs
 * four products. Twins of kernels/wasm/subtract.ts, which does the work.
 *
 * @module
 */

import { exponential } from "./shared/exponential.ts";
import type { SplineRows3 } from "../../backend.ts";
import { type FitMemory, tileRowRange } from "../fit_memory.ts";
import { combine } from "./shared/spline_row.ts";

/** Below this |h| six terms of the series of expm1 are exact in float32. */
const SERIES_LIMIT = 1 / 4;

/** What the stage works on, beside the samples. */
interface Subtraction {
  /** Control values, C order: the lattice, or what an iteration added to it. */
  readonly lattice: Float64Array;
  /** Control points along y and x. */
  readonly planePoints: readonly [cy: number, cx: number];
  /** Spline rows of the samples. */
  readonly rows: SplineRows3;
}

const { fround } = Math;

/** `u = v - field` over a tile; fills the tile's `range`. */
export function subtract(fit: FitMemory, work: Subtraction, tile: number): void {
  const { u, samples: { value } } = fit;
  const range = forEachSample(fit, work, tile, (i, _, [w0, w1, w2, w3], [c0, c1, c2, c3]) => {
    return u[i] = value[i] - (w0 * c0 + w1 * c1 + w2 * c2 + w3 * c3);
  });
  fit.range.set(range, 2 * tile);
  fit.sums.fill(0, 2 * tile, 2 * tile + 2);
}

/**
 * `u -= field` over a tile, in float32; fills the tile's `range` and `sums`: sample p of a row adds to sum p mod 4 of
 * the row, whose sums are added to those of the tile in float64, and those four are added up.
 */
export function subtractIncrement(fit: FitMemory, work: Subtraction, tile: number): void {
  const { u } = fit;
  const [sum, squares] = [new Float64Array(4), new Float64Array(4)];
  const [rowSum, rowSquares] = [new Float32Array(4), new Float32Array(4)];
  const endRow = () => {
    for (let lane = 0; lane < 4; lane++) {
      sum[lane] += rowSum[lane];
      squares[lane] += rowSquares[lane];
    }
    rowSum.fill(0);
    rowSquares.fill(0);
  };
  const range = forEachSample(fit, work, tile, (i, p, weights, control) => {
    if (p === 0) endRow();
    const [p0, p1, p2, p3] = weights.map((w, j) => fround(fround(w) * fround(control[j])));
    const h = fround(fround(fround(p0 + p1) + p2) + p3);
    const e = negativeExpm1(h);
    rowSum[p & 3] += e;
    rowSquares[p & 3] += fround(e * e);
    return u[i] = fround(u[i] - h);
  });
  endRow();
  fit.range.set(range, 2 * tile);
  const total = (lanes: Float64Array) => (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  fit.sums.set([total(sum), total(squares)], 2 * tile);
}

/**
 * Visits the samples of a tile.
 *
 * @param visit given a sample, its place in its row, its four weights along x and their control values; returns its u.
 * @returns the smallest and largest u.
 */
function forEachSample(
  fit: FitMemory,
  { lattice, planePoints: [cy, cx], rows: [z, y, x] }: Subtraction,
  tile: number,
  visit: (i: number, p: number, weights: Float64Array, control: Float64Array) => number,
): [lo: number, hi: number] {
  const { rowStart, xIndex } = fit.samples;
  const [plane, line] = [new Float64Array(cy * cx), new Float64Array(cx)];
  const { plane: iz, row0, row1 } = tileRowRange(fit, tile);
  combine(lattice, cy * cx, z.evaluate, 4 * iz, z.first[iz], plane);
  let [lo, hi] = [Infinity, -Infinity];
  for (let r = row0; r < row1; r++) {
    const iy = r % fit.samples.y.length;
    combine(plane, cx, y.evaluate, 4 * iy, y.first[iy], line);
    for (let i = rowStart[r]; i < rowStart[r + 1]; i++) {
      const [column, k] = [xIndex[i], x.first[xIndex[i]]];
      const value = fround(
        visit(i, i - rowStart[r], x.evaluate.subarray(4 * column, 4 * column + 4), line.subarray(k, k + 4)),
      );
      [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
    }
  }
  return [lo, hi];
}

/** expm1(-h) of a float32 in float32. */
function negativeExpm1(h: number): number {
  if (!(Math.abs(h) < SERIES_LIMIT)) return fround(exponential(-h) - 1);
  let e = fround(1 / 720);
  for (const term of [-1 / 120, 1 / 24, -1 / 6, 1 / 2, -1]) e = fround(fround(e * h) + fround(term));
  return fround(e * h);
}
