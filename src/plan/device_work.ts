/**
 * What a correction asks of the device, from its plan alone.
 *
 * @module
 */

import type { PlannedFit, PlannedSmoothing, PlannedWork } from "../backends/planned_work.ts";
import { smoothedBoxes } from "../intensity/smoothed.ts";
import { boxVoxels, type Triple, type VolumeSource, voxelCount } from "../volume.ts";
import type { FitPlan } from "./fit_plan.ts";
import type { CorrectionPlan } from "./plan.ts";
import type { CorrectSettings } from "./settings.ts";

/** Where the Gaussian before the tissue mask ends (`tissue_mask.ts`). */
const TRUNCATE = 4;

/** The work of a planned correction; `given` tells what comes from files. */
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
    fields: { count: fits.length, points: largestLattice(fits) },
    ...(match ? { tables: { count: match.perPlane ? input.shape[0] : plan.sections.length, size: match.bins } } : {}),
    boxVoxels: plan.boxVoxels,
    ...(smooths ? { smoothing: plannedSmoothing(plan, input, [s / 2, s, s]) } : {}),
  };
}

/** Control points of the finest lattice. */
function largestLattice(fits: readonly FitPlan[]): Triple {
  const all = fits.flatMap(({ levels }) => levels.map(({ controlPoints }) => controlPoints));
  return all.reduce((largest, points) => voxelCount(points) > voxelCount(largest) ? points : largest);
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
