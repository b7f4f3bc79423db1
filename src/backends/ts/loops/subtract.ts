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

/** Of the series of expm1(-h) / h, all but the first, from the last. */
const TERMS = Float32Array.of(-1 / 120, 1 / 24, -1 / 6, 1 / 2, -1);

/** `u = v - field` over a tile; fills the tile's `range`. */
export function subtract(fit: FitMemory, work: Subtraction, tile: number): void {
  const { u, samples: { value } } = fit;
  const w = work.rows[2].evaluate;
  const range = forEachSample(fit, work, tile, (i, _, at, line, k) => {
    const h = w[at] * line[k] + w[at + 1] * line[k + 1] + w[at + 2] * line[k + 2] + w[at + 3] * line[k + 3];
    return u[i] = value[i] - h;
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
  const w = work.rows[2].evaluate;
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
  const range = forEachSample(fit, work, tile, (i, p, at, line, k) => {
    if (p === 0) endRow();
    let h = fround(fround(w[at]) * fround(line[k]));
    for (let j = 1; j < 4; j++) h = fround(h + fround(fround(w[at + j]) * fround(line[k + j])));
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
 * @param visit given a sample, its place in its row, where its four weights along x begin, the control values of its
 *   row and the first that they weigh; returns its u.
 * @returns the smallest and largest u.
 */
function forEachSample(
  fit: FitMemory,
  { lattice, planePoints: [cy, cx], rows: [z, y, x] }: Subtraction,
  tile: number,
  visit: (i: number, p: number, at: number, line: Float64Array, k: number) => number,
): [lo: number, hi: number] {
  const { rowStart, xIndex } = fit.samples;
  const [plane, line] = [new Float64Array(cy * cx), new Float64Array(cx)];
  const { plane: iz, row0, row1 } = tileRowRange(fit, tile);
  combine(lattice, cy * cx, z.evaluate, 4 * iz, z.first[iz], plane);
  let lo = Infinity, hi = -Infinity;
  for (let r = row0; r < row1; r++) {
    const iy = r % fit.samples.y.length;
    combine(plane, cx, y.evaluate, 4 * iy, y.first[iy], line);
    for (let i = rowStart[r]; i < rowStart[r + 1]; i++) {
      const column = xIndex[i];
      const value = fround(visit(i, i - rowStart[r], 4 * column, line, x.first[column]));
      if (value < lo) lo = value;
      if (value > hi) hi = value;
    }
  }
  return [lo, hi];
}

/** expm1(-h) of a float32 in float32. */
function negativeExpm1(h: number): number {
  if (!(Math.abs(h) < SERIES_LIMIT)) return fround(exponential(-h) - 1);
  let e = fround(1 / 720);
  for (const term of TERMS) e = fround(fround(e * h) + term);
  return fround(e * h);
}
