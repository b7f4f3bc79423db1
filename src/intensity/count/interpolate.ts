/**
 * Interpolation in a table, a Gaussian along a list, percentiles of a list. Each is NumPy's or SciPy's function of that
 * purpose, in float64.
 *
 * @module
 */

import { gaussianRadius, gaussianTaps } from "../../n4/gaussian.ts";

/**
 * Linear interpolation in a table, clamped at its ends (`numpy.interp`). Of several abscissae equal to `x` the last
 * counts.
 *
 * @param xs ascending, equal neighbours allowed; as long as `ys`.
 */
export function interpolate(x: number, xs: Float64Array, ys: Float64Array): number {
  const last = xs.length - 1;
  if (x < xs[0]) return ys[0];
  if (x >= xs[last]) return ys[last];
  let [below, above] = [0, last];
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (xs[middle] <= x) below = middle;
    else above = middle;
  }
  if (xs[below] === x) return ys[below];
  return ys[below] + ((ys[above] - ys[below]) / (xs[above] - xs[below])) * (x - xs[below]);
}

/**
 * A Gaussian along a list, mirrored at its ends with the end repeated, over `floor(4 sigma + 0.5)` neighbours
 * (`scipy.ndimage.gaussian_filter1d`).
 */
export function smoothList(values: Float64Array, sigma: number): Float64Array {
  const radius = gaussianRadius(sigma, 4);
  const taps = gaussianTaps(sigma, radius);
  const n = values.length;
  const mirrored = (i: number) => {
    const m = ((i % (2 * n)) + 2 * n) % (2 * n);
    return m < n ? m : 2 * n - 1 - m;
  };
  return values.map((_, i) => {
    let sum = 0;
    for (let t = 0; t < taps.length; t++) sum += taps[t] * values[mirrored(i + t - radius)];
    return sum;
  });
}

/** The rank of a percentile among n sorted values, from 0: `(n - 1) * percentile / 100`, often between two of them. */
export function percentileRank(n: number, percentile: number): number {
  return ((n - 1) * percentile) / 100;
}

/** The value at fraction `t` of the way from `a` to `b`, the same from either side. */
export function between(a: number, b: number, t: number): number {
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

/** A percentile of a list (`numpy.percentile`, linear). NaN for an empty one. */
export function percentileOf(values: ArrayLike<number>, percentile: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = percentileRank(sorted.length, percentile);
  const below = Math.floor(rank);
  return sorted.length === 0 ? NaN : between(sorted[below], sorted[Math.ceil(rank)], rank - below);
}
