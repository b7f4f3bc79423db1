/**
 * Every option once: its spelling, type, rule and help. The command line and the documentation are made from these tables; `presets.ts` owns the defaults.
 *
 * @module
 */

import type { CorrectValues } from "./correct_values.ts";
import {
  atLeast,
  choice,
  countOrAuto,
  flag,
  number,
  numbers,
  type OptionSpecs,
  type OptionValues,
  path,
  perAxis,
  positive,
} from "./parsers.ts";
import { PYRAMID_OPTIONS, type PyramidValues } from "./pyramid_table.ts";
import { INPUT_OPTIONS, type InputValues, PAGE_OPTIONS, RUN_OPTIONS, type RunValues } from "./run_table.ts";
import { SECTION_OPTIONS } from "./section_table.ts";
import { STORAGE_OPTIONS, type StorageValues } from "./storage_table.ts";

/** Options of `correct`. */
export const CORRECT_OPTIONS: OptionSpecs<CorrectValues> = {
  preset: choice({ group: "Preset", help: "Defaults for a kind of image; single options override it." }, [
    "mri",
    "oct",
    "linumpy",
  ]),
  ...SECTION_OPTIONS,

  shrinkFactor: perAxis(
    { group: "Fit samples", value: "<n | z y x>", help: "Take every n-th voxel into the fit." },
    "integers >= 1",
    atLeast(1),
  ),
  shrinkResolutionMm: number(
    {
      group: "Fit samples",
      value: "<mm>",
      help: "Choose the shrink factors so that samples lie at most this far apart.",
    },
    "a number > 0",
    positive,
  ),
  shrinkMethod: choice({ group: "Fit samples", help: "Pick single voxels, or average blocks of them." }, [
    "stride",
    "mean",
  ]),
  maxFitSamples: number(
    {
      group: "Fit samples",
      value: "<n>",
      help: "Raise the shrink factors until the grid has at most this many samples.",
    },
    "an integer >= 64",
    atLeast(64),
  ),

  fitLevel: countOrAuto({
    group: "Fit samples",
    help:
      "Take the samples from this coarser level of an OME-Zarr, which spares a read of the fine one; 'auto': from the coarsest whose voxels are no larger than the distance between samples.",
  }),

  nIterations: numbers(
    { group: "Fit", value: "<n...>", help: "Most iterations of each level; as many levels as numbers." },
    32,
    "integers >= 1, one a level",
    atLeast(1),
  ),
  splineDistanceMm: number(
    {
      group: "Fit",
      value: "<mm>",
      help: "Knot spacing of the first level; the log shows the effective spacing of every level.",
    },
    "a number > 0",
    positive,
  ),
  controlPoints: perAxis(
    { group: "Fit", value: "<n | z y x>", help: "Control points of the first level (spans plus 3)." },
    "integers >= 4",
    atLeast(4),
  ),
  lattice: choice({ group: "Fit", help: "Halve the knot spacing from level to level, or keep it." }, [
    "refine",
    "fixed",
  ]),
  nBins: number(
    { group: "Fit", value: "<n>", help: "Histogram bins." },
    "an integer from 2 to 65536",
    (n) => atLeast(2)(n) && n <= 65536,
  ),
  fwhm: number(
    { group: "Fit", value: "<x>", help: "Full width at half maximum of the bias distribution, in log intensity." },
    "a number > 0",
    positive,
  ),
  wienerNoise: number(
    { group: "Fit", value: "<x>", help: "Noise term of the Wiener filter." },
    "a number > 0",
    positive,
  ),
  convergenceThreshold: number(
    { group: "Fit", value: "<x>", help: "A level ends once the field changes less than this; 0 runs every iteration." },
    "a number >= 0",
    (n) => n >= 0,
  ),
  initialModel: path({ group: "Fit", help: "Start from a saved bias model of the same shape." }),

  mask: path({
    group: "Mask and voxels",
    help: "Fit inside this mask (NIfTI, OME-Zarr or one of its labels; another resolution is resampled by nearest).",
  }),
  maskLabel: number(
    { group: "Mask and voxels", value: "<n>", help: "The mask value that counts; default: any that is not 0." },
    "a number",
    () => true,
  ),
  maskMethod: choice({ group: "Mask and voxels", help: "How to make a mask when none is given." }, [
    "otsu",
    "tissue",
    "nonzero",
    "none",
  ]),
  weights: path({ group: "Mask and voxels", help: "Confidence of each voxel, >= 0; 0 takes it out of the fit." }),
  nonPositive: choice({
    group: "Mask and voxels",
    help: "Voxels <= 0: leave them out of the fit, or take them unlogged as ITK does.",
  }, ["exclude", "itk"]),
  nonfinite: choice({
    group: "Mask and voxels",
    help: "Voxels that are not finite: keep them, write 0, or refuse the image.",
  }, ["keep", "zero", "fail"]),
  ignoreGeometry: flag({
    group: "Mask and voxels",
    help: "Accept a mask or weights of the input's shape whose voxel size or position differs.",
  }),

  strength: number(
    { group: "Result", value: "<x>", help: "1 corrects fully, 0 not at all." },
    "a number from 0 to 1",
    (n) => n >= 0 && n <= 1,
  ),
  rescale: choice({
    group: "Result",
    help: "Hold the mean or median of the fit samples, or the width of the range in the mask, to the input's.",
  }, ["none", "mean", "median", "minmax"]),
  outputType: choice({
    group: "Result",
    help: "Numeric type of the output: float32, or the input's own (rounded and clamped, with a count).",
  }, ["float32", "input"]),
  volumeFields: choice({
    group: "Result",
    help: "With several volumes or channels: a field for each, or one for all (see --fit-volume).",
  }, ["each", "shared"]),
  fitVolume: number(
    {
      group: "Result",
      value: "<n>",
      help: "The volume that a shared field is fitted on; default: the first corrected one.",
    },
    "an integer >= 0",
    atLeast(0),
  ),
  saveBiasField: path({
    group: "Result",
    help: "Write the bias field as an image: what intensities are divided by, once they are matched if they are.",
  }),
  biasLevel: number(
    { group: "Result", value: "<n>", help: "Write the bias field at 1 / 2^n of the resolution." },
    "an integer from 0 to 16",
    (n) => atLeast(0)(n) && n <= 16,
  ),
  saveBiasModel: path({ group: "Result", help: "Write the bias model (JSON), for 'n4 apply' and --initial-model." }),
  saveMask: path({ group: "Result", help: "Write the mask that was used, as 0 and 1." }),

  ...PYRAMID_OPTIONS,
  ...STORAGE_OPTIONS,
  fromReport: path({
    group: "Run",
    help: "Repeat the run of this report; IN, OUT and options that are given count instead of its own.",
  }),
  resume: flag({
    group: "Run",
    help: "Go on with a run that was ended, or begin it where there is none: same result as of an undisturbed one.",
  }),
  dryRun: flag({ group: "Run", help: "Show the plan and stop before any voxel is read." }),
  ...INPUT_OPTIONS,
  ...RUN_OPTIONS,
  ...PAGE_OPTIONS,
};

/** Types of the values of {@linkcode APPLY_OPTIONS}, which says what each of them is. */
export type ApplyValues =
  & Pick<CorrectValues, "strength" | "nonfinite" | "outputType" | "saveBiasField">
  & PyramidValues
  & StorageValues
  & InputValues
  & RunValues;

/** Options of `apply`. */
export const APPLY_OPTIONS: OptionSpecs<ApplyValues> = {
  strength: CORRECT_OPTIONS.strength,
  nonfinite: CORRECT_OPTIONS.nonfinite,
  outputType: CORRECT_OPTIONS.outputType,
  saveBiasField: CORRECT_OPTIONS.saveBiasField,
  ...PYRAMID_OPTIONS,
  ...STORAGE_OPTIONS,
  ...INPUT_OPTIONS,
  ...RUN_OPTIONS,
};

/** Types of the values of {@linkcode INFO_OPTIONS}, which says what each of them is. */
export type InfoValues = Pick<InputValues, "level"> & {
  readonly range: boolean;
  readonly json: boolean;
};

/** Options of `info`. */
export const INFO_OPTIONS: OptionSpecs<InfoValues> = {
  level: INPUT_OPTIONS.level,
  range: flag({
    group: "Info",
    help: "Read every voxel and show the smallest and largest value, and how many are not finite or <= 0.",
  }),
  json: flag({ group: "Info", help: "Print JSON." }),
};

/** What the user gave `correct`. */
export type CorrectOptions = OptionValues<typeof CORRECT_OPTIONS>;
/** What the user gave `apply`. */
export type ApplyOptions = OptionValues<typeof APPLY_OPTIONS>;
/** What the user gave `info`. */
export type InfoOptions = OptionValues<typeof INFO_OPTIONS>;
