/**
 * The types of everything that `correct` can be told.
 *
 * @module
 */

import type { Triple } from "../volume.ts";
import type { PyramidValues } from "./pyramid_table.ts";
import type { InputValues, PageValues, RunValues } from "./run_table.ts";
import type { SectionValues } from "./section_table.ts";
import type { StorageValues } from "./storage_table.ts";

/** Types of the values of `CORRECT_OPTIONS` (table.ts), which says what each of them is. */
export type CorrectValues = SectionValues & PyramidValues & StorageValues & InputValues & RunValues & PageValues & {
  readonly preset: "mri" | "oct" | "linumpy";
  readonly shrinkFactor: Triple;
  readonly shrinkResolutionMm: number;
  readonly shrinkMethod: "stride" | "mean";
  readonly maxFitSamples: number;
  readonly fitLevel: number | "auto";
  readonly nIterations: readonly number[];
  readonly splineDistanceMm: number;
  readonly controlPoints: Triple;
  readonly lattice: "refine" | "fixed";
  readonly nBins: number;
  readonly fwhm: number;
  readonly wienerNoise: number;
  readonly convergenceThreshold: number;
  readonly initialModel: string;
  readonly mask: string;
  readonly maskLabel: number;
  readonly maskMethod: "otsu" | "tissue" | "nonzero" | "none";
  readonly weights: string;
  readonly nonPositive: "exclude" | "itk";
  readonly nonfinite: "keep" | "zero" | "fail";
  readonly ignoreGeometry: boolean;
  readonly strength: number;
  readonly rescale: "none" | "mean" | "median" | "minmax";
  readonly outputType: "float32" | "input";
  readonly volumeFields: "each" | "shared";
  readonly fitVolume: number;
  readonly saveBiasField: string;
  readonly biasLevel: number;
  readonly saveBiasModel: string;
  readonly saveMask: string;
  readonly fromReport: string;
  readonly resume: boolean;
  readonly dryRun: boolean;
};
