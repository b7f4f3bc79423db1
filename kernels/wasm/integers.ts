/**
 * Job `integers`: float32 as integers of 8 or 16 bits. Twin: src/io/numeric.ts (`roundAndClamp`). Rounds half to
 * even, clamps, and makes 0 of what is not finite.
 */

/**
 * Stores `count` values, eight at a time; those beyond the last must be 0.
 *
 * @param values float32. @param least smallest value of the type. @param most its largest.
 * @param bytes of an integer, 1 or 2. @param out receives them, up to a multiple of eight.
 * @param counts int32, raised: values that were clamped, that were not finite, that became 0.
 */
export function integers(
  values: usize,
  count: i32,
  least: f32,
  most: f32,
  bytes: i32,
  out: usize,
  counts: usize,
): void {
  const lo = f32x4.splat(least), hi = f32x4.splat(most), zero = f32x4.splat(0);
  let clamped = i32x4.splat(0), nonFinite = i32x4.splat(0), zeroed = i32x4.splat(0);
  const signed = least < 0;
  for (; count > 0; count -= 8, values += 32, out += <usize> bytes << 3) {
    let first = i32x4.splat(0), second = first;
    for (let half = 0; half < 2; half++) {
      const given = v128.load(values + (half << 4));
      const finite = f32x4.eq(f32x4.sub(given, given), zero);
      const value = v128.and(given, finite);
      const whole = f32x4.nearest(value);
      nonFinite = i32x4.add(nonFinite, v128.not(finite));
      clamped = i32x4.add(clamped, v128.or(f32x4.lt(whole, lo), f32x4.gt(whole, hi)));
      zeroed = i32x4.add(zeroed, v128.andnot(f32x4.eq(whole, zero), f32x4.eq(value, zero)));
      const four = i32x4.trunc_sat_f32x4_s(f32x4.pmin(hi, f32x4.pmax(lo, whole)));
      if (half === 0) first = four;
      else second = four;
    }
    const eight = signed || bytes === 1 ? i16x8.narrow_i32x4_s(first, second) : i16x8.narrow_i32x4_u(first, second);
    if (bytes === 2) v128.store(out, eight);
    else v128.store64_lane(out, signed ? i8x16.narrow_i16x8_s(eight, eight) : i8x16.narrow_i16x8_u(eight, eight), 0);
  }
  lower(counts, clamped);
  lower(counts + 4, nonFinite);
  lower(counts + 8, zeroed);
}

/** Raises a count by what lanes that count downwards hold. */
function lower(count: usize, lanes: v128): void {
  const sum = i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3);
  store<i32>(count, load<i32>(count) - sum);
}
