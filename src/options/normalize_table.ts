/**
 * The options of `normalize`.
 *
 * @module
 */

import { flag, number, type OptionSpecs, type OptionValues } from "./parsers.ts";
import { PYRAMID_OPTIONS, type PyramidValues } from "./pyramid_table.ts";
import { STORAGE_OPTIONS, type StorageValues } from "./storage_table.ts";
import { INPUT_OPTIONS, type InputValues, RUN_OPTIONS, type RunValues } from "./run_table.ts";
import type { CorrectValues } from "./correct_values.ts";
import { CORRECT_OPTIONS } from "./table.ts";

/** Types of the values of {@linkcode NORMALIZE_OPTIONS}, which says what each of them is. */
export type NormalizeValues =
  & Pick<CorrectValues, "nonfinite">
  & PyramidValues
  & StorageValues
  & InputValues
  & RunValues
  & {
    readonly percentileMax: number;
    readonly agaroseSigma: number;
    readonly zeroAgarose: boolean;
  };

/** Options of `normalize`. */
export const NORMALIZE_OPTIONS: OptionSpecs<NormalizeValues> = {
  percentileMax: number(
    {
      group: "Normalisation",
      value: "<p>",
      help: "Percentile of each plane above which it is clipped; default: 99.9.",
    },
    "a number above 0, at most 100",
    (p) => p > 0 && p <= 100,
  ),
  agaroseSigma: number(
    {
      group: "Normalisation",
      value: "<pixels>",
      help:
        "Standard deviation of the Gaussian over the mean of all planes, from which agarose is told by Otsu; default: 1.",
    },
    "a number >= 0",
    (sigma) => sigma >= 0,
  ),
  zeroAgarose: flag({
    group: "Normalisation",
    help: "Write 0 at every pixel of the agarose, also where it is brighter than its median.",
  }),
  nonfinite: CORRECT_OPTIONS.nonfinite,
  ...PYRAMID_OPTIONS,
  ...STORAGE_OPTIONS,
  ...INPUT_OPTIONS,
  ...RUN_OPTIONS,
};

/** What the user gave `normalize`. */
export type NormalizeFileOptions = OptionValues<typeof NORMALIZE_OPTIONS>;
