/** Stage `sharpen`: the expected log intensity of each bin of the histogram of u. Twin: src/n4/sharpen.ts. */

import { exponential } from "./shared/exponential";
import { transform } from "./shared/fft";
import { Sharpen } from "./shared/parameters";

/** From everybody's counts to E of each bin and its difference to the next one's. */
export function sharpen(p: Sharpen): void {
  const size = p.size, bins = p.bins, offset = p.offset, lo = p.lo, slope = p.slope;
  const kernelRe = p.kernelRe, re = p.re, im = p.im;
  gaussianSpectrum(p);

  // U = max(0, real part of the Wiener-filtered histogram), left in `re`.
  memory.fill(re, 0, <usize> size << 3);
  memory.fill(im, 0, <usize> size << 3);
  for (let j = 0; j < bins; j++) {
    let count: f64 = 0;
    for (let m = 0; m < p.members; m++) count += load<f64>(p.counts + (<usize> (m * bins + j) << 3));
    put(re, j + offset, count);
  }
  transform(re, im, size, p.cos, p.sin, p.reversed, false);
  for (let k = 0; k < size; k++) {
    const f = at(kernelRe, k);
    const gain = f / (f * f + p.wienerNoise);
    put(re, k, at(re, k) * gain);
    put(im, k, at(im, k) * gain);
  }
  transform(re, im, size, p.cos, p.sin, p.reversed, true);

  // Blurs log intensity times U and U again; as f is real, one complex transform carries both.
  for (let n = 0; n < size; n++) {
    const u = max<f64>(0, at(re, n));
    put(re, n, (lo + (n - offset) * slope) * u);
    put(im, n, u);
  }
  transform(re, im, size, p.cos, p.sin, p.reversed, false);
  for (let k = 0; k < size; k++) {
    put(re, k, at(re, k) * at(kernelRe, k));
    put(im, k, at(im, k) * at(kernelRe, k));
  }
  transform(re, im, size, p.cos, p.sin, p.reversed, true);

  let before: f64 = 0;
  for (let n = 0; n < bins; n++) {
    const weight = at(im, n + offset);
    const expected = weight === 0 ? 0 : at(re, n + offset) / weight;
    if (n > 0) put(p.steps, 2 * n - 1, expected - before);
    put(p.steps, 2 * n, expected);
    before = expected;
  }
}

/** The spectrum of the wrapped Gaussian; real and even, since the Gaussian is. */
function gaussianSpectrum(p: Sharpen): void {
  const size = p.size, half = size >> 1;
  memory.fill(p.kernelIm, 0, <usize> size << 3);
  for (let n = 0; n <= half; n += 2) {
    const first = <f64> n, second = <f64> (n + 1);
    const exponents = f64x2(-first * first * p.exponent, -second * second * p.exponent);
    const values = f64x2.mul(f64x2.splat(p.height), exponential(exponents));
    put(p.kernelRe, n, f64x2.extract_lane(values, 0));
    put(p.kernelRe, n + 1, f64x2.extract_lane(values, 1));
  }
  for (let n = 1; n < half; n++) put(p.kernelRe, size - n, at(p.kernelRe, n));
  transform(p.kernelRe, p.kernelIm, size, p.cos, p.sin, p.reversed, false);
}

// @inline
function at(values: usize, i: i32): f64 {
  return load<f64>(values + (<usize> i << 3));
}

// @inline
function put(values: usize, i: i32, value: f64): void {
  store<f64>(values + (<usize> i << 3), value);
}
