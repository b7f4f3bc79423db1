/** Parts of vectors: the last, incomplete one of a run of values, halves, lanes. */

/** `count` (0 to 3) values from `from` on, the other lanes as in `rest`. */
export function loadPart(from: usize, count: i32, rest: v128): v128 {
  let values = rest;
  if (count > 0) values = v128.load32_lane(from, values, 0);
  if (count > 1) values = v128.load32_lane(from, values, 1, 4);
  if (count > 2) values = v128.load32_lane(from, values, 2, 8);
  return values;
}

/** Stores the first `count` (0 to 3) lanes. */
export function storePart(to: usize, count: i32, values: v128): void {
  if (count > 0) v128.store32_lane(to, values, 0);
  if (count > 1) v128.store32_lane(to, values, 1, 4);
  if (count > 2) v128.store32_lane(to, values, 2, 8);
}

/** The two upper float32 lanes as float64. */
// @inline
export function promoteHigh(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(values, values, 2, 3, 2, 3));
}

/** Four float64 lanes as float32. */
// @inline
export function demote(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** Of four float32. */
export function smallestLane(values: v128): f64 {
  const low = f32x4.pmin(values, v128.shuffle<i32>(values, values, 2, 3, 0, 1));
  return min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1));
}

/** Of four float32. */
export function largestLane(values: v128): f64 {
  const high = f32x4.pmax(values, v128.shuffle<i32>(values, values, 2, 3, 0, 1));
  return max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1));
}

/** Of two float64. */
export function sumOfLanes(values: v128): f64 {
  return f64x2.extract_lane(values, 0) + f64x2.extract_lane(values, 1);
}
