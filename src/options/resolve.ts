/**
 * From what the user gave to what a run works with: the preset's values for the rest, checked against each other, then sorted into the settings of each fit.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { ImageFormat } from "../io/image.ts";
import type { CorrectSettings, FitSettings } from "../plan/settings.ts";
import { flagOf } from "./parsers.ts";
import { PRESETS, type ResolvedOptions } from "./presets.ts";
import type { CorrectOptions } from "./table.ts";

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

/** The settings of a head, for callers without a command line. */
export const DEFAULT_SETTINGS: CorrectSettings = settingsOf(PRESETS.mri);
