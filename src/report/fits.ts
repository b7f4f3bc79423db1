/**
 * What a report says of the fits: their samples, the course of their levels, the evenness before and after.
 *
 * @module
 */

import type { SampleQuality } from "../intensity/sample/sample_quality.ts";
import type { FieldVerdict } from "../intensity/sample/verdict.ts";
import type { SampleCounts } from "../n4/samples.ts";
import type { BiasEstimate } from "../steps/estimate.ts";
import { type Triple, voxelCount } from "../volume.ts";

/** What a correction did to the evenness of a volume, measured on the samples of its fits alone. */
export interface ReportedQuality extends Partial<SampleQuality>, Partial<FieldVerdict> {
  /** Index of the volume in the input, or the mean of those that were corrected. */
  readonly volume: number | "mean";
  /** Share of the fits' sample positions that lie in the mask. */
  readonly maskFraction: number;
}

/** The course of one level. */
export interface ReportedLevel {
  /** Control points `[z, y, x]`. */
  readonly controlPoints: Triple;
  /** Knot spacing `[z, y, x]`. */
  readonly knotSpacingMm: Triple;
  /** Iterations that ran. */
  readonly iterations: number;
  /** Most iterations that could have. */
  readonly mostIterations: number;
  /** Whether the threshold ended it. */
  readonly converged: boolean;
  /** The convergence measure after each iteration. */
  readonly convergence: readonly number[];
}

/** One fit: of a section of a volume, or of all its planes. */
export interface ReportedFit {
  /** Index of the volume in the input, or the mean of those that were corrected. */
  readonly volume: number | "mean";
  /** The planes that it covers: first, and one past the last. */
  readonly planes: readonly [z0: number, z1: number];
  /** What the mask was. */
  readonly mask: string;
  /** Samples along `[z, y, x]`. */
  readonly sampleGrid: Triple;
  /** Distance between samples, voxels. */
  readonly shrinkFactors: Triple;
  /** How many samples took part, and why others did not. */
  readonly samples: SampleCounts;
  /** The course of each level. */
  readonly levels: readonly ReportedLevel[];
  /** Factor on the corrected intensities. */
  readonly scale: number;
}

/** What a field was fitted on. */
export type FittedVolume = ReportedFit["volume"];

/** What a correction did to one volume, for the report. */
export function reportQuality(volume: FittedVolume, { fits, quality, verdict }: BiasEstimate): ReportedQuality {
  let [inside, all] = [0, 0];
  for (const { plan, counts } of fits) {
    // A fit on what others leave has no positions of its own.
    if (!("grid" in plan)) continue;
    all += voxelCount(plan.sampled);
    inside += voxelCount(plan.sampled) - counts.outside;
  }
  return { volume, maskFraction: all > 0 ? inside / all : 0, ...quality, ...verdict };
}

/** The fits of one volume, for the report. */
export function reportFits(volume: FittedVolume, { mask, fits, model }: BiasEstimate): ReportedFit[] {
  return fits.map(({ plan, counts, levels }) => ({
    volume,
    planes: [plan.z0, plan.z1],
    mask: mask.description,
    sampleGrid: plan.sampled,
    shrinkFactors: plan.factors,
    samples: counts,
    levels: levels.map((level, i) => ({
      controlPoints: level.controlPoints,
      knotSpacingMm: level.knotSpacing,
      iterations: level.convergence.length,
      mostIterations: plan.levels[i].iterations,
      converged: level.converged,
      convergence: level.convergence,
    })),
    scale: model.scale,
  }));
}
