/**
 * Job `speckle`: the grain of part of a row, four voxels at a time. src/phantom/speckle.ts tells what it is, and
 * src/phantom/hash.ts how the numbers are drawn. Twin: tests/phantom/oct_test.ts, which has the definition.
 */

import { literal, literal32 } from "./shared/literal";

const HALF = literal(0.5);
const ONE = literal(1);
const TWO = literal(2);
const LN2 = literal(0.6931471805599453);
const LOOK = literal32(1);
const FIRST = literal32(0x85ebca6b);
const SECOND = literal32(0xc2b2ae35);
// A number of [sqrt(1/2), sqrt(2)) has this as its exponent once this has been added to its bits.
const TO_MIDDLE: i64 = 0x3ff0000000000000 - 0x3fe6a09e667f3bcd;
const FRACTION: i64 = 0x000fffffffffffff;
const MIDDLE: i64 = 0x3fe6a09e667f3bcd;
// 1 / (2 n + 1), the terms of the series of atanh.
const A1 = literal(1.0 / 3);
const A2 = literal(1.0 / 5);
const A3 = literal(1.0 / 7);
const A4 = literal(1.0 / 9);
const A5 = literal(1.0 / 11);
const A6 = literal(1.0 / 13);
const A7 = literal(1.0 / 15);
const A8 = literal(1.0 / 17);

/**
 * Writes `count` factors, float32, to the next multiple of four.
 *
 * @param columns the hash of each column, uint32. @param row the hash of the row. @param looks 1 to 30.
 */
export function speckle(columns: usize, count: i32, row: i32, looks: i32, out: usize): void {
  const ofRow = i32x4.splat(row);
  const perLook = f64x2.splat(-1.0 / <f64> looks);
  // The product has taken 32 looks twos too many.
  const tooMany = <i64> 32 * <i64> looks;
  for (let left = count; left > 0; left -= 4, columns += 16, out += 16) {
    let ofLook = mix(v128.xor(ofRow, v128.load(columns)));
    let low = ONE, high = ONE;
    for (let look = looks; look > 0; look--, ofLook = i32x4.add(ofLook, LOOK)) {
      const bits = mix(ofLook);
      low = f64x2.mul(low, f64x2.add(f64x2.convert_low_i32x4_u(bits), HALF));
      const upper = v128.shuffle<i32>(bits, bits, 2, 3, 2, 3);
      high = f64x2.mul(high, f64x2.add(f64x2.convert_low_i32x4_u(upper), HALF));
    }
    const first = f32x4.demote_f64x2_zero(f64x2.mul(logarithm(low, tooMany), perLook));
    const second = f32x4.demote_f64x2_zero(f64x2.mul(logarithm(high, tooMany), perLook));
    v128.store(out, v128.shuffle<i32>(first, second, 0, 1, 4, 5));
  }
}

/** `mix` of src/phantom/hash.ts, four at a time. */
// @inline
function mix(bits: v128): v128 {
  let h = v128.xor(bits, i32x4.shr_u(bits, 16));
  h = i32x4.mul(h, FIRST);
  h = v128.xor(h, i32x4.shr_u(h, 13));
  h = i32x4.mul(h, SECOND);
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/**
 * log(x / 2^tooMany) of two normal numbers > 0, with a relative error below 1e-14: x = 2^n m, m in [sqrt(1/2),
 * sqrt(2)), log m = 2 atanh((m - 1) / (m + 1)).
 */
// @inline
function logarithm(x: v128, tooMany: i64): v128 {
  const shifted = i64x2.add(x, i64x2.splat(TO_MIDDLE));
  const m = i64x2.add(v128.and(shifted, i64x2.splat(FRACTION)), i64x2.splat(MIDDLE));
  const n = i64x2.sub(i64x2.shr_s(shifted, 52), i64x2.splat(1023 + tooMany));
  const exponent = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(n, n, 0, 2, 0, 2));
  const s = f64x2.div(f64x2.sub(m, ONE), f64x2.add(m, ONE));
  const z = f64x2.mul(s, s);
  let series = f64x2.add(A7, f64x2.mul(z, A8));
  series = f64x2.add(A6, f64x2.mul(z, series));
  series = f64x2.add(A5, f64x2.mul(z, series));
  series = f64x2.add(A4, f64x2.mul(z, series));
  series = f64x2.add(A3, f64x2.mul(z, series));
  series = f64x2.add(A2, f64x2.mul(z, series));
  series = f64x2.add(A1, f64x2.mul(z, series));
  const half = f64x2.add(s, f64x2.mul(s, f64x2.mul(z, series)));
  return f64x2.add(f64x2.mul(exponent, LN2), f64x2.mul(half, TWO));
}
