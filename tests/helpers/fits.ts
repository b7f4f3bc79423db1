/**
 * Fits of small volumes in one call, by the TypeScript backend and by the oracle.
 *
 * @module
 */

import type { N4Backend } from "../../src/backends/backend.ts";
import { FIT_DEFAULTS, fitBiasField, type FitOptions, type FitResult } from "../../src/n4/fit.ts";
import { compactSamples, type DenseSamples, type NonPositivePolicy } from "../../src/n4/samples.ts";
import type { Shape3, Triple } from "../../src/volume.ts";
import { logFieldOn } from "./fields.ts";

/** A fit of samples on a dense grid. */
export interface DenseFit {
  /** Samples, with NaN outside the mask. */
  readonly dense: DenseSamples;
  /** Full-resolution shape. */
  readonly domain: Shape3;
  /** Voxel size in mm; left out: 1. */
  readonly voxelSize?: Triple;
  /** What differs from ITK's defaults; the threshold is 0 unless given. */
  readonly options: Partial<FitOptions>;
  /** What happens to values <= 0; left out: as ITK does. */
  readonly nonPositive?: NonPositivePolicy;
}

/** A fit and its log field on the sample grid. */
export interface DenseFitResult extends FitResult {
  /** Log bias field at every grid point, C order. */
  readonly logField: Float64Array;
  /** Seconds that the fit alone took. */
  readonly seconds: number;
  /** Samples that took part. */
  readonly used: number;
}

/** The options of a fit, every one of them given. */
export function fullOptions(options: Partial<FitOptions>): FitOptions {
  return { ...FIT_DEFAULTS, convergenceThreshold: 0, ...options };
}

/** Fits on a backend. */
export async function fitDense(backend: N4Backend, fit: DenseFit): Promise<DenseFitResult> {
  const { dense, domain, voxelSize = [1, 1, 1], options, nonPositive = "itk" } = fit;
  const begin = performance.now();
  const { samples, counts } = compactSamples(dense, nonPositive);
  const result = await fitBiasField(backend, samples, { shape: domain, voxelSize }, fullOptions(options));
  const seconds = (performance.now() - begin) / 1000;
  return { ...result, logField: logFieldOn(result.lattice, dense.positions, domain), seconds, used: counts.used };
}
