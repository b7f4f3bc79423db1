/**
 * Every option once: its type, rule, kind and help. The command line and the documentation are made from these tables;
 * `presets.ts` owns the defaults.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import {
  type AnyOptions,
  COUNT,
  COUNTS,
  INDEX,
  INPUT_FILE,
  ITERATIONS,
  KNOT_SPACING,
  MILLIMETRES,
  type OptionNeed,
  type OptionTable,
  type OptionValues,
  OUTPUT_FILE,
} from "./spec.ts";
import { PYRAMID_OPTIONS } from "./pyramid_table.ts";
import { INPUT_OPTIONS, PAGE_OPTIONS, RUN_OPTIONS } from "./run_table.ts";
import { SECTION_OPTIONS } from "./section_table.ts";
import { STORAGE_OPTIONS } from "./storage_table.ts";

const SHARED: OptionNeed = {
  text: "option 'volumeFields: shared'",
  met: ({ volumeFields }) => volumeFields === "shared",
};

const GLOBAL: OptionNeed = { text: "option 'mode: global'", met: ({ mode }) => mode === "global" };

const OTSU: OptionNeed = {
  text: "option 'mode: global', option 'maskMethod: otsu', no option 'mask' and no option 'histogramMatch'",
  met: ({ mode, maskMethod, mask, histogramMatch }) =>
    mode === "global" && maskMethod === "otsu" && mask === undefined && histogramMatch !== true,
};

const DISTANCE: OptionNeed = {
  text: "a knot spacing in mm",
  met: ({ globalSplineDistanceMm }) => typeof globalSplineDistanceMm === "number",
};

const RANGE: OptionNeed = { text: "option 'rescale: range'", met: ({ rescale }) => rescale === "range" };

/** Options of `correct`. */
export const CORRECT_OPTIONS = {
  preset: {
    type: "choice",
    words: ["mri", "oct", "linumpy"],
    group: "Preset",
    help: "Defaults for a kind of image; single options override it.",
  },
  ...SECTION_OPTIONS,

  shrinkFactor: {
    ...COUNTS,
    also: ["shrink", "s", "downsample", "subsample", "stride"],
    excludes: "shrinkResolutionMm",
    group: "Fit samples",
    help: "Take every n-th voxel into the fit; preset mri takes as many as '--max-fit-samples' lets.",
  },
  shrinkResolutionMm: {
    ...MILLIMETRES,
    group: "Fit samples",
    help: "Choose the shrink factors so that samples lie at most this far apart.",
  },
  shrinkMethod: {
    type: "choice",
    words: ["stride", "mean"],
    group: "Fit samples",
    help: "Pick single voxels, or average blocks of them.",
  },
  shrinkGeometry: {
    type: "choice",
    words: ["aligned", "stretched"],
    group: "Fit samples",
    help:
      "Where shrunk samples lie for the fit: at their voxels, or stretched over the whole extent as ITK and ANTs do.",
  },
  maxFitSamples: {
    ...COUNT,
    from: 64,
    group: "Fit samples",
    help:
      "Raise the shrink factors until the grid has at most this many samples; 2^24 where a shrink factor or resolution is given.",
  },
  fitLevel: {
    ...INDEX,
    or: "auto",
    group: "Fit samples",
    help:
      "Take the samples from this coarser level of an OME-Zarr, which saves a read of the fine one; 'auto': from the coarsest whose voxels are no larger than the distance between samples.",
  },

  nIterations: {
    ...ITERATIONS,
    also: ["iterations", "convergence", "c", "n", "fitting-levels", "n-fitting-levels"],
    group: "Fit",
    help:
      "Most iterations of each fitting level; as many levels as numbers. 'auto': as many levels as the samples carry, early ones long.",
  },
  splineDistanceMm: {
    ...KNOT_SPACING,
    also: ["bspline-fitting", "b", "spline-distance", "spline-mm", "knot-spacing", "mesh-resolution"],
    excludes: "controlPoints",
    group: "Fit",
    help:
      "Knot spacing of the cubic B-spline (order 3) at the first level; 'auto': from the image's length and its samples' distance. --verbose shows that of every level.",
  },
  splineDomain: {
    type: "choice",
    words: ["image", "padded"],
    needs: DISTANCE,
    group: "Fit",
    help: "What the knot spacing divides: the image, or the image padded to whole knot spacings as ANTs does.",
  },
  controlPoints: {
    ...COUNTS,
    from: 4,
    also: ["mesh-size", "grid"],
    group: "Fit",
    help: "Control points of the first level (spans plus 3).",
  },
  lattice: {
    type: "choice",
    words: ["refine", "fixed"],
    group: "Fit",
    help: "Halve the knot spacing from level to level, or keep it.",
  },
  nBins: {
    ...COUNT,
    from: 2,
    to: 65536,
    also: ["bins", "histogram-bins"],
    group: "Fit",
    help: "Bins of the histogram that is sharpened.",
  },
  fwhm: {
    type: "number",
    also: ["histogram-sharpening", "t", "bias-field-fwhm"],
    above: 0,
    group: "Fit",
    help: "Full width at half maximum of the bias distribution, in log intensity.",
  },
  wienerNoise: {
    type: "number",
    above: 0,
    also: ["noise", "wiener-filter-noise"],
    group: "Fit",
    help: "Noise term of the Wiener filter.",
  },
  convergenceThreshold: {
    type: "number",
    also: ["tolerance", "threshold", "convergence"],
    from: 0,
    group: "Fit",
    help: "A level ends once the field changes less than this; 0 runs every iteration.",
  },
  fieldScale: {
    type: "choice",
    words: ["centred", "free"],
    group: "Fit",
    help:
      "Divide a field by its geometric mean over the samples, so that intensities keep their level, or leave it the scale that the fit ends with, as ITK does; the fields of several sections are always centred.",
  },
  initialModel: { ...INPUT_FILE, group: "Fit", help: "Start from a saved bias model of the same shape." },

  mask: {
    ...INPUT_FILE,
    also: ["mask-image", "x", "m"],
    excludes: "maskMethod",
    group: "Mask and voxels",
    help:
      "Fit inside this mask (NIfTI or OME-Zarr; 'labels/NAME' is a label of IN; another resolution is resampled by nearest).",
  },
  maskLabel: {
    type: "number",
    metavar: "n",
    requires: "mask",
    group: "Mask and voxels",
    help: "The mask value that counts; default: any that is not 0.",
  },
  maskMethod: {
    type: "choice",
    words: ["otsu", "tissue", "nonzero", "none"],
    group: "Mask and voxels",
    help: "How to make a mask when none is given.",
  },
  refineMask: {
    type: "flag",
    needs: OTSU,
    group: "Mask and voxels",
    help:
      "Mask, fit, mask, fit: once a first fit has corrected the image, make Otsu's mask anew, so that it loses no tissue in the shade.",
  },
  weights: {
    ...INPUT_FILE,
    or: "dark",
    also: ["weight-image", "w"],
    group: "Mask and voxels",
    help:
      "Confidence of each voxel, >= 0; only ratios count, and 0 takes a voxel out of the fit. 'dark': 0 where it is no brighter than twice the mean of what lies outside the mask, such as signal lost in an EPI.",
  },
  nonPositive: {
    type: "choice",
    words: ["exclude", "itk"],
    group: "Mask and voxels",
    help: "Voxels <= 0: leave them out of the fit, or take them unlogged as ITK does.",
  },
  nonfinite: {
    type: "choice",
    words: ["keep", "zero", "fail"],
    group: "Mask and voxels",
    help: "Voxels that are not finite: keep them, write 0, or refuse the image.",
  },
  ignoreGeometry: {
    type: "flag",
    group: "Mask and voxels",
    help: "Accept a mask or weights of the input's shape whose voxel size or position differs.",
  },

  strength: { type: "number", from: 0, to: 1, group: "Result", help: "1 corrects fully, 0 not at all." },
  roi: {
    ...INPUT_FILE,
    needs: GLOBAL,
    group: "Result",
    help:
      "Judge whether the correction helped by the voxels of this mask, a region of one tissue such as white matter, instead of by the brightest tissue; it changes no field (needs '--mode global').",
  },
  fitHalves: {
    type: "flag",
    needs: GLOBAL,
    group: "Result",
    help:
      "Fit two halves of the samples as well, and give the least error that the field has, from their difference (needs '--mode global').",
  },
  skipIfEven: {
    type: "flag",
    group: "Result",
    help:
      "Leave the image as it is unless the correction makes its brightest tissue, or --roi, more even (needs '--mode global').",
  },
  rescale: {
    type: "choice",
    also: ["rescale-intensities", "r"],
    words: ["none", "mean", "median", "minmax", "range"],
    group: "Result",
    help:
      "Hold the mean or median of the fit samples, or the width of the range in the mask, to the input's; 'range' maps the voxels of the mask to both ends of the input's range, as ANTs does, and leaves the saved field as it is.",
  },
  rescaleLabel: {
    type: "number",
    metavar: "n",
    requires: "mask",
    excludes: "html",
    needs: RANGE,
    group: "Result",
    help: "The mask value whose voxels '--rescale range' maps; default: every voxel of the mask.",
  },
  outputType: {
    type: "choice",
    also: ["dtype", "datatype"],
    words: ["float32", "input"],
    group: "Result",
    help: "Numeric type of the output: float32, or the input's own (rounded and clamped, with a count).",
  },
  volumeFields: {
    type: "choice",
    words: ["each", "shared"],
    group: "Result",
    help:
      "With several volumes or channels: a field for each, or one for all (see --fit-volume). Default: one for the volumes of a NIfTI and for the times of a channel, whose ratios it keeps (fMRI, ASL, DWI); one for each channel of an OME-Zarr.",
  },
  fitVolume: {
    ...INDEX,
    or: "mean",
    needs: SHARED,
    group: "Result",
    help: "The volume that a shared field is fitted on, or 'mean': the mean of those that are corrected.",
  },
  saveBiasField: {
    ...OUTPUT_FILE,
    also: ["save-bias", "bias", "bias-field", "field"],
    group: "Result",
    help: "Write the bias field as an image: what intensities are divided by, once they are matched if they are.",
  },
  biasLevel: {
    ...INDEX,
    to: 16,
    requires: "saveBiasField",
    group: "Result",
    help: "Write the bias field at 1 / 2^n of the resolution.",
  },
  saveBiasModel: {
    ...OUTPUT_FILE,
    group: "Result",
    help: "Write the bias model (JSON), for 'n4 apply' and --initial-model.",
  },
  saveMask: { ...OUTPUT_FILE, group: "Result", help: "Write the mask that was used, as 0 and 1." },

  ...PYRAMID_OPTIONS,
  ...STORAGE_OPTIONS,
  fromReport: {
    type: "path",
    kind: "run",
    group: "Run",
    help: "Repeat the run of this report; IN, OUT and options that are given count instead of its own.",
  },
  resume: {
    type: "flag",
    kind: "run",
    group: "Run",
    help: "Resume a run that was interrupted, or begin it where there is none: same result as of an uninterrupted one.",
  },
  dryRun: { type: "flag", kind: "run", group: "Run", help: "Show the plan and stop before any voxel is read." },
  ...INPUT_OPTIONS,
  ...RUN_OPTIONS,
  ...PAGE_OPTIONS,
} as const satisfies OptionTable;

/** Options of `apply`. */
export const APPLY_OPTIONS = {
  strength: CORRECT_OPTIONS.strength,
  nonfinite: CORRECT_OPTIONS.nonfinite,
  outputType: CORRECT_OPTIONS.outputType,
  saveBiasField: CORRECT_OPTIONS.saveBiasField,
  html: CORRECT_OPTIONS.html,
  resume: CORRECT_OPTIONS.resume,
  ...PYRAMID_OPTIONS,
  ...STORAGE_OPTIONS,
  ...INPUT_OPTIONS,
  ...RUN_OPTIONS,
} as const satisfies OptionTable;

/** Options of `info`. */
export const INFO_OPTIONS = {
  level: INPUT_OPTIONS.level,
  time: INPUT_OPTIONS.time,
  range: {
    type: "flag",
    group: "Info",
    help: "Read every voxel and show the smallest and largest value, and how many are not finite or <= 0.",
  },
  sections: {
    type: "flag",
    group: "Info",
    help: "Read the middle of the volume and estimate the number of serial sections from its brightness along z.",
  },
  unit: INPUT_OPTIONS.unit,
  voxelSize: INPUT_OPTIONS.voxelSize,
  json: { type: "flag", group: "Info", help: "Print JSON." },
} as const satisfies OptionTable;

/**
 * What the user gives `correct`: a property for each option, named without dashes (`--n-bins` is `nBins`), all
 * optional. What each of them does, its type and its default stand in docs/options.md.
 */
export type CorrectOptions = OptionValues<typeof CORRECT_OPTIONS>;
/** Those of {@linkcode CorrectOptions} that an array has: none about files, or about how a command runs. */
export type ArrayOptions = {
  readonly [
    Key in keyof CorrectOptions as (typeof CORRECT_OPTIONS)[Key] extends
      { kind: "input" | "output" | "report" | "run" } | { group: "Input" | "Pyramid" | "Storage" } ? never
      : Exclude<Key, "biasLevel" | "fitLevel" | "fitVolume" | "ignoreGeometry" | "outputType" | "volumeFields">
  ]: CorrectOptions[Key];
};

/** What {@linkcode ArrayOptions} leaves out, for programs whose types nobody checks. */
const OF_FILES: Readonly<Record<"kind" | "group" | "key", readonly string[]>> = {
  kind: ["input", "output", "report", "run"],
  group: ["Input", "Pyramid", "Storage"],
  key: ["biasLevel", "fitLevel", "fitVolume", "ignoreGeometry", "outputType", "volumeFields"],
};

/** Refuses options that an array has not. @throws {UsageError} */
export function demandArrayOptions(given: AnyOptions): void {
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || !Object.hasOwn(CORRECT_OPTIONS, key)) continue;
    const { [key]: { kind = "value", group } } = CORRECT_OPTIONS as OptionTable;
    if (!OF_FILES.kind.includes(kind) && !OF_FILES.group.includes(group) && !OF_FILES.key.includes(key)) continue;
    throw new UsageError(`Cannot use option '${key}' as it is about files: current input is an array in memory`);
  }
}
/** What the user gives `apply`; see {@linkcode CorrectOptions}. */
export type ApplyOptions = OptionValues<typeof APPLY_OPTIONS>;
/** What the user gives `info`; see {@linkcode CorrectOptions}. */
export type InfoOptions = OptionValues<typeof INFO_OPTIONS>;
