/**
 * One factor a section that takes slow drift of brightness out of a stack: each section's percentile is brought to a
 * smooth course along the sections, and that to its median.
 *
 * A section with fewer than 500 voxels above 0 has no percentile: its neighbours decide. Where there is none near it
 * keeps factor 1, as far as the clamp lets it.
 *
 * @module
 */

import type { PassContext } from "../../io/flow/passes.ts";
import type { VolumeSource } from "../../volume.ts";
import { percentileOf, smoothList } from "../count/interpolate.ts";
import { groupPercentiles } from "../count/percentile.ts";
import { type Section, sectionBounds } from "../sections.ts";

/** What factors are made by. */
export interface ScaleFactorOptions {
  /** Serial sections along z; left out: every plane is one. */
  readonly sections?: number;
  /** Standard deviation of the Gaussian along the sections, in sections, >= 0. */
  readonly sigma: number;
  /** Percentile, 0 to 100, of a section's voxels above 0 that stands for its brightness. */
  readonly percentile: number;
  /** Least factor. */
  readonly minScale: number;
  /** Largest factor, >= `minScale`. */
  readonly maxScale: number;
}

/** The factors and how they came about. */
export interface ScaleFactors {
  /** Factor of each plane, length nz. */
  readonly factors: Float32Array;
  /** The sections. */
  readonly sections: readonly Section[];
  /** Percentile of each section, 0 where it has too few voxels. */
  readonly measured: Float64Array;
  /** The smooth course of the percentiles, 0 where no section near has one. */
  readonly smoothed: Float64Array;
}

/** Voxels above 0 that a section needs. */
const LEAST_VOXELS = 500;

/** Least share of sections with a percentile, weighed by the Gaussian, that makes a smooth value. */
const LEAST_WEIGHT = 1e-6;

/** The factors of a volume's planes. Two reads. @throws {RangeError} when an option breaks its rule. */
export async function computeScaleFactors(
  source: VolumeSource,
  options: ScaleFactorOptions,
  passes: PassContext,
): Promise<ScaleFactors> {
  const { sigma, percentile, minScale, maxScale } = options;
  checkRange(minScale, maxScale);
  const sections = sectionBounds(source.shape[0], options.sections);
  const { values, counts } = await groupPercentiles(source, { groups: sections, percentile, positive: true }, passes);
  const measured = values.map((value, s) => (counts[s] < LEAST_VOXELS ? 0 : value));
  const smoothed = smoothMeasured(measured, sigma);
  const valid = smoothed.filter((value) => value > 0);
  const median = valid.length > 0 ? percentileOf(valid, 50) : 1;
  const factors = new Float32Array(source.shape[0]);
  sections.forEach(({ z0, z1 }, s) => {
    const factor = smoothed[s] > 0 ? median / smoothed[s] : 1;
    factors.fill(Math.min(Math.max(factor, minScale), maxScale), z0, z1);
  });
  return { factors, sections, measured, smoothed };
}

/** A Gaussian over the sections that have a value. */
function smoothMeasured(measured: Float64Array, sigma: number): Float64Array {
  const weights = smoothList(measured.map((value) => (value > 0 ? 1 : 0)), sigma);
  return smoothList(measured, sigma).map((value, s) => (weights[s] > LEAST_WEIGHT ? value / weights[s] : 0));
}

function checkRange(minScale: number, maxScale: number): void {
  if (minScale <= maxScale) return;
  throw new RangeError(
    `Cannot scale sections as 'minScale' must be at most 'maxScale': current values are ${minScale} and ${maxScale}`,
  );
}
