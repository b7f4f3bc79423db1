/**
 * The presets: every default of a correction has its one owner here. What the user gives goes before the preset
 * (`resolve.ts`).
 *
 * @module
 */

import { FIT_DEFAULTS } from "../n4/fit.ts";
import { sizeText } from "../plan/memory.ts";
import type { SpacingRule } from "../plan/settings.ts";
import type { CorrectOptions } from "./table.ts";

/**
 * Levels of an OME-Zarr that is written. Viewers open the coarsest first, so that there is one where the preset names
 * no target resolutions (docs/decisions/pyramid_levels.md).
 */
export const PYRAMID_DEFAULTS = { makeIsotropic: true, nLevels: "auto" } as const;

/** Most samples of a fit where the distance between them is given. */
export const MOST_SAMPLES: number = 2 ** 24;

/** Early levels are long: a surface coil's bias takes them a hundred iterations, where others meet the threshold. */
const HEAD_ITERATIONS = [200, 100, 50, 50] as const;

/**
 * A head: one field, four levels from one span, nothing but the fit and the division. ITK's and SimpleITK's numbers but
 * for the iterations, on as many voxels as matter (docs/accuracy.md).
 */
const MRI = {
  preset: "mri",
  mode: "global",
  nSerialSlices: 1,
  shrinkFactor: [1, 1, 1],
  shrinkMethod: "stride",
  shrinkGeometry: "aligned",
  maxFitSamples: 2 ** 19,
  nIterations: HEAD_ITERATIONS,
  globalNIterations: HEAD_ITERATIONS,
  controlPoints: FIT_DEFAULTS.controlPoints,
  splineDomain: "image",
  spacingRule: "spans",
  coarsen: true,
  lattice: FIT_DEFAULTS.lattice,
  nBins: FIT_DEFAULTS.bins,
  fwhm: FIT_DEFAULTS.fwhm,
  wienerNoise: FIT_DEFAULTS.wienerNoise,
  convergenceThreshold: FIT_DEFAULTS.convergenceThreshold,
  fieldScale: "centred",
  maskMethod: "otsu",
  maskRules: "robust",
  maskSpeckPx: 0,
  maskSmoothingSigma: 2,
  histogramMatch: false,
  histogramNBins: 512,
  histogramMatchPerZplane: false,
  tissueThreshold: 0,
  zprofileSmoothSigma: 0,
  zprofileEqualize: false,
  zeroMaskMode: "section",
  zeroMaskDilatePx: 0,
  nonPositive: "exclude",
  nonfinite: "keep",
  strength: 1,
  zeroOutsideMask: false,
  rescale: "none",
  outputType: "float32",
  volumeFields: "shared",
  fitVolume: "mean",
  biasLevel: 0,
  level: 0,
  backend: "auto",
  memoryLimit: 2 * 2 ** 30,
  ...PYRAMID_DEFAULTS,
} as const satisfies CorrectOptions & Derived;

/** What follows from options. */
type Derived = {
  /** How a knot spacing becomes control points. */
  readonly spacingRule: SpacingRule;
  /**
   * Whether the knot spacing is the preset's, which gives way to the samples; the user's is refused where it does not
   * fit them.
   */
  readonly coarsen: boolean;
};

/** Options that every run has a value for: all that the first preset names, but for the levels of the output. */
type Owned = Exclude<keyof typeof MRI, keyof Derived | keyof typeof PYRAMID_DEFAULTS>;

/** Every option of a run, with what the preset filled in. */
export type ResolvedOptions = CorrectOptions & Required<Pick<CorrectOptions, Owned>> & Derived;

/** The options as a user knows them, without what is derived from them. */
export function knownOptions<Options extends CorrectOptions & Partial<Derived>>(
  { spacingRule: _rule, coarsen: _coarsen, ...options }: Options,
): Omit<Options, keyof Derived> {
  return options;
}

/**
 * A stack of sections in agarose: spacing, schedule and what brings sections to one level by
 * docs/decisions/oct_preset.md, the mask by docs/decisions/tissue_mask.md.
 */
const OCT = {
  ...MRI,
  preset: "oct",
  mode: "two_pass",
  shrinkMethod: "mean",
  shrinkFactor: [4, 3, 3],
  maxFitSamples: MOST_SAMPLES,
  nIterations: [25, 25, 25],
  globalNIterations: [25, 25, 25, 25],
  splineDistanceMm: 5,
  globalSplineDistanceMm: 10,
  maskMethod: "tissue",
  maskSpeckPx: 16,
  maskSmoothingSigma: 1,
  zprofileSmoothSigma: 96,
  zeroOutsideMask: true,
  pyramidResolutions: [10, 25, 50, 100],
  nLevels: undefined,
} as const satisfies ResolvedOptions;

/** linumpy's own numbers and masks: matching, points by voxels, never refined. */
const LINUMPY = {
  ...OCT,
  preset: "linumpy",
  histogramMatch: true,
  shrinkMethod: "stride",
  shrinkFactor: [4, 4, 4],
  globalNIterations: [25, 25, 25],
  maskRules: "plain",
  maskSpeckPx: 0,
  maskSmoothingSigma: 2,
  splineDistanceMm: 2,
  zprofileSmoothSigma: 0,
  spacingRule: "points",
  lattice: "fixed",
  fieldScale: "free",
} as const satisfies ResolvedOptions;

/** The presets, by name. */
export const PRESETS = { mri: MRI, oct: OCT, linumpy: LINUMPY } as const;

/** The presets' names. */
export const PRESET_NAMES = Object.keys(PRESETS) as readonly (keyof typeof PRESETS)[];

/** Defaults of an option, as one would write them: preset to value, without presets that have none. */
export function defaultsOf(key: string): Partial<Record<keyof typeof PRESETS, string>> {
  return Object.fromEntries(PRESET_NAMES.flatMap((name) => {
    const values: Readonly<Record<string, unknown>> = PRESETS[name];
    const { [key]: value } = values;
    return value === undefined ? [] : [[name, valueText(key, value)]];
  }));
}

/** A value as one would write it. */
export function valueText(key: string, value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (key === "memoryLimit") return sizeText(Number(value));
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** A value as one would write it, or that there is none. */
export function givenText(key: string, value: unknown): string {
  return value === undefined ? "left out" : valueText(key, value);
}
