/**
 * Every tolerance of the tests in one table, each beside what was measured when it was set, so that a shrinking margin is seen.
 * `N4_PRINT_MARGINS=1` prints what is measured now.
 *
 * @module
 */

import assert from "node:assert/strict";

/** A limit and the largest value seen over the cases that it holds for. */
export interface Tolerance {
  /** What a test fails above. */
  readonly limit: number;
  /** What was measured, on x86-64 with Deno 2.9.6. */
  readonly measured: number;
}

/** The table; log fields are natural logarithms. */
export const TOLERANCES = {
  /** Log field against the oracle, up to 20 iterations a level: u is float32 here and float64 there. */
  oracleShort: { limit: 2e-6, measured: 4.7e-7 },
  /** Log field against the oracle, four levels of 50 iterations on a few hundred voxels. */
  oracleLong: { limit: 2e-5, measured: 1.2e-5 },
  /** Fast Fourier transform of up to 512 numbers in [-1, 1] against its definition. */
  fft: { limit: 1e-12, measured: 5.7e-14 },
  /** Sum of the four weights of a spline row, less 1. */
  rowSum: { limit: 1e-15, measured: 2.2e-16 },
  /** Spline weights against Cox and de Boor's recursion. */
  splineWeight: { limit: 1e-14, measured: 1.1e-15 },
  /** A lattice's field after refinement, or summed in another order; control values in [-1, 1]. */
  refine: { limit: 1e-14, measured: 4.4e-16 },
  /** Expected log intensities, about 4, against sums written out. */
  sharpen: { limit: 3e-11, measured: 3.1e-12 },
  /** The convergence measure against its definition, relative. */
  convergence: { limit: 1e-11, measured: 3.7e-13 },
  /** The measure of a constant field. */
  constantMeasure: { limit: 1e-8, measured: 0 },
  /** Log field when all intensities are scaled: their logarithms round differently. */
  scaling: { limit: 5e-6, measured: 1.1e-6 },
  /** Log field when axes are permuted: sums run in another order. */
  permutation: { limit: 1e-6, measured: 8.3e-17 },
  /** Log field in the mask when all confidences are scaled: a control point with next to no sample may cross the least denominator. */
  confidenceScale: { limit: 5e-6, measured: 3e-8 },
  /** u, float32, against v less the field summed over 64 control points. */
  fitValues: { limit: 3e-6, measured: 4.8e-7 },
  /** Corrected intensities, float32, against a plain loop in float64, relative. */
  applyTs: { limit: 3e-7, measured: 1.2e-7 },
  /** Smoothed intensities, float32 between axes, against plain sums in float64, relative to the largest. */
  smoothTs: { limit: 1e-7, measured: 3.9e-8 },
  /** Log field against ITK's golden ones. */
  golden: { limit: 5e-6, measured: 4e-7 },
  /** Voxels of a coarser level against scipy in float64, relative. */
  resample: { limit: 1e-6, measured: 0 },
  /** Sum of the weights of a resampling row, less 1. */
  resampleRowSum: { limit: 1e-14, measured: 2.2e-16 },
  /** Log field of the WebGPU backend, float32, against the TypeScript one, on lavapipe; the gate between backends is 1e-4. */
  fitWebGpu: { limit: 1e-5, measured: 1e-6 },
  /** Corrected intensities of the WebGPU backend against a plain loop in float64, relative. */
  applyWebGpu: { limit: 2e-6, measured: 2.7e-7 },
  /** Smoothed intensities of the WebGPU backend, float32 within a sum too, against plain sums, relative to the largest. */
  smoothWebGpu: { limit: 2e-6, measured: 3.1e-7 },
  /** A stage of the WebGPU backend against its twin, relative to the largest value: float32 sums. */
  stageWebGpu: { limit: 1e-6, measured: 1.1e-7 },
  /** Its expected log intensities in bins that hold samples, relative. */
  stageSharpenWebGpu: { limit: 1e-6, measured: 3.3e-8 },
  /** Its numerators and its phi, relative to the largest: residuals are small differences. */
  stageDeltaWebGpu: { limit: 5e-6, measured: 4.4e-7 },
  /** The convergence measure of the WebGPU backend, absolute; what may decide the end of a level is 1e-5. */
  measureWebGpu: { limit: 1e-7, measured: 3.9e-9 },
  /** Log field of the CUDA backend against the TypeScript one, over the emulator; the gate between the two. */
  fitCuda: { limit: 2e-5, measured: 7.2e-7 },
  /** Log field of four levels of 50 iterations on it, likewise. */
  fitCudaLong: { limit: 2e-5, measured: 5.4e-6 },
  /** The same on a GPU; not run on one yet. */
  fitCudaHardware: { limit: 2e-5, measured: 0 },
  /** Corrected intensities of the CUDA backend, float32, against a plain loop in float64, relative. */
  applyCuda: { limit: 3e-7, measured: 1.2e-7 },
  /** Smoothed intensities of the CUDA backend, float32 between axes, against plain sums, relative to the largest. */
  smoothCuda: { limit: 1e-7, measured: 3.9e-8 },
  /** Omega and E of the CUDA backend against their twins, relative to the largest value: float64 in another order. */
  stageCuda: { limit: 1e-11, measured: 1.3e-14 },
  /** Bins of its histogram, relative to the largest, for each bin: float32 places a sample within 2^-23 of all bins. */
  stageCudaHistogram: { limit: 1.2e-7, measured: 4.1e-8 },
  /** Its numerators, its phi and its measure, relative to the largest: float32 residuals, summed within a segment. */
  stageCudaDelta: { limit: 5e-6, measured: 9.1e-7 },
  /** u after its subtract, float32, relative to the largest. */
  stageCudaFloat: { limit: 2e-7, measured: 9.9e-8 },
  /** Corrected times field less the input, relative: field and quotient are each rounded to float32. */
  fieldTimesCorrected: { limit: 1.3e-7, measured: 1.1e-7 },
  /**
   * Log field when all intensities are scaled, volumes of many values, in roundings of the farthest logarithm: scaled intensities have
   * logarithms that round otherwise, which a lattice of more points than samples magnifies.
   */
  scaledVolume: { limit: 200, measured: 50 },
  /** Mean log field over the samples of a centred field, in half units of float32 of the farthest logarithm, one an iteration. */
  levelStays: { limit: 1, measured: 0.68 },
  /**
   * Log field when axes are permuted, volumes of every kind, in the units of `scaledVolume` and for its reason: what an
   * iteration takes off u is float32, rounded otherwise along another axis.
   */
  permutedVolume: { limit: 20, measured: 4.1 },
} as const satisfies Record<string, Tolerance>;

/** A name in the table. */
export type ToleranceName = keyof typeof TOLERANCES;

/** Fails where `measured` is above the limit of that name, or is not a number. */
export function assertWithin(measured: number, name: ToleranceName, what: string = name): void {
  const { limit } = TOLERANCES[name];
  if (Deno.env.get("N4_PRINT_MARGINS")) {
    const line = `margin ${name}: ${measured.toExponential(1)} of ${limit.toExponential(1)} (${what})\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  }
  assert.ok(measured <= limit, `${what}: the difference must be at most ${limit} (${name}): it is ${measured}`);
}
