/**
 * Stage `subtract`: takes the field of a lattice off the samples of a tile, and finds the range of u and, where they are
 * asked for, the sums of the stop test on the way. Twin: src/backends/ts/loops/subtract.ts. A row's field is evaluated at
 * all columns between its first and last sample, then gathered where samples are missing.
 */

import { exponential } from "./shared/exponential";
import { literal } from "./shared/literal";
import { demote, largestLane, loadPart, promoteHigh, smallestLane, storePart, sumOfLanes } from "./shared/parts";
import { Subtract } from "./shared/parameters";
import { combine, evaluateColumns, gather } from "./shared/spline_row";

// Up to this |h| six terms of the series of expm1 are exact to 2e-13.
const SERIES_LIMIT: f64 = 0.03125;

// A row with fewer samples than one column in so many is evaluated at its samples alone.
const SPARSE: i32 = 4;

const LIMIT = literal(SERIES_LIMIT);
// expm1(-h) = h (-1 + h (1/2 - h (1/6 - ...))).
const TERM1 = literal(-1);
const TERM2 = literal(0.5);
const TERM3 = literal(-1.0 / 6.0);
const TERM4 = literal(1.0 / 24.0);
const TERM5 = literal(-1.0 / 120.0);
const TERM6 = literal(1.0 / 720.0);

let lo: v128 = f32x4.splat(Infinity);
let hi: v128 = f32x4.splat(-Infinity);
let sum01: v128 = f64x2.splat(0);
let sum23: v128 = f64x2.splat(0);
let squares01: v128 = f64x2.splat(0);
let squares23: v128 = f64x2.splat(0);

/** `u = from - field` over the rows of a tile. */
export function subtract(p: Subtract): void {
  const u = p.u, from = p.from, xIndex = p.xIndex, rowStart = p.rowStart;
  const cx = p.cx, plane = p.plane, line = p.line, field = p.field, packed = p.packed, result = p.result;
  const yFirst = p.yFirst, yEvaluate = p.yEvaluate;
  const xFirst = p.xFirst, xEnds = p.xEnds, xEvaluate = p.xEvaluate, xStride = p.xStride;
  lo = f32x4.splat(Infinity);
  hi = f32x4.splat(-Infinity);
  sum01 =
    sum23 =
    squares01 =
    squares23 =
      f64x2.splat(0);
  for (let r = p.row0, iy = p.iy; r < p.row1; r++, iy++) {
    const begin: usize = load<u32>(rowStart + (<usize> r << 2));
    const count = <i32> (load<u32>(rowStart + (<usize> r << 2), 4) - begin);
    if (count === 0) continue;
    const first: usize = load<i32>(yFirst + (<usize> iy << 2));
    combine(plane + ((first * cx) << 3), cx, yEvaluate + (<usize> iy << 5), line);
    const columns = xIndex + (begin << 1);
    const a: i32 = load<u16>(columns);
    const width = <i32> load<u16>(columns + (<usize> (count - 1) << 1)) + 1 - a;
    let h = field;
    if (width <= SPARSE * count) {
      evaluateColumns(line, xFirst, xEnds, xEvaluate, xStride, a, a + width, field, false);
      if (width > count) {
        h = packed;
        gather(field - (<usize> a << 3), columns, count, packed);
      }
    } else {
      for (let i: usize = 0; i < <usize> count; i++) {
        const c: i32 = load<u16>(columns + (i << 1));
        evaluateColumns(line, xFirst, xEnds, xEvaluate, xStride, c, c + 1, field + (i << 3), false);
      }
    }
    if (p.measured !== 0) measureRow(u + (begin << 2), from + (begin << 2), h, count);
    else subtractRow(u + (begin << 2), from + (begin << 2), h, count, false);
  }
  store<f64>(result, smallestLane(lo));
  store<f64>(result, largestLane(hi), 8);
  store<f64>(result, sumOfLanes(sum01) + sumOfLanes(sum23), 16);
  store<f64>(result, sumOfLanes(squares01) + sumOfLanes(squares23), 24);
}

/** Takes `h` off `count` samples, with the sums of the stop test. */
function measureRow(u: usize, from: usize, h: usize, count: i32): void {
  subtractRow(u, from, h, count, true);
}

/** Takes `h` off `count` samples. Sample p of a row adds to sum p mod 4; the lanes past the end add 0. */
// @inline
function subtractRow(u: usize, from: usize, h: usize, count: i32, measured: bool): void {
  let least = lo, most = hi, s01 = sum01, s23 = sum23, q01 = squares01, q23 = squares23;
  v128.store(h + (<usize> count << 3), f64x2.splat(0));
  v128.store(h + (<usize> count << 3), f64x2.splat(0), 16);
  for (let left = count; left > 0; left -= 4, u += 16, from += 16, h += 32) {
    const h01 = v128.load(h), h23 = v128.load(h, 16);
    const before = left >= 4 ? v128.load(from) : loadPart(from, left, f32x4.splat(0));
    const after = demote(
      f64x2.sub(f64x2.promote_low_f32x4(before), h01),
      f64x2.sub(promoteHigh(before), h23),
    );
    if (left >= 4) {
      v128.store(u, after);
      least = f32x4.pmin(least, after);
      most = f32x4.pmax(most, after);
    } else {
      storePart(u, left, after);
      const inside = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
      least = v128.bitselect(f32x4.pmin(least, after), least, inside);
      most = v128.bitselect(f32x4.pmax(most, after), most, inside);
    }
    if (!measured) continue;
    let e01 = series(h01), e23 = series(h23);
    const largest = f64x2.pmax(f64x2.abs(h01), f64x2.abs(h23));
    if (v128.any_true(f64x2.ge(largest, LIMIT))) {
      e01 = beyondSeries(h01, e01);
      e23 = beyondSeries(h23, e23);
    }
    s01 = f64x2.add(s01, e01);
    s23 = f64x2.add(s23, e23);
    q01 = f64x2.add(q01, f64x2.mul(e01, e01));
    q23 = f64x2.add(q23, f64x2.mul(e23, e23));
  }
  lo = least, hi = most, sum01 = s01, sum23 = s23, squares01 = q01, squares23 = q23;
}

/** Six terms of expm1(-h). */
// @inline
function series(h: v128): v128 {
  let e = f64x2.add(f64x2.mul(TERM6, h), TERM5);
  e = f64x2.add(f64x2.mul(e, h), TERM4);
  e = f64x2.add(f64x2.mul(e, h), TERM3);
  e = f64x2.add(f64x2.mul(e, h), TERM2);
  e = f64x2.add(f64x2.mul(e, h), TERM1);
  return f64x2.mul(e, h);
}

/** exp(-h) - 1 where |h| is too large for the series, else `e`. */
function beyondSeries(h: v128, e: v128): v128 {
  const within = f64x2.lt(f64x2.abs(h), f64x2.splat(SERIES_LIMIT));
  return v128.bitselect(e, f64x2.sub(exponential(f64x2.neg(h)), f64x2.splat(1)), within);
}
