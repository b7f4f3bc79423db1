/**
 * Stage `apply`: the fused voxel map over rows of one plane. Twin: src/backends/ts/loops/apply.ts. The log field of
 * some rows is worked out by `addField`, layer by layer; then `apply` maps all their voxels at once.
 */

import { exponential } from "./shared/exponential";
import { literal } from "./shared/literal";
import { AddField, Apply } from "./shared/parameters";
import { demote, promoteHigh } from "./shared/parts";
import { combine, evaluateColumns } from "./shared/spline_row";

const ZERO = literal(0);
const ONE = literal(1);
const INFINITE = literal(Infinity);
// Added to a whole number below it, it leaves that in the low bits.
const WHOLE = literal(4503599627370496.0);

/** A layer's log field over some rows of a plane. */
export function addField(p: AddField): void {
  const plane = p.plane, cx = p.cx, line = p.line, yFirst = p.yFirst, yEvaluate = p.yEvaluate;
  const xFirst = p.xFirst, xEnds = p.xEnds, xEvaluate = p.xEvaluate, xStride = p.xStride;
  const rows = p.rows, columns = p.columns, added = p.added !== 0;
  let logField = p.logField;
  for (let y: usize = 0; y < <usize> rows; y++) {
    const first: usize = load<i32>(yFirst + (y << 2));
    combine(plane + ((first * cx) << 3), cx, yEvaluate + (y << 5), line);
    evaluateColumns(line, xFirst, xEnds, xEvaluate, xStride, 0, columns, logField, added);
    logField += <usize> columns << 3;
  }
}

/** Maps voxels in place. */
export function apply(p: Apply): void {
  const table = p.table, strength = p.strength, zeroOutside = p.zeroOutside !== 0;
  let data = p.data, mask = p.mask, logField = p.logField;
  const gains = f64x2.splat(p.gain), least = f64x2.splat(p.floor), factor = f64x2.splat(p.scale);
  const part = f64x2.splat(strength), rest = f64x2.splat(1 - strength), blended = strength !== 1;
  const last = f64x2.splat(p.entries - 1), background = f64x2.splat(p.threshold);
  const lowest = f64x2.splat(p.lo), span = f64x2.splat(p.hi - p.lo);
  let inside = i32x4.splat(-1);
  for (let left = p.count; left > 0; left -= 4, data += 16, logField += 32) {
    const values = v128.load(data);
    let m01 = f64x2.promote_low_f32x4(values), m23 = promoteHigh(values);
    if (table !== 0) {
      m01 = lookUp(m01, table, last, background, lowest, span);
      m23 = lookUp(m23, table, last, background, lowest, span);
    }
    if (mask !== 0) {
      const bytes = i8x16.ne(v128.load32_zero(mask), i8x16.splat(0));
      inside = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes));
      mask += 4;
      m01 = v128.bitselect(f64x2.mul(m01, gains), m01, i64x2.extend_low_i32x4_s(inside));
      m23 = v128.bitselect(f64x2.mul(m23, gains), m23, i64x2.extend_high_i32x4_s(inside));
    } else {
      m01 = f64x2.mul(m01, gains);
      m23 = f64x2.mul(m23, gains);
    }
    const out01 = corrected(m01, v128.load(logField), least, factor, part, rest, blended);
    const out23 = corrected(m23, v128.load(logField, 16), least, factor, part, rest, blended);
    const out = demote(out01, out23);
    v128.store(data, zeroOutside ? v128.and(out, inside) : out);
  }
}

// @inline
function corrected(
  m: v128,
  logField: v128,
  least: v128,
  factor: v128,
  part: v128,
  rest: v128,
  blended: bool,
): v128 {
  let out = f64x2.div(m, f64x2.pmax(least, exponential(logField)));
  if (blended) out = f64x2.add(f64x2.mul(part, out), f64x2.mul(rest, m));
  return f64x2.mul(out, factor);
}

/** Two values by a table of float32, as src/n4/lookup.ts. */
// @inline
function lookUp(values: v128, table: usize, last: v128, threshold: v128, lo: v128, span: v128): v128 {
  const raised = f64x2.mul(f64x2.sub(values, lo), last);
  const q = f64x2.pmin(last, f64x2.pmax(ZERO, f64x2.div(raised, span)));
  const j = f64x2.pmin(f64x2.sub(last, ONE), f64x2.floor(q));
  const at = i32x4.shl(f64x2.add(j, WHOLE), 2);
  const first = v128.load64_zero(table + i32x4.extract_lane(at, 0));
  const pairs = v128.load64_lane(table + i32x4.extract_lane(at, 2), first, 1);
  const below = f64x2.promote_low_f32x4(v128.shuffle<i32>(pairs, pairs, 0, 2, 0, 2));
  const above = f64x2.promote_low_f32x4(v128.shuffle<i32>(pairs, pairs, 1, 3, 1, 3));
  const mapped = f64x2.add(below, f64x2.mul(f64x2.sub(q, j), f64x2.sub(above, below)));
  const kept = f64x2.gt(values, threshold);
  return v128.bitselect(mapped, values, v128.and(kept, f64x2.ne(values, INFINITE)));
}

/**
 * `out = max(exp(logField), floor) / scale` for `count` voxels, float32; up to three more are written to make up a
 * vector.
 */
export function writeField(logField: usize, count: i32, floor: f64, scale: f64, out: usize): void {
  const least = f64x2.splat(floor), divisor = f64x2.splat(scale);
  for (; count > 0; count -= 4, logField += 32, out += 16) {
    const low = f64x2.div(f64x2.pmax(least, exponential(v128.load(logField))), divisor);
    const high = f64x2.div(f64x2.pmax(least, exponential(v128.load(logField, 16))), divisor);
    v128.store(out, demote(low, high));
  }
}
