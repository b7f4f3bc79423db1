/**
 * Stage `contract`: the residual d = u - E(u) of a tile, weighed by confidence and contracted with spline rows over x,
 * then over y. Twin: src/backends/ts/loops/contract.ts. A row's residuals are found four at a time, then each is added
 * to its four control points, two to a vector.
 */

import { literal } from "./shared/literal";
import { Contract } from "./shared/parameters";
import { loadPart, promoteHigh } from "./shared/parts";

// Added to a whole number below it, it leaves that in the low bits.
const WHOLE = literal(4503599627370496.0);

/** Contracts the weighted residuals of the rows of a tile into `out`. */
export function contract(p: Contract): void {
  contractTile(p, false);
}

/** The same where every residual is 1, for omega: the weights `yDelta` and `xDelta` are those of omega. */
export function contractWeights(p: Contract): void {
  contractTile(p, true);
}

// @inline
function contractTile(p: Contract, ones: bool): void {
  const u = p.u, weight = p.weight, xIndex = p.xIndex, rowStart = p.rowStart;
  const steps = p.steps, bins = p.bins, lo = p.lo, scale = p.scale;
  const cy = p.cy,
    cx = p.cx,
    yFirst = p.yFirst,
    yDelta = p.yDelta,
    xFirst = p.xFirst,
    xEnds = p.xEnds,
    xDelta = p.xDelta;
  const residual = p.residual, row = p.row, out = p.out;
  memory.fill(out, 0, <usize> (cy * cx) << 3);
  for (let r = p.row0, iy = p.iy; r < p.row1; r++, iy++) {
    const begin: usize = load<u32>(rowStart + (<usize> r << 2));
    const end: usize = load<u32>(rowStart + (<usize> r << 2), 4);
    if (begin === end) continue;
    const count = <i32> (end - begin);
    if (ones) { for (let i: usize = 0; i < <usize> count; i++) store<f64>(residual + (i << 3), 1); }
    else residuals(u + (begin << 2), count, steps, bins, lo, scale, residual);
    if (weight !== 0) weigh(weight + (begin << 2), count, residual);
    for (let p = row; p < row + (<usize> cx << 3); p += 8) store<f64>(p, 0);
    contractRow(residual, xIndex + (begin << 1), xIndex + (end << 1), xFirst, xEnds, xDelta, row, ones);
    const first: usize = load<i32>(yFirst + (<usize> iy << 2));
    addRow(row, cx, yDelta + (<usize> iy << 5), out + ((first * cx) << 3));
  }
}

/** d = u - E(u) of `count` samples; some more are written to make up a vector. */
function residuals(u: usize, count: i32, expected: usize, bins: i32, lo: f64, scale: f64, residual: usize): void {
  const least = f64x2.splat(lo), perBin = f64x2.splat(scale), top = f64x2.splat(bins - 1), last = f64x2.splat(bins - 2);
  for (; count > 0; count -= 4, u += 16, residual += 32) {
    const values = count >= 4 ? v128.load(u) : loadPart(u, count, f32x4.splat(<f32> lo));
    v128.store(residual, residualOf(f64x2.promote_low_f32x4(values), expected, least, perBin, top, last));
    v128.store(residual, residualOf(promoteHigh(values), expected, least, perBin, top, last), 16);
  }
}

// @inline
function residualOf(values: v128, expected: usize, least: v128, perBin: v128, top: v128, last: v128): v128 {
  const q = f64x2.pmin(top, f64x2.mul(f64x2.sub(values, least), perBin));
  const j = f64x2.pmin(last, f64x2.floor(q));
  const at = i32x4.shl(f64x2.add(j, WHOLE), 4);
  const first = v128.load(expected + i32x4.extract_lane(at, 0));
  const second = v128.load(expected + i32x4.extract_lane(at, 2));
  const below = v128.shuffle<i64>(first, second, 0, 2);
  const step = v128.shuffle<i64>(first, second, 1, 3);
  return f64x2.sub(values, f64x2.add(below, f64x2.mul(f64x2.sub(q, j), step)));
}

/** Multiplies residuals by confidences. */
function weigh(weight: usize, count: i32, residual: usize): void {
  for (; count > 0; count -= 2, weight += 8, residual += 16) {
    const g = f64x2.promote_low_f32x4(count >= 2 ? v128.load64_zero(weight) : v128.load32_zero(weight));
    v128.store(residual, f64x2.mul(v128.load(residual), g));
  }
}

/**
 * One row's residuals onto its control points; four running sums, written out at the end of a span.
 *
 * @param onto whether the sums go on from what `row` holds, else they are added to it.
 */
// @inline
function contractRow(
  residual: usize,
  column: usize,
  end: usize,
  xFirst: usize,
  xEnds: usize,
  xDelta: usize,
  row: usize,
  onto: bool,
): void {
  while (column < end) {
    let c: usize = load<u16>(column);
    const k: usize = load<i32>(xFirst + (c << 2));
    const columnEnd: usize = load<i32>(xEnds + (k << 2));
    const at = row + (k << 3);
    let s01 = onto ? v128.load(at) : f64x2.splat(0), s23 = onto ? v128.load(at, 16) : f64x2.splat(0);
    do {
      const d = v128.load64_splat(residual);
      const w = xDelta + (c << 5);
      s01 = f64x2.add(s01, f64x2.mul(d, v128.load(w)));
      s23 = f64x2.add(s23, f64x2.mul(d, v128.load(w, 16)));
      residual += 8;
      column += 2;
      if (column >= end) break;
      c = load<u16>(column);
    } while (c < columnEnd);
    v128.store(at, onto ? s01 : f64x2.add(v128.load(at), s01));
    v128.store(at, onto ? s23 : f64x2.add(v128.load(at, 16), s23), 16);
  }
}

/** `out[j * cx + c] += weights[j] * row[c]` for the four control points of a row. */
function addRow(row: usize, cx: i32, weights: usize, out: usize): void {
  const even = row + (<usize> (cx >> 1) << 4);
  for (let j: usize = 0; j < 4; j++) {
    const w = v128.load64_splat(weights + (j << 3));
    let p = row;
    for (; p < even; p += 16, out += 16) {
      v128.store(out, f64x2.add(v128.load(out), f64x2.mul(w, v128.load(p))));
    }
    if ((cx & 1) !== 0) {
      const sum = f64x2.add(v128.load64_zero(out), f64x2.mul(w, v128.load64_zero(p)));
      v128.store64_lane(out, sum, 0);
      out += 8;
    }
  }
}
