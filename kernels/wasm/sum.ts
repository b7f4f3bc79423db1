/**
 * Job `sum`: the sum of some values, and between which exponents they lie, from which follows whether it is exact.
 * Twin: src/intensity/count/exact_sum.ts.
 */

const EXPONENT: i32 = 0x7f800000;
const MAGNITUDE: i32 = 0x7fffffff;
const EXPONENT_SHIFT: i32 = 23;

/**
 * Sums `count` values, in no order that anybody may rely on. Values and bytes are read to the next multiple of four;
 * those beyond the last must be 0.
 *
 * @param values float32. @param inside one byte a value, 0 outside; or 0 for none: all are inside.
 * @param result float64: the sum, the largest and the smallest biased exponent (of those that are not 0; 255 where
 *   there is none), and how many are inside.
 */
export function sum(values: usize, inside: usize, count: i32, result: usize): void {
  const exponent = i32x4.splat(EXPONENT), magnitude = i32x4.splat(MAGNITUDE), zero = i32x4.splat(0);
  let s01 = f64x2.splat(0), s23 = f64x2.splat(0);
  let most = zero, least = exponent, taken = zero;
  for (let left = count; left > 0; left -= 4, values += 16) {
    let four = v128.load(values);
    if (inside !== 0) {
      const bytes = i8x16.ne(v128.load32_zero(inside), zero);
      const mask = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes));
      four = v128.and(four, mask);
      taken = i32x4.sub(taken, mask);
      inside += 4;
    }
    const own = v128.and(four, exponent);
    most = i32x4.max_u(most, own);
    const nothing = i32x4.eq(v128.and(four, magnitude), zero);
    least = i32x4.min_u(least, v128.or(own, v128.and(nothing, exponent)));
    s01 = f64x2.add(s01, f64x2.promote_low_f32x4(four));
    s23 = f64x2.add(s23, f64x2.promote_low_f32x4(v128.shuffle<i32>(four, four, 2, 3, 2, 3)));
  }
  const both = f64x2.add(s01, s23);
  store<f64>(result, f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1));
  store<f64>(result, <f64> (largest(most) >> EXPONENT_SHIFT), 8);
  store<f64>(result, <f64> (smallest(least) >> EXPONENT_SHIFT), 16);
  store<f64>(result, inside === 0 ? <f64> count : <f64> total(taken), 24);
}

function largest(lanes: v128): i32 {
  const pairs = i32x4.max_u(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return max(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1));
}

function smallest(lanes: v128): i32 {
  const pairs = i32x4.min_u(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return min(i32x4.extract_lane(pairs, 0), i32x4.extract_lane(pairs, 1));
}

function total(lanes: v128): i32 {
  const pairs = i32x4.add(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}
