/**
 * The taps of a truncated Gaussian, as SciPy's `gaussian_filter1d` makes them; every backend smooths with the same
 * ones.
 *
 * @module
 */

import type { SmoothSpec } from "../backends/backend.ts";
import { perAxis } from "../volume.ts";

/** Taps on each side of the middle one. */
export function gaussianRadius(sigma: number, truncate: number): number {
  return sigma > 0 ? Math.floor(truncate * sigma + 0.5) : 0;
}

/** Voxels that a box needs around itself, `[z, y, x]`. */
export function smoothHalo(spec: SmoothSpec): [z: number, y: number, x: number] {
  return perAxis((a) => Math.min(gaussianRadius(spec.sigma[a], spec.truncate), spec.volume[a]));
}

/** Normalised Gaussian taps, length `2 * radius + 1`; the single tap 1 where nothing is smoothed. */
export function gaussianTaps(sigma: number, radius: number): Float64Array {
  if (radius === 0) return Float64Array.of(1);
  const taps = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}
