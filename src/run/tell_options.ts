/**
 * What a run reports before its work begins: the options, and which volumes are corrected by which field.
 *
 * @module
 */

import type { ImageFile } from "../io/image.ts";
import { knownOptions, PRESETS, type ResolvedOptions, valueText } from "../options/presets.ts";
import { idleOptions } from "../options/resolve.ts";
import { flagOf } from "../options/spec.ts";
import type { CorrectOptions } from "../options/table.ts";
import type { RunLog } from "../run_log.ts";
import type { OpenedRun } from "./open_run.ts";

/** What the user should know before the work begins. */
export function tellOptions(
  given: CorrectOptions,
  { log, image, options, volumes, fitted }: Pick<OpenedRun, "log" | "image" | "options" | "volumes" | "fitted">,
): void {
  const guessed = image.format === "ome-zarr" && given.preset === undefined && given.nSerialSlices === undefined;
  const used = describeOptions(given, options);
  if (!guessed) log.note(used);
  else {
    const [what, rest] = options.preset === "mri"
      ? [`a head (preset mri), as voxels are ${edges(image)} mm`, "for a stack of sections"]
      : ["one section in agarose (preset oct), nothing is set to 0", "for several, option 'preset: mri' for others"];
    log.note(`Taken for ${what}; give option 'nSerialSlices' ${rest}.`);
    log.detail(used);
  }
  tellLengths(given, options, image, log);
  for (const line of idleOptions(given, options)) log.warn(line);
  tellUneven(options, image.shape[0], log);
  if (image.volumes === 1) return;
  const row = volumes.every((volume, i) => volume === volumes[0] + i);
  const several = row ? `${volumes[0]} to ${volumes.at(-1)}` : volumes.join(", ");
  const which = volumes.length === 1 ? `volume ${volumes[0]}` : `volumes ${several}`;
  const [first] = fitted;
  const field = fitted.length > 1
    ? "each by its own field"
    : first === "mean"
    ? "all by one field, that of their mean"
    : volumes.length === 1 && first === volumes[0]
    ? "by its own field"
    : `by the field of volume ${first}`;
  log.note(`Corrects ${which} of ${image.volumes}, ${field}.`);
  const isSeries = image.format === "nifti" || (image.times ?? 1) > 1;
  if (!isSeries || fitted.length === 1) return;
  log.warn(
    "A field for each volume changes what a series is measured for, the ratios between its volumes: give option 'volumeFields: shared' unless they are different contrasts.",
  );
}

/** What lengths of an image nobody knows, and what is not used for that. */
function tellLengths(given: CorrectOptions, used: ResolvedOptions, image: ImageFile, log: RunLog): void {
  if (!image.unitGiven) {
    const fate = image.format === "nifti"
      ? "its voxel sizes are taken as mm"
      : "its voxel sizes are written as they are (option 'unit' or option 'voxelSize' state it)";
    log.warn(`'${image.path}' gives no unit of length: ${fate}.`);
  }
  const preset = PRESETS[used.preset];
  if (!("splineDistanceMm" in preset) || used.splineDistanceMm !== undefined || given.controlPoints) return;
  log.warn(
    `Preset ${used.preset} has a knot every ${preset.splineDistanceMm} mm, which is for voxels of at most 0.1 mm: ` +
      `current voxels are ${edges(image)} ${image.unitGiven ? "mm" : "of an unknown unit"}. ` +
      "The fit begins with one span along each axis instead, unless option 'splineDistanceMm' is given.",
  );
}

/** Whether sections are of different thickness, which a wrong number of them leads to. */
function tellUneven({ nSerialSlices: sections }: ResolvedOptions, planes: number, log: RunLog): void {
  if (typeof sections !== "number" || sections > planes || planes % sections === 0) return;
  const thin = Math.floor(planes / sections);
  log.warn(
    `${planes} planes are no multiple of option 'nSerialSlices: ${sections}': sections have ${thin} or ${
      thin + 1
    } planes.`,
  );
}

function edges({ voxelSize }: ImageFile): string {
  return voxelSize.map((edge) => Number(edge.toPrecision(6))).join(" x ");
}

/** Volumes of a series that have nothing to correct. */
export function tellEmpty(log: RunLog, volumes: readonly number[]): void {
  const which = volumes.length === 1 ? `Volume ${volumes[0]} has` : `Volumes ${volumes.join(", ")} have`;
  log.warn(`${which} no finite value other than 0: nothing is corrected there.`);
}

/** The preset and what was given beside it; every value that is used where more is asked for. */
function describeOptions(
  given: Readonly<Record<string, unknown>>,
  used: ResolvedOptions,
): string {
  const { preset, ...options } = knownOptions(used);
  const shown = Object.entries(options).filter(([key]) => options.verbose || given[key] !== undefined);
  const words = shown.map(([key, value]) => {
    const name = flagOf(key).slice(2);
    return value === true ? name : `${name} ${valueText(key, value)}`;
  });
  return `Preset ${preset}${words.length === 0 ? "" : ` with ${words.join(", ")}`}.`;
}
