/**
 * What every contestant is asked to do: the same samples, control points, levels, iterations and threshold, so that
 * times and fields can be compared.
 *
 * @module
 */

import type { FitOptions } from "../../n4/fit.ts";
import { MOST_SAMPLES } from "../../options/presets.ts";
import { DEFAULT_SETTINGS } from "../../options/resolve.ts";
import { planGridFit, type PlannedLevel } from "../../plan/fit_plan.ts";
import type { CorrectSettings, SpacingRule } from "../../plan/settings.ts";
import type { Geometry, Triple } from "../../volume.ts";

/** What a user asks of the fits. */
export interface ScheduleRequest {
  /** Iterations of each level. */
  readonly iterations: readonly number[];
  /** Knot spacing of the first level, mm; left out: one span along each axis. */
  readonly splineDistance?: number;
  /** How the spacing becomes control points; left out: `spans`, as n4 has it. */
  readonly spacingRule?: SpacingRule;
  /**
   * Whether a spacing that is too fine for the samples is made coarser, as a default is, or refused, as the user's is.
   */
  readonly coarsen: boolean;
  /** Every n-th voxel, `[z, y, x]`. */
  readonly shrinkFactors: Triple;
  /** A level ends below it; 0 runs every iteration. */
  readonly convergenceThreshold: number;
}

/** The samples along an axis: voxels `origin`, `origin + factor`, ... */
interface SampledAxis {
  /** First voxel. */
  readonly origin: number;
  /** Distance of two, voxels. */
  readonly factor: number;
  /** How many. */
  readonly count: number;
}

/** A fit as everybody runs it. */
export interface FitSchedule {
  /** Its options, the control points of the first level among them. */
  readonly fit: FitOptions;
  /** Its levels. */
  readonly levels: readonly PlannedLevel[];
  /** Which voxels are samples, `[z, y, x]`. */
  readonly grid: readonly [z: SampledAxis, y: SampledAxis, x: SampledAxis];
  /** The same as settings of a correction. */
  readonly settings: CorrectSettings;
}

/**
 * Plans a fit over a volume.
 *
 * @throws {RangeError} when an option breaks its rule there.
 */
export function scheduleFor(volume: Geometry, request: ScheduleRequest): FitSchedule {
  const base = DEFAULT_SETTINGS;
  const { iterations, convergenceThreshold, spacingRule = base.globalFit.spacingRule, ...asked } = request;
  const fit = { ...base.globalFit.fit, iterations, convergenceThreshold };
  const globalFit = { ...base.globalFit, ...asked, fit, spacingRule };
  const settings: CorrectSettings = {
    ...base,
    mode: "global",
    shrinkMethod: "stride",
    fieldScale: "free",
    globalFit,
    maxFitSamples: MOST_SAMPLES,
  };
  const planned = planGridFit(volume, [0, volume.shape[0]], globalFit, settings);
  const [z, y, x] = planned.grid.map(({ origin, factor, count }): SampledAxis => ({ origin, factor, count }));
  return { fit: planned.fit, levels: planned.levels, grid: [z, y, x], settings };
}

/** A schedule in sentences. */
export function describeSchedule({ fit, levels, grid }: FitSchedule): string[] {
  const spacing = (level: PlannedLevel) => level.knotSpacing.map((mm) => Number(mm.toPrecision(4))).join(" ");
  return [
    `Samples on a grid of ${grid.map(({ count }) => count).join(" ")}, every ${
      grid.map(({ factor }) => factor).join(" ")
    } voxels; ${fit.bins} bins, threshold ${fit.convergenceThreshold}.`,
    ...levels.map((level, i) =>
      `Level ${i + 1}: ${level.controlPoints.join(" ")} control points, a knot every ${
        spacing(level)
      } mm, ${level.iterations} iterations.`
    ),
  ];
}
