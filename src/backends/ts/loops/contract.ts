/**
 * Stage `contract`: the residual d = u - E(u) of a tile, weighed by confidence and contracted with spline rows over x,
 * then over y. Folding the denominator of Lee et al. (1997, doi:10.1109/2945.620490, eq. 5) into the rows makes the
 * scattered fit three 1-D contractions; the third one, over z, is stage `update`. `contract` is the tested twin of
 * kernels/wasm/contract.ts, which does the work; `contractWeights` does the same for omega, where every residual is 1,
 * once a level.
 *
 * @module
 */

import type { SplineRows } from "../../backend.ts";
import { type FitMemory, type LevelMemory, tileRowRange } from "../fit_memory.ts";
import { spanEnds } from "./shared/spline_row.ts";

/** E on the bins, and the range they cover. */
export interface Expectation {
  /** Log intensity of the first bin's centre. */
  readonly lo: number;
  /** Log intensity of the last bin's centre. */
  readonly hi: number;
  /** Expected log intensity of each bin, length `bins`. */
  readonly expected: Float64Array;
}

/**
 * Contracts the weighted residuals of a tile into `out`, length `points[1] * points[2]`. `row` is scratch, length
 * `points[2]`.
 */
export function contract(
  fit: FitMemory,
  level: LevelMemory,
  tile: number,
  expectation: Expectation,
  row: Float64Array,
  out: Float64Array,
): void {
  const { rowStart } = fit.samples;
  const { row0, row1 } = tileRowRange(fit, tile);
  const [, y, x] = level.rows;
  const ends = spanEnds(x);
  const ny = fit.samples.y.length;
  out.fill(0);
  for (let r = row0; r < row1; r++) {
    if (rowStart[r] === rowStart[r + 1]) continue;
    row.fill(0);
    contractResidualRow(fit, x, ends, rowStart[r], rowStart[r + 1], expectation, row);
    addRow(row, y.delta, r % ny, y.first[r % ny], out);
  }
}

/** Contracts the confidences of a tile with the omega rows into `out`, length `points[1] * points[2]`. */
export function contractWeights(
  fit: FitMemory,
  level: LevelMemory,
  tile: number,
  row: Float64Array,
  out: Float64Array,
): void {
  const { rowStart, xIndex, weight } = fit.samples;
  const { row0, row1 } = tileRowRange(fit, tile);
  const [, y, x] = level.rows;
  const { first, omega } = x;
  const ends = spanEnds(x);
  const ny = fit.samples.y.length;
  out.fill(0);
  for (let r = row0; r < row1; r++) {
    if (rowStart[r] === rowStart[r + 1]) continue;
    row.fill(0);
    const end = rowStart[r + 1];
    for (let i = rowStart[r]; i < end;) {
      const k = first[xIndex[i]];
      const columnEnd = ends[k];
      let s0 = row[k], s1 = row[k + 1], s2 = row[k + 2], s3 = row[k + 3];
      for (; i < end; i++) {
        const column = xIndex[i];
        if (column >= columnEnd) break;
        const g = weight ? weight[i] : 1;
        const w = 4 * column;
        s0 += g * omega[w];
        s1 += g * omega[w + 1];
        s2 += g * omega[w + 2];
        s3 += g * omega[w + 3];
      }
      row[k] = s0;
      row[k + 1] = s1;
      row[k + 2] = s2;
      row[k + 3] = s3;
    }
    addRow(row, y.omega, r % ny, y.first[r % ny], out);
  }
}

/** One row's residuals onto its control points; four running sums, written out at the end of a span. */
function contractResidualRow(
  fit: FitMemory,
  x: SplineRows,
  ends: Int32Array,
  begin: number,
  end: number,
  { lo, hi, expected }: Expectation,
  row: Float64Array,
): void {
  const { u, samples: { xIndex, weight } } = fit;
  const { first, delta } = x;
  const top = expected.length - 1;
  const scale = top / (hi - lo);
  const lastBin = top - 1;
  for (let i = begin; i < end;) {
    const k = first[xIndex[i]];
    const columnEnd = ends[k];
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (; i < end; i++) {
      const column = xIndex[i];
      if (column >= columnEnd) break;
      const value = u[i];
      let q = (value - lo) * scale;
      let j = q | 0;
      if (j > lastBin) {
        j = lastBin;
        if (q > top) q = top;
      }
      const below = expected[j];
      let d = value - (below + (q - j) * (expected[j + 1] - below));
      if (weight) d *= weight[i];
      const w = 4 * column;
      s0 += d * delta[w];
      s1 += d * delta[w + 1];
      s2 += d * delta[w + 2];
      s3 += d * delta[w + 3];
    }
    row[k] += s0;
    row[k + 1] += s1;
    row[k + 2] += s2;
    row[k + 3] += s3;
  }
}

/** `out[first + j, :] += weights[4 * index + j] * row` for the four control points of a row. */
function addRow(row: Float64Array, weights: Float64Array, index: number, first: number, out: Float64Array): void {
  const cx = row.length;
  for (let j = 0; j < 4; j++) {
    const w = weights[4 * index + j];
    const to = (first + j) * cx;
    for (let c = 0; c < cx; c++) out[to + c] += w * row[c];
  }
}
