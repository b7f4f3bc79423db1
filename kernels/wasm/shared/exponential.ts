/**
 * The exponential of two float64 at a time, in operations that every processor rounds alike. Twin:
 * src/backends/ts/loops/shared/exponential.ts.
 *
 * exp(x) = 2^n exp(r), n = x / ln 2 rounded, |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 q(r), q a minimax polynomial of
 * degree 7, its terms in pairs. The relative error stays below 2e-14, a few millionths of a float32 step. Beyond +-700
 * the argument counts as +-700.
 */

import { literal } from "./literal";

const LARGEST = literal(700.0);
const SMALLEST = literal(-700.0);
const PER_LN2 = literal(1.4426950408889634);
// Added to a number below 2^51 it rounds it to an integer, half to even, and leaves that in the low bits.
const ROUNDER = literal(6755399441055744.0);
// ln 2 in two parts: the first has 21 zero bits at its end, so that its product with n is exact.
const LN2_HIGH = literal(0.6931471803691238);
const LN2_LOW = literal(1.9082149292705877e-10);
const ONE = literal(1);
const Q0 = literal(4.999999999966431e-1);
const Q1 = literal(1.6666666667265187e-1);
const Q2 = literal(4.166666696224471e-2);
const Q3 = literal(8.333333095098384e-3);
const Q4 = literal(1.388881114428894e-3);
const Q5 = literal(1.984153908089677e-4);
const Q6 = literal(2.488081004463592e-5);
const Q7 = literal(2.7493068319136855e-6);

/** exp of both lanes. */
// @inline
export function exponential(argument: v128): v128 {
  const x = f64x2.pmin(LARGEST, f64x2.pmax(SMALLEST, argument));
  const shifted = f64x2.add(f64x2.mul(x, PER_LN2), ROUNDER);
  const n = f64x2.sub(shifted, ROUNDER);
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, LN2_HIGH)), f64x2.mul(n, LN2_LOW));
  const r2 = f64x2.mul(r, r), r4 = f64x2.mul(r2, r2);
  const low = f64x2.add(f64x2.add(Q0, f64x2.mul(Q1, r)), f64x2.mul(r2, f64x2.add(Q2, f64x2.mul(Q3, r))));
  const high = f64x2.add(f64x2.add(Q4, f64x2.mul(Q5, r)), f64x2.mul(r2, f64x2.add(Q6, f64x2.mul(Q7, r))));
  const q = f64x2.add(low, f64x2.mul(r4, high));
  const power = f64x2.add(ONE, f64x2.add(r, f64x2.mul(r2, q)));
  // n is added to the exponent: the high bits of `shifted` fall away.
  return i64x2.add(power, i64x2.shl(shifted, 52));
}
