/**
 * The presets: every default of a correction has its one owner here. What the user gives goes before the preset.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { ImageFormat } from "../io/image.ts";
import { FIT_DEFAULTS } from "../n4/fit.ts";
import type { CorrectSettings, FitSettings, SpacingRule } from "../plan/settings.ts";
import { flagOf } from "./parsers.ts";
import type { CorrectOptions } from "./table.ts";

/** Options that every run has a value for. */
type Owned =
  | "preset"
  | "mode"
  | "nSerialSlices"
  | "shrinkFactor"
  | "shrinkMethod"
  | "maxFitSamples"
  | "nIterations"
  | "globalNIterations"
  | "controlPoints"
  | "lattice"
  | "nBins"
  | "fwhm"
  | "wienerNoise"
  | "convergenceThreshold"
  | "maskMethod"
  | "maskSmoothingSigma"
  | "histogramMatch"
  | "histogramNBins"
  | "histogramMatchPerZplane"
  | "tissueThreshold"
  | "zprofileSmoothSigma"
  | "nonPositive"
  | "nonfinite"
  | "strength"
  | "zeroOutsideMask"
  | "rescale"
  | "outputType"
  | "volumeFields"
  | "biasLevel"
  | "level"
  | "backend"
  | "memoryLimit";

/** Every option of a run, with what the preset filled in. */
export type ResolvedOptions = CorrectOptions & Required<Pick<CorrectOptions, Owned>> & {
  /** How a knot spacing becomes control points. */
  readonly spacingRule: SpacingRule;
  /** Whether the knot spacing is the preset's, which gives way to the samples, or the user's, which is refused where it does not fit them. */
  readonly coarsen: boolean;
};

/**
 * Levels of an OME-Zarr that is written. Viewers open the coarsest first, so that there is one where the preset names no target resolutions
 * (docs/decisions/pyramid_levels.md).
 */
export const PYRAMID_DEFAULTS = { makeIsotropic: true, nLevels: "auto" } as const;

/** A head: one field, four levels from one span, nothing but the fit and the division. ITK's and SimpleITK's numbers, ANTs' shrink factor. */
const MRI = {
  preset: "mri",
  mode: "global",
  nSerialSlices: 1,
  shrinkFactor: [4, 4, 4],
  shrinkMethod: "stride",
  maxFitSamples: 2 ** 24,
  nIterations: FIT_DEFAULTS.iterations,
  globalNIterations: FIT_DEFAULTS.iterations,
  controlPoints: FIT_DEFAULTS.controlPoints,
  spacingRule: "spans",
  coarsen: true,
  lattice: FIT_DEFAULTS.lattice,
  nBins: FIT_DEFAULTS.bins,
  fwhm: FIT_DEFAULTS.fwhm,
  wienerNoise: FIT_DEFAULTS.wienerNoise,
  convergenceThreshold: FIT_DEFAULTS.convergenceThreshold,
  maskMethod: "otsu",
  maskSmoothingSigma: 2,
  histogramMatch: false,
  histogramNBins: 512,
  histogramMatchPerZplane: false,
  tissueThreshold: 0,
  zprofileSmoothSigma: 0,
  nonPositive: "exclude",
  nonfinite: "keep",
  strength: 1,
  zeroOutsideMask: false,
  rescale: "none",
  outputType: "float32",
  volumeFields: "each",
  biasLevel: 0,
  level: 0,
  backend: "auto",
  memoryLimit: 2 * 2 ** 30,
  ...PYRAMID_DEFAULTS,
} as const satisfies ResolvedOptions;

/** A stack of sections in agarose: masks and matching as the predecessor, spacing and schedule by docs/decisions/oct_preset.md. */
const OCT = {
  ...MRI,
  preset: "oct",
  mode: "two_pass",
  shrinkMethod: "mean",
  nIterations: [25, 25, 25],
  globalNIterations: [25, 25, 25],
  splineDistanceMm: 5,
  globalSplineDistanceMm: 10,
  maskMethod: "tissue",
  histogramMatch: true,
  zprofileSmoothSigma: 64,
  zeroOutsideMask: true,
  pyramidResolutions: [10, 25, 50, 100],
  nLevels: undefined,
} as const satisfies ResolvedOptions;

/** linumpy's own counts: points by voxels, never refined. */
const LINUMPY = {
  ...OCT,
  preset: "linumpy",
  shrinkMethod: "stride",
  splineDistanceMm: 2,
  zprofileSmoothSigma: 0,
  spacingRule: "points",
  lattice: "fixed",
} as const satisfies ResolvedOptions;

const PRESETS = { mri: MRI, oct: OCT, linumpy: LINUMPY } as const;

/**
 * Fills what the user left out.
 *
 * @param format of the input: a NIfTI is taken for a head, an OME-Zarr for a stack of sections.
 * @throws {UsageError} when a combination is not to be had.
 */
export function resolveOptions(given: CorrectOptions, format: ImageFormat): ResolvedOptions {
  checkOptions(given);
  const preset: ResolvedOptions = PRESETS[given.preset ?? (format === "ome-zarr" ? "oct" : "mri")];
  const { splineDistanceMm: _section, globalSplineDistanceMm: _volume, ...rest } = preset;
  const resolved = { ...rest, ...levelsOf(given), ...defined(given) };
  return defined({
    ...resolved,
    ...(given.controlPoints ? {} : splineDistances(given, preset)),
    coarsen: given.splineDistanceMm === undefined && given.globalSplineDistanceMm === undefined,
    globalNIterations: given.globalNIterations ?? given.nIterations ?? preset.globalNIterations,
    globalShrinkFactor: given.globalShrinkFactor ?? resolved.shrinkFactor ?? preset.shrinkFactor,
  }) as ResolvedOptions;
}

/** Without what is `undefined`: that is not given. */
function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** A distance that is given counts for both passes, unless the one over the volume has its own. */
function splineDistances(
  given: CorrectOptions,
  preset: ResolvedOptions,
): Pick<CorrectOptions, "splineDistanceMm" | "globalSplineDistanceMm"> {
  const section = given.splineDistanceMm ?? preset.splineDistanceMm;
  const global = given.globalSplineDistanceMm ?? given.splineDistanceMm ?? preset.globalSplineDistanceMm;
  return {
    ...(section === undefined ? {} : { splineDistanceMm: section }),
    ...(global === undefined ? {} : { globalSplineDistanceMm: global }),
  };
}

/** Levels have target resolutions or are halved: what the user gives of one takes the preset's other away. */
function levelsOf(given: CorrectOptions): Pick<CorrectOptions, "pyramidResolutions" | "nLevels"> {
  if (given.pyramidResolutions !== undefined) return { nLevels: undefined };
  return given.nLevels === undefined ? {} : { pyramidResolutions: undefined };
}

/** Checks what can be known from the options alone. @throws {UsageError} */
export function checkOptions(given: CorrectOptions): void {
  exclude(given, "splineDistanceMm", "controlPoints");
  exclude(given, "globalSplineDistanceMm", "controlPoints");
  exclude(given, "shrinkFactor", "shrinkResolutionMm");
  exclude(given, "globalShrinkFactor", "shrinkResolutionMm");
  exclude(given, "mask", "maskMethod");
  exclude(given, "quiet", "verbose");
  need(given, "maskLabel", "mask");
  need(given, "biasLevel", "saveBiasField");
  need(given, "fitVolume", "volumeFields");
}

function exclude(given: CorrectOptions, a: keyof CorrectOptions, b: keyof CorrectOptions): void {
  if (given[a] === undefined || given[b] === undefined) return;
  throw new UsageError(
    `Cannot use '${flagOf(a)}' and '${flagOf(b)}' together as one rules out the other: leave one out`,
  );
}

function need(given: CorrectOptions, a: keyof CorrectOptions, b: keyof CorrectOptions): void {
  if (given[a] === undefined || given[b] !== undefined) return;
  throw new UsageError(`Cannot use '${flagOf(a)}' as it needs '${flagOf(b)}' as well`);
}

/** The settings of the correction itself. */
export function settingsOf(options: ResolvedOptions): CorrectSettings {
  const { histogramMatch, histogramNBins, histogramMatchPerZplane, tissueThreshold, winsorize } = options;
  return {
    mode: options.mode,
    sections: options.nSerialSlices,
    sectionFit: fitSettings(options, options.nIterations, options.shrinkFactor, options.splineDistanceMm),
    globalFit: fitSettings(
      options,
      options.globalNIterations,
      options.globalShrinkFactor ?? options.shrinkFactor,
      options.globalSplineDistanceMm,
    ),
    shrinkMethod: options.shrinkMethod,
    maxFitSamples: options.maxFitSamples,
    maskMethod: options.maskMethod,
    maskSmoothingSigma: options.maskSmoothingSigma,
    ...(histogramMatch
      ? { match: { bins: histogramNBins, perPlane: histogramMatchPerZplane, threshold: tissueThreshold } }
      : {}),
    zProfileSigma: options.zprofileSmoothSigma,
    ...(winsorize ? { winsorize } : {}),
    nonPositive: options.nonPositive,
    nonfinite: options.nonfinite,
    strength: options.strength,
    zeroOutside: options.zeroOutsideMask,
    rescale: options.rescale,
    memoryLimit: options.memoryLimit,
  };
}

function fitSettings(
  options: ResolvedOptions,
  iterations: readonly number[],
  shrinkFactors: ResolvedOptions["shrinkFactor"],
  splineDistance: number | undefined,
): FitSettings {
  const { controlPoints, lattice, nBins, fwhm, wienerNoise, convergenceThreshold } = options;
  return {
    fit: { iterations, controlPoints, lattice, bins: nBins, fwhm, wienerNoise, convergenceThreshold },
    ...(splineDistance === undefined ? {} : { splineDistance }),
    spacingRule: options.spacingRule,
    coarsen: options.coarsen,
    shrinkFactors,
    ...(options.shrinkResolutionMm === undefined ? {} : { shrinkResolution: options.shrinkResolutionMm }),
  };
}

/** The presets' names. */
export const PRESET_NAMES = Object.keys(PRESETS) as readonly (keyof typeof PRESETS)[];

/** A preset as words of a command line, e.g. `shrink-factor 4 4 4`; of the others than `mri` only what they change. */
export function presetWords(name: keyof typeof PRESETS): string[] {
  const mri: Readonly<Record<string, unknown>> = MRI;
  return Object.entries(PRESETS[name]).flatMap(([key, value]) => {
    if (key === "preset" || key === "coarsen" || value === undefined) return [];
    if (name !== "mri" && JSON.stringify(mri[key]) === JSON.stringify(value)) return [];
    return [`${flagOf(key).slice(2)} ${Array.isArray(value) ? value.join(" ") : value}`];
  });
}

/** The settings of a head, for callers without a command line. */
export const DEFAULT_SETTINGS: CorrectSettings = settingsOf(MRI);
