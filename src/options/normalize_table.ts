/**
 * The options of `normalize`.
 *
 * @module
 */

import type { OptionTable, OptionValues } from "./spec.ts";
import { PYRAMID_OPTIONS } from "./pyramid_table.ts";
import { INPUT_OPTIONS, RUN_OPTIONS } from "./run_table.ts";
import { STORAGE_OPTIONS } from "./storage_table.ts";
import { CORRECT_OPTIONS } from "./table.ts";

/** Options of `normalize`. */
export const NORMALIZE_OPTIONS = {
  percentileMax: {
    type: "number",
    above: 0,
    to: 100,
    metavar: "p",
    group: "Normalisation",
    help: "Percentile of each plane above which it is clipped; default: 99.9.",
  },
  agaroseSigma: {
    type: "number",
    from: 0,
    metavar: "pixels",
    group: "Normalisation",
    help:
      "Standard deviation of the Gaussian over the mean of all planes, from which Otsu separates the agarose; default: 1.",
  },
  zeroAgarose: {
    type: "flag",
    group: "Normalisation",
    help: "Write 0 at every pixel of the agarose, also where it is brighter than its median.",
  },
  nonfinite: CORRECT_OPTIONS.nonfinite,
  ...PYRAMID_OPTIONS,
  ...STORAGE_OPTIONS,
  ...INPUT_OPTIONS,
  ...RUN_OPTIONS,
} as const satisfies OptionTable;

/** What the user gave `normalize`. */
export type NormalizeFileOptions = OptionValues<typeof NORMALIZE_OPTIONS>;
