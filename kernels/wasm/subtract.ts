/**
 * Stage `subtract`: takes a field off the samples of a tile and finds the range of u on the way. At the start of a
 * level that is the field of the whole lattice, off v, in float64. In an iteration it is what the iteration added, off
 * u, in float32, with the sums of the stop test: u is rounded to float32 in any case, and an increment is small beside it.
 * Twin: src/backends/ts/loops/subtract.ts. A row's field is evaluated at all columns between its first and last sample,
 * then gathered where samples are missing.
 */

import { exponential } from "./shared/exponential";
import { literalSingle } from "./shared/literal";
import { demote, largestLane, loadPart, promoteHigh, smallestLane, storePart, sumOfLanes } from "./shared/parts";
import { Subtract } from "./shared/parameters";
import { combine, evaluateColumns, evaluateColumnsSingle, gather, gatherSingle } from "./shared/spline_row";

// Below this |h| six terms of the series of expm1 are exact in float32.
const SERIES_LIMIT: f32 = 0.25;

// A row with fewer samples than one column in so many is evaluated at its samples alone.
const SPARSE: i32 = 4;

const LIMIT = literalSingle(SERIES_LIMIT);
// expm1(-h) = h (-1 + h (1/2 - h (1/6 - ...))).
const TERM1 = literalSingle(-1);
const TERM2 = literalSingle(0.5);
const TERM3 = literalSingle(-1.0 / 6.0);
const TERM4 = literalSingle(1.0 / 24.0);
const TERM5 = literalSingle(-1.0 / 120.0);
const TERM6 = literalSingle(1.0 / 720.0);

let lo: v128 = f32x4.splat(Infinity);
let hi: v128 = f32x4.splat(-Infinity);
let sum01: v128 = f64x2.splat(0);
let sum23: v128 = f64x2.splat(0);
let squares01: v128 = f64x2.splat(0);
let squares23: v128 = f64x2.splat(0);

/** `u = from - field` over the rows of a tile. */
export function subtract(p: Subtract): void {
  subtractRows(p, false);
}

/** `u -= field` over the rows of a tile, in float32, with the sums of the stop test. */
export function subtractIncrement(p: Subtract): void {
  subtractRows(p, true);
}

// @inline
function subtractRows(p: Subtract, increment: bool): void {
  const u = p.u, from = p.from, xIndex = p.xIndex, rowStart = p.rowStart;
  const cx = p.cx, plane = p.plane, line = p.line, field = p.field, packed = p.packed, result = p.result;
  const yFirst = p.yFirst, yEvaluate = p.yEvaluate, xFirst = p.xFirst, xEnds = p.xEnds;
  const xEvaluate = increment ? p.xSingle : p.xEvaluate, xStride = increment ? p.xSingleStride : p.xStride;
  // Bytes of a value of the field, as a power of two.
  const size: usize = increment ? 2 : 3;
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
      if (increment) evaluateColumnsSingle(line, xFirst, xEnds, xEvaluate, xStride, a, a + width, field);
      else evaluateColumns(line, xFirst, xEnds, xEvaluate, xStride, a, a + width, field, false);
      if (width > count) {
        h = packed;
        const origin = field - (<usize> a << size);
        if (increment) gatherSingle(origin, columns, count, packed);
        else gather(origin, columns, count, packed);
      }
    } else {
      for (let i: usize = 0; i < <usize> count; i++) {
        const c: i32 = load<u16>(columns + (i << 1));
        const at = field + (i << size);
        if (increment) evaluateColumnsSingle(line, xFirst, xEnds, xEvaluate, xStride, c, c + 1, at);
        else evaluateColumns(line, xFirst, xEnds, xEvaluate, xStride, c, c + 1, at, false);
      }
    }
    if (increment) incrementRow(u + (begin << 2), h, count);
    else subtractRow(u + (begin << 2), from + (begin << 2), h, count);
  }
  store<f64>(result, smallestLane(lo));
  store<f64>(result, largestLane(hi), 8);
  store<f64>(result, sumOfLanes(sum01) + sumOfLanes(sum23), 16);
  store<f64>(result, sumOfLanes(squares01) + sumOfLanes(squares23), 24);
}

/** Takes `h` off `count` samples. */
function subtractRow(u: usize, from: usize, h: usize, count: i32): void {
  let least = lo, most = hi;
  for (let left = count; left > 0; left -= 4, u += 16, from += 16, h += 32) {
    const before = left >= 4 ? v128.load(from) : loadPart(from, left, f32x4.splat(0));
    const after = demote(
      f64x2.sub(f64x2.promote_low_f32x4(before), v128.load(h)),
      f64x2.sub(promoteHigh(before), v128.load(h, 16)),
    );
    if (left >= 4) {
      v128.store(u, after);
      least = f32x4.pmin(least, after);
      most = f32x4.pmax(most, after);
    } else {
      storePart(u, left, after);
      const inside = firstLanes(left);
      least = v128.bitselect(f32x4.pmin(least, after), least, inside);
      most = v128.bitselect(f32x4.pmax(most, after), most, inside);
    }
  }
  lo = least, hi = most;
}

/**
 * The same in float32, with the sums of the stop test: sample p of the row adds to sum p mod 4 of the row, whose sums
 * are added to those of the tile in float64. The lanes past the end add 0.
 */
function incrementRow(u: usize, h: usize, count: i32): void {
  let least = lo, most = hi, sum = f32x4.splat(0), squares = f32x4.splat(0);
  v128.store(h + (<usize> count << 2), f32x4.splat(0));
  for (let left = count; left > 0; left -= 4, u += 16, h += 16) {
    const field = v128.load(h);
    const after = f32x4.sub(left >= 4 ? v128.load(u) : loadPart(u, left, f32x4.splat(0)), field);
    if (left >= 4) {
      v128.store(u, after);
      least = f32x4.pmin(least, after);
      most = f32x4.pmax(most, after);
    } else {
      storePart(u, left, after);
      const inside = firstLanes(left);
      least = v128.bitselect(f32x4.pmin(least, after), least, inside);
      most = v128.bitselect(f32x4.pmax(most, after), most, inside);
    }
    let e = series(field);
    if (v128.any_true(f32x4.ge(f32x4.abs(field), LIMIT))) e = beyondSeries(field, e);
    sum = f32x4.add(sum, e);
    squares = f32x4.add(squares, f32x4.mul(e, e));
  }
  lo = least, hi = most;
  sum01 = f64x2.add(sum01, f64x2.promote_low_f32x4(sum));
  sum23 = f64x2.add(sum23, promoteHigh(sum));
  squares01 = f64x2.add(squares01, f64x2.promote_low_f32x4(squares));
  squares23 = f64x2.add(squares23, promoteHigh(squares));
}

/** All bits of the first `count` of four lanes. */
// @inline
function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** Six terms of expm1(-h), float32. */
// @inline
function series(h: v128): v128 {
  let e = f32x4.add(f32x4.mul(TERM6, h), TERM5);
  e = f32x4.add(f32x4.mul(e, h), TERM4);
  e = f32x4.add(f32x4.mul(e, h), TERM3);
  e = f32x4.add(f32x4.mul(e, h), TERM2);
  e = f32x4.add(f32x4.mul(e, h), TERM1);
  return f32x4.mul(e, h);
}

/** exp(-h) - 1 where |h| is too large for the series, else `e`. */
function beyondSeries(h: v128, e: v128): v128 {
  const low = f64x2.sub(exponential(f64x2.neg(f64x2.promote_low_f32x4(h))), f64x2.splat(1));
  const high = f64x2.sub(exponential(f64x2.neg(promoteHigh(h))), f64x2.splat(1));
  return v128.bitselect(e, demote(low, high), f32x4.lt(f32x4.abs(h), LIMIT));
}
