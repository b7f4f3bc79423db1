/**
 * What a correction asks of the device, from its plan alone.
 *
 * @module
 */

import type { PlannedFit, PlannedSmoothing, PlannedWork } from "../backends/planned_work.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { smoothedBoxes } from "../intensity/mask/smoothed.ts";
import { boxVoxels, type Shape3, type Triple, type VolumeSource, voxelCount } from "../volume.ts";
import type { FitPlan } from "./fit_plan.ts";
import type { CorrectionPlan } from "./plan.ts";
import type { CorrectSettings } from "./settings.ts";

/** Where the Gaussian before the tissue mask ends (`tissue_mask.ts`). */
const TRUNCATE = 4;

/** The work of a planned correction; `given`: what comes from files. */
export function plannedWork(
  plan: CorrectionPlan,
  settings: CorrectSettings,
  input: VolumeSource,
  given: { readonly mask: boolean; readonly weights: boolean },
): PlannedWork {
  const fits = [...plan.sectionFits, ...(plan.globalFit ? [plan.globalFit] : [])];
  const { match, maskMethod, maskSmoothingSigma: s } = settings;
  const smooths = maskMethod === "tissue" && !given.mask;
  return {
    volume: input.shape,
    fits: fits.map((fit) => plannedFit(fit, given.weights)),
    fields: largestOf(fits.flatMap(({ levels }) => levels.map(({ controlPoints }) => controlPoints)), fits.length),
    tables: match && { count: match.perPlane ? input.shape[0] : plan.sections.length, size: match.bins },
    boxVoxels: plan.boxVoxels,
    smoothing: smooths ? plannedSmoothing(plan, input, [s / 2, s, s]) : undefined,
  };
}

/** The work of applying a saved model; `boxVoxels` is the most voxels of a box. */
export function appliedWork({ sections, global }: BiasModel, volume: Shape3, boxVoxels: number): PlannedWork {
  const fields = [...sections.map(({ lattice }) => lattice), global].flatMap((lattice) =>
    lattice ? [lattice.points] : []
  );
  return { volume, fits: [], fields: largestOf(fields, fields.length), boxVoxels };
}

/** A number of fields, and the control points of the largest; the least there are where there is none. */
function largestOf(all: readonly Triple[], count: number): PlannedWork["fields"] {
  const least: Triple = [4, 4, 4];
  return { count, points: all.reduce((a, b) => voxelCount(b) > voxelCount(a) ? b : a, least) };
}

function plannedFit({ sampled: grid, levels, fit: { bins } }: FitPlan, weighted: boolean): PlannedFit {
  return { grid, weighted, levels: levels.map(({ controlPoints }) => controlPoints), bins };
}

function plannedSmoothing(plan: CorrectionPlan, input: VolumeSource, sigma: Triple): PlannedSmoothing {
  const spec = { volume: input.shape, sigma, truncate: TRUNCATE };
  const padded = smoothedBoxes(input, spec, plan.boxVoxels).map(({ padded }) => boxVoxels(padded));
  const largest = padded.reduce((most, voxels) => Math.max(most, voxels), 1);
  return { sigma, truncate: TRUNCATE, boxes: padded.length, boxVoxels: largest };
}
