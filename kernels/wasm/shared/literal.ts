/** Constants of loops. */

/**
 * `value` in both lanes, for a constant of a module: it is set when the module starts and read from there. A literal in
 * a loop the engine would make anew each time, with four instructions instead of one.
 */
export function literal(value: f64): v128 {
  return f64x2.splat(value);
}

/** The same of an integer of 32 bits in four lanes. */
export function literal32(value: i32): v128 {
  return i32x4.splat(value);
}

/** The same of a float32 in four lanes. */
export function literalSingle(value: f32): v128 {
  return f32x4.splat(value);
}
