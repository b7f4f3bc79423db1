/**
 * The presets: every default of a correction has its one owner here. What the user gives goes before the preset, the preset before nothing.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { ImageFormat } from "../io/image.ts";
import { FIT_DEFAULTS } from "../n4/fit.ts";
import { flagOf } from "./parsers.ts";
import type { CorrectOptions } from "./table.ts";
import type { CorrectSettings } from "../plan.ts";

/** Options that every run has a value for. */
export type ResolvedOptions =
  & CorrectOptions
  & Required<
    Pick<
      CorrectOptions,
      | "preset"
      | "mode"
      | "shrinkFactor"
      | "shrinkMethod"
      | "maxFitSamples"
      | "nIterations"
      | "controlPoints"
      | "lattice"
      | "nBins"
      | "fwhm"
      | "wienerNoise"
      | "convergenceThreshold"
      | "maskMethod"
      | "nonPositive"
      | "nonfinite"
      | "strength"
      | "rescale"
      | "outputType"
      | "volumeFields"
      | "biasLevel"
      | "level"
      | "backend"
      | "memoryLimit"
    >
  >;

/**
 * Levels of an OME-Zarr that is written. Viewers open the coarsest first, so that there is one where the preset names no target resolutions
 * (docs/decisions/pyramid_levels.md).
 */
export const PYRAMID_DEFAULTS = { makeIsotropic: true, nLevels: "auto" } as const;

/** A head: one field, four levels from one span, nothing but the fit and the division. ITK's and SimpleITK's numbers, ANTs' shrink factor. */
const MRI = {
  preset: "mri",
  mode: "global",
  shrinkFactor: [4, 4, 4],
  shrinkMethod: "stride",
  maxFitSamples: 2 ** 24,
  nIterations: FIT_DEFAULTS.iterations,
  controlPoints: FIT_DEFAULTS.controlPoints,
  lattice: FIT_DEFAULTS.lattice,
  nBins: FIT_DEFAULTS.bins,
  fwhm: FIT_DEFAULTS.fwhm,
  wienerNoise: FIT_DEFAULTS.wienerNoise,
  convergenceThreshold: FIT_DEFAULTS.convergenceThreshold,
  maskMethod: "otsu",
  nonPositive: "exclude",
  nonfinite: "keep",
  strength: 1,
  rescale: "none",
  outputType: "float32",
  volumeFields: "each",
  biasLevel: 0,
  level: 0,
  backend: "auto",
  memoryLimit: 2 * 2 ** 30,
  ...PYRAMID_DEFAULTS,
} as const satisfies ResolvedOptions;

/**
 * Fills what the user left out.
 *
 * @param format of the input; an OME-Zarr keeps its lattice fixed.
 * @throws {UsageError} when a preset, a mode or a combination is not to be had.
 */
export function resolveOptions(given: CorrectOptions, format: ImageFormat): ResolvedOptions {
  checkOptions(given);
  const lattice = format === "ome-zarr" ? "fixed" : MRI.lattice;
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...MRI, lattice, ...levelsOf(given), ...defined };
}

/** Levels have target resolutions or are halved: what the user gives of one takes the preset's other away. */
function levelsOf(given: CorrectOptions): Pick<CorrectOptions, "pyramidResolutions" | "nLevels"> {
  if (given.pyramidResolutions !== undefined) return { nLevels: undefined };
  return given.nLevels === undefined ? {} : { pyramidResolutions: undefined };
}

/** Checks what can be known from the options alone. @throws {UsageError} */
export function checkOptions(given: CorrectOptions): void {
  if (given.preset === "oct" || given.preset === "linumpy") {
    throw new UsageError(
      `Cannot use '--preset ${given.preset}' as this version of n4 has 'mri' alone: current value is ${given.preset}`,
    );
  }
  if (given.mode !== undefined && given.mode !== "global") {
    throw new UsageError(
      `Cannot use '--mode ${given.mode}' as this version of n4 has 'global' alone: current value is ${given.mode}`,
    );
  }
  exclude(given, "splineDistanceMm", "controlPoints");
  exclude(given, "shrinkFactor", "shrinkResolutionMm");
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
  return {
    fit: {
      iterations: options.nIterations,
      controlPoints: options.controlPoints,
      lattice: options.lattice,
      bins: options.nBins,
      fwhm: options.fwhm,
      wienerNoise: options.wienerNoise,
      convergenceThreshold: options.convergenceThreshold,
    },
    ...(options.splineDistanceMm === undefined ? {} : { splineDistance: options.splineDistanceMm }),
    shrinkFactors: options.shrinkFactor,
    ...(options.shrinkResolutionMm === undefined ? {} : { shrinkResolution: options.shrinkResolutionMm }),
    shrinkMethod: options.shrinkMethod,
    maxFitSamples: options.maxFitSamples,
    maskMethod: options.maskMethod,
    nonPositive: options.nonPositive,
    nonfinite: options.nonfinite,
    strength: options.strength,
    rescale: options.rescale,
    memoryLimit: options.memoryLimit,
  };
}

/** The settings of a head, for callers without a command line. */
export const DEFAULT_SETTINGS: CorrectSettings = settingsOf(MRI);
