/**
 * The exponential in operations that every engine rounds alike: `Math.exp` may differ from one to the next, and a
 * WebAssembly module has none. Twin: kernels/wasm/shared/exponential.ts.
 *
 * exp(x) = 2^n exp(r), n = x / ln 2 rounded, |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 q(r), q a minimax polynomial of
 * degree 7 (Remez, 60 digits), its terms in pairs (Estrin), which need not wait for each other as Horner's do.
 *
 * @module
 */

/** Added to a number below 2^51 it rounds it to an integer, half to even. */
const ROUNDER = 1.5 * 2 ** 52;

/** Beyond this the argument counts as this: results stay normal float64, and infinite or 0 as float32. */
const LARGEST = 700;

/** ln 2 in two parts: the first has 21 zero bits at its end, so that its product with n is exact. */
const [LN2_HIGH, LN2_LOW] = [0.6931471803691238, 1.9082149292705877e-10];

const power2 = new Float64Array(1);
const power2Bits = new Int32Array(power2.buffer);

/** exp(x) with a relative error below 2e-14; exactly 1 at 0. x beyond +-700 counts as +-700, NaN as -700. */
export function exponential(x: number): number {
  const above = -LARGEST < x ? x : -LARGEST;
  const argument = above < LARGEST ? above : LARGEST;
  const n = (argument * Math.LOG2E + ROUNDER) - ROUNDER;
  const r = (argument - n * LN2_HIGH) - n * LN2_LOW;
  const r2 = r * r;
  const low = (4.999999999966431e-1 + 1.6666666667265187e-1 * r) +
    r2 * (4.166666696224471e-2 + 8.333333095098384e-3 * r);
  const high = (1.388881114428894e-3 + 1.984153908089677e-4 * r) +
    r2 * (2.488081004463592e-5 + 2.7493068319136855e-6 * r);
  const q = low + r2 * r2 * high;
  power2Bits[1] = (n + 1023) << 20;
  return (1 + (r + r2 * q)) * power2[0];
}
