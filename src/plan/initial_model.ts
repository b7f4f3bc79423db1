/**
 * Which bias model a fit may start from.
 *
 * @module
 */

import { type BiasModel, canAddLattices } from "../n4/bias_model.ts";
import type { Geometry } from "../volume.ts";
import { planGridFit } from "./fit_plan.ts";
import type { CorrectSettings } from "./settings.ts";

/** Why the fit of an image cannot start from a model: the rule and the current value; `undefined` where it can. */
export function modelObjection(
  model: BiasModel,
  image: Geometry,
  settings: CorrectSettings,
): string | undefined {
  if (model.shape.some((n, a) => n !== image.shape[a])) {
    return `the model must have the image's shape ${image.shape.join(" ")}: current shape is ${model.shape.join(" ")}`;
  }
  if (model.padded) {
    const current = `current grid is ${model.padded.shape.join(" ")} (option 'splineDomain: padded')`;
    return `its spline must span the image alone: ${current}`;
  }
  if (!model.global) return undefined;
  const { levels } = planGridFit(image, [0, image.shape[0]], settings.globalFit, settings);
  const last = levels[levels.length - 1].controlPoints;
  if (canAddLattices(model.global.points, last)) return undefined;
  const current = `current control points are ${model.global.points.join(" ")} and ${last.join(" ")}`;
  const see = "see option 'controlPoints', option 'splineDistanceMm', option 'nIterations' and option 'lattice'";
  return `its spans and those of the fit must be a power of two apart on each axis: ${current} (${see})`;
}
