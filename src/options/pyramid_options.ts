/**
 * From the pyramid options of a command to the plan of its output's levels.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { imageFormatFor } from "../io/image.ts";
import { planPyramid, type PyramidPlan } from "../io/pyramid/plan.ts";
import type { RunLog } from "../run_log.ts";
import type { Geometry } from "../volume.ts";
import type { OptionValues } from "./spec.ts";
import { PYRAMID_DEFAULTS } from "./presets.ts";
import { PYRAMID_OPTIONS } from "./pyramid_table.ts";

/** What the user or a preset says about levels. */
type PyramidChoices = OptionValues<typeof PYRAMID_OPTIONS>;

/**
 * Checks what can be known from the command line alone.
 *
 * @throws {UsageError} for levels of an output that can have none.
 */
export function checkPyramidOptions(output: string, given: PyramidChoices): void {
  for (const key of ["pyramidResolutions", "makeIsotropic"] as const) {
    if (given[key] === undefined || given.nLevels === undefined) continue;
    const rule = "levels have target resolutions or are halved: leave one out";
    throw new UsageError(`Cannot use option '${key}' and option 'nLevels' together as ${rule}`);
  }
  const asked = Object.keys(PYRAMID_OPTIONS).find((key) => given[key as keyof PyramidChoices] !== undefined);
  if (asked === undefined || imageFormatFor(output) === "ome-zarr") return;
  throw new UsageError(`Cannot use option '${asked}' as only an OME-Zarr has levels: current output is '${output}'`);
}

/**
 * The levels of an output; `undefined` where its format has none. Target resolutions go before halvings: where the user
 * asked for halvings, a preset's targets are gone by now.
 */
export function pyramidFor(output: string, volume: Geometry, choices: PyramidChoices): PyramidPlan | undefined {
  if (imageFormatFor(output) !== "ome-zarr") return undefined;
  const { pyramidResolutions, makeIsotropic, nLevels, pyramidTranslation } = choices;
  const levels = pyramidResolutions === undefined
    ? { halvings: nLevels ?? PYRAMID_DEFAULTS.nLevels }
    : { resolutions: pyramidResolutions };
  return planPyramid(volume, {
    ...levels,
    isotropic: makeIsotropic ?? PYRAMID_DEFAULTS.makeIsotropic,
    translation: pyramidTranslation ?? false,
  });
}

/** Says which levels there will be. */
export function tellPyramid({ levels, remarks, warnings }: PyramidPlan, log: RunLog): void {
  for (const [i, { shape, voxelSize, from }] of levels.entries()) {
    const size = voxelSize.map((edge) => Number(edge.toPrecision(6))).join(" ");
    log.detail(`Level ${i + 1} of the output: ${shape.join(" ")} voxels of ${size} mm, from level ${from}.`);
  }
  for (const text of remarks) log.detail(text);
  for (const text of warnings) log.warn(text);
}
