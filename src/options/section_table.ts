/**
 * The options about stacks of sections: modes, matching, the tissue mask. Names are the predecessor's, see docs/decisions.
 *
 * @module
 */

import type { Triple } from "../volume.ts";
import { atLeast, choice, number, numbers, type OptionSpecs, pair, perAxis, positive, toggle } from "./parsers.ts";

/** Types of the values of {@linkcode SECTION_OPTIONS}, which says what each of them is. */
export type SectionValues = {
  readonly mode: "global" | "per_section" | "two_pass";
  readonly nSerialSlices: number;
  readonly globalSplineDistanceMm: number;
  readonly globalNIterations: readonly number[];
  readonly globalShrinkFactor: Triple;
  readonly histogramMatch: boolean;
  readonly histogramNBins: number;
  readonly histogramMatchPerZplane: boolean;
  readonly tissueThreshold: number;
  readonly zprofileSmoothSigma: number;
  readonly winsorize: readonly [number, number];
  readonly maskSmoothingSigma: number;
  readonly zeroOutsideMask: boolean;
};

/** Options of `correct` for stacks of sections. */
export const SECTION_OPTIONS: OptionSpecs<SectionValues> = {
  mode: choice(
    {
      group: "Sections",
      help:
        "Fit one field over the volume, one over each section, or each section and then what is left over the volume.",
    },
    ["global", "per_section", "two_pass"],
  ),
  nSerialSlices: number(
    { group: "Sections", value: "<n>", help: "How many physical sections the planes of the stack are." },
    "an integer >= 1",
    atLeast(1),
  ),
  globalSplineDistanceMm: number(
    { group: "Sections", value: "<mm>", help: "Knot spacing of the first level of the fit over the volume." },
    "a number > 0",
    positive,
  ),
  globalNIterations: numbers(
    { group: "Sections", value: "<n...>", help: "Most iterations of each level of the fit over the volume." },
    32,
    "integers >= 1, one a level",
    atLeast(1),
  ),
  globalShrinkFactor: perAxis(
    { group: "Sections", value: "<n | z y x>", help: "Distance between samples of the fit over the volume, voxels." },
    "integers >= 1",
    atLeast(1),
  ),
  histogramMatch: toggle({
    group: "Matching",
    help: "Match the histogram of every section to that of the whole volume before the fit.",
  }, "--no-histogram-match"),
  histogramNBins: number(
    { group: "Matching", value: "<n>", help: "Bins of the matching histograms." },
    "an integer from 2 to 65536",
    (n) => atLeast(2)(n) && n <= 65536,
  ),
  histogramMatchPerZplane: toggle(
    { group: "Matching", help: "Match every plane by itself instead of every section." },
    "--no-histogram-match-per-zplane",
  ),
  tissueThreshold: number(
    { group: "Matching", value: "<x>", help: "Only intensities above it are matched." },
    "a number >= 0",
    (n) => n >= 0,
  ),
  zprofileSmoothSigma: number(
    {
      group: "Matching",
      value: "<planes>",
      help: "Smooth the mean tissue intensity along z by a Gaussian of this many planes; 0 leaves it.",
    },
    "a number >= 0",
    (n) => n >= 0,
  ),
  winsorize: pair(
    {
      group: "Fit samples",
      value: "<low high>",
      help: "Clip what the fit sees to these percentiles of its samples; the output is not clipped.",
    },
    "two percentiles from 0 to 100, the lower one first",
    (low, high) => low >= 0 && low < high && high <= 100,
  ),
  maskSmoothingSigma: number(
    {
      group: "Mask and voxels",
      value: "<voxels>",
      help: "Gaussian before the tissue mask, along y and x; half of it along z.",
    },
    "a number >= 0",
    (n) => n >= 0,
  ),
  zeroOutsideMask: toggle({ group: "Result", help: "Write 0 outside the mask." }, "--no-zero-outside-mask"),
};
