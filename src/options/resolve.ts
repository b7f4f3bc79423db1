/**
 * From what the user gave to what a run works with: the preset's values for the rest, checked against each other, then
 * sorted into the settings of each fit.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { ImageFile, ImageFormat } from "../io/image.ts";
import type { CorrectSettings, FitSettings } from "../plan/settings.ts";
import { MOST_SAMPLES, PRESETS, PYRAMID_DEFAULTS, type ResolvedOptions } from "./presets.ts";
import { type AnyOptions, type OptionTable } from "./spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "./table.ts";

const SPECS: OptionTable = CORRECT_OPTIONS;

/** What an image says of its lengths, and of its volumes where it has several. */
type KnownLengths = Pick<ImageFile, "unitGiven" | "voxelSize"> & Partial<Pick<ImageFile, "times" | "volumes">>;

/** Edges of voxels above it, mm, are none of a stack of sections (docs/decisions/preset_fits.md). */
const COARSEST_SECTION_VOXEL = 0.1;

/** Rounding of an edge that is as large as may be. */
const ROUNDING = 1 + 1e-6;

/** The preset that is used: the one given, else by what the image is. */
function presetFor(
  { preset, nSerialSlices }: CorrectOptions,
  format: ImageFormat,
  lengths?: KnownLengths,
): ResolvedOptions["preset"] {
  if (preset !== undefined) return preset;
  if (format !== "ome-zarr") return "mri";
  const coarse = lengths?.unitGiven && lengths.voxelSize.every((edge) => edge > COARSEST_SECTION_VOXEL * ROUNDING);
  return coarse && nSerialSlices === undefined ? "mri" : "oct";
}

/** Whether the knot spacings of a preset for sections, in mm, mean anything for an image. */
function spacingsHold({ unitGiven, voxelSize }: KnownLengths): boolean {
  return unitGiven && voxelSize.every((edge) => edge <= COARSEST_SECTION_VOXEL * ROUNDING);
}

/**
 * Fills what the user left out.
 *
 * @param format of the input: a NIfTI is taken for a head, an OME-Zarr for a stack of sections.
 * @param lengths of the input; left out: they are those that the preset was made for.
 * @throws {UsageError} when a combination is not to be had.
 */
export function resolveOptions(given: CorrectOptions, format: ImageFormat, lengths?: KnownLengths): ResolvedOptions {
  checkOptions(given);
  const preset = presetOf(given, format, lengths);
  const { splineDistanceMm: _section, globalSplineDistanceMm: _volume, ...rest } = preset;
  const resolved = { ...rest, ...samplesOf(given), ...levelsOf(given), ...defined(given) };
  // A distance that is given counts for both passes, unless the one over the volume has its own.
  const [section, volume] = given.controlPoints ? [] : [
    given.splineDistanceMm ?? preset.splineDistanceMm,
    given.globalSplineDistanceMm ?? given.splineDistanceMm ?? preset.globalSplineDistanceMm,
  ];
  checkLattices(resolved);
  return defined({
    ...resolved,
    splineDistanceMm: section,
    globalSplineDistanceMm: volume,
    coarsen: given.splineDistanceMm === undefined && given.globalSplineDistanceMm === undefined,
    volumeFields: given.volumeFields ?? (isSeries(given, format, lengths) ? preset.volumeFields : "each"),
    globalNIterations: given.globalNIterations ?? given.nIterations ?? preset.globalNIterations,
    globalShrinkFactor: given.globalShrinkFactor ?? resolved.shrinkFactor ?? preset.shrinkFactor,
  }) as ResolvedOptions;
}

/**
 * Whether the volumes are a series, whose ratios a field of each would change: those of a NIfTI, times of one channel.
 * Channels have bias of their own.
 */
function isSeries(
  { channel }: CorrectOptions,
  format: ImageFormat,
  { times = 1, volumes }: Partial<KnownLengths> = {},
) {
  return format !== "ome-zarr" || (times > 1 && (typeof channel === "number" || times === volumes));
}

/** The preset's values, less those that do not fit the image. */
function presetOf(given: CorrectOptions, format: ImageFormat, lengths?: KnownLengths): ResolvedOptions {
  const preset: ResolvedOptions = PRESETS[presetFor(given, format, lengths)];
  // Nothing is set to 0 unless somebody said that this is a stack of sections.
  const named = given.preset !== undefined || given.nSerialSlices !== undefined || lengths === undefined;
  const zeroed = { ...preset, zeroOutsideMask: preset.zeroOutsideMask && named };
  if (!lengths || spacingsHold(lengths)) return zeroed;
  const spans = { ...zeroed, splineDistanceMm: undefined, globalSplineDistanceMm: undefined };
  return lengths.unitGiven ? spans : { ...spans, pyramidResolutions: undefined, nLevels: PYRAMID_DEFAULTS.nLevels };
}

/** Checks the rules of the fit that go together. @throws {UsageError} */
function checkLattices(
  given: Partial<ResolvedOptions>,
): void {
  const { splineDomain, shrinkGeometry, shrinkMethod, fitLevel, mode, initialModel, rescale, skipIfEven } = given;
  const refuse = (option: string, need: string, current: unknown): never => {
    throw new UsageError(`Cannot use option '${option}' as it needs ${need}: current value is ${current}`);
  };
  if (mode === "mask_only" && rescale !== "none" && rescale !== undefined) {
    refuse(`rescale: ${rescale}`, "a fit", `option 'mode: ${mode}'`);
  }
  if (skipIfEven && mode !== "global") refuse("skipIfEven", "option 'mode: global'", mode);
  if (initialModel && mode !== "global") refuse("initialModel", "option 'mode: global'", mode);
  // The verdict is on what the fit adds, and sections of the model stay.
  if (skipIfEven && initialModel) refuse("skipIfEven", "a fit without option 'initialModel'", initialModel);
  if (splineDomain === "padded" && mode !== "global") refuse("splineDomain: padded", "option 'mode: global'", mode);
  const knots = given.globalSplineDistanceMm ?? given.splineDistanceMm;
  if (splineDomain === "padded" && knots === "auto") refuse("splineDomain: padded", "a knot spacing in mm", knots);
  if (splineDomain === "padded" && initialModel) {
    refuse("splineDomain: padded", "a fit without option 'initialModel'", initialModel);
  }
  if (shrinkGeometry === "stretched" && shrinkMethod !== "stride") {
    refuse("shrinkGeometry: stretched", "option 'shrinkMethod: stride'", shrinkMethod);
  }
  if (shrinkGeometry === "stretched" && fitLevel !== undefined) {
    refuse("shrinkGeometry: stretched", "samples of the image itself, without option 'fitLevel'", fitLevel);
  }
}

/** Without what is `undefined`: that is not given. */
function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Who gives a distance between samples gets it, however many there are. */
function samplesOf(given: CorrectOptions): Pick<CorrectOptions, "maxFitSamples"> {
  const distance = given.shrinkFactor ?? given.globalShrinkFactor ?? given.shrinkResolutionMm;
  return distance === undefined ? {} : { maxFitSamples: MOST_SAMPLES };
}

/** Levels have target resolutions or are halved: what the user gives of one takes the preset's other away. */
function levelsOf(given: CorrectOptions): Pick<CorrectOptions, "pyramidResolutions" | "nLevels"> {
  if (given.pyramidResolutions !== undefined) return { nLevels: undefined };
  return given.nLevels === undefined ? {} : { pyramidResolutions: undefined };
}

/** The levels of an output whose command has no preset: those that a correction of the image would write. */
export function correctedLevels(
  { pyramidResolutions, makeIsotropic, nLevels, pyramidTranslation }: CorrectOptions,
  image: KnownLengths & Pick<ImageFile, "format">,
): ResolvedOptions {
  return resolveOptions({ pyramidResolutions, makeIsotropic, nLevels, pyramidTranslation }, image.format, image);
}

/** Checks what can be known from the options alone. @throws {UsageError} */
export function checkOptions(given: CorrectOptions): void {
  for (const [key, { excludes, requires }] of Object.entries(SPECS)) {
    if (!isGiven(given, key)) continue;
    if (excludes !== undefined && isGiven(given, excludes)) {
      const both = `option '${key}' and option '${excludes}' together`;
      throw new UsageError(`Cannot use ${both} as one rules out the other: leave one out`);
    }
    if (requires !== undefined && !isGiven(given, requires)) {
      throw new UsageError(`Cannot use option '${key}' as it needs option '${requires}' as well`);
    }
  }
}

function isGiven(given: AnyOptions, key: string): boolean {
  return given[key] !== undefined;
}

/** A sentence for each option that was given and changes nothing, for a warning. */
export function idleOptions(given: CorrectOptions, used: ResolvedOptions): string[] {
  return Object.entries(SPECS).flatMap(([key, { needs }]) => {
    if (!needs || !isGiven(given, key) || given[key as keyof CorrectOptions] === false || needs.met(used)) return [];
    return [`Option '${key}' changes nothing as it needs ${needs.text}.`];
  });
}

/** The settings of the correction itself. */
export function settingsOf(options: ResolvedOptions): CorrectSettings {
  const { histogramMatch, histogramNBins, histogramMatchPerZplane, tissueThreshold, winsorize } = options;
  return {
    mode: options.mode,
    sections: sectionsOf(options),
    sectionFit: fitSettings(options, options.nIterations, options.shrinkFactor, options.splineDistanceMm),
    globalFit: fitSettings(
      options,
      options.globalNIterations,
      options.globalShrinkFactor ?? options.shrinkFactor,
      options.globalSplineDistanceMm,
    ),
    shrinkMethod: options.shrinkMethod,
    shrinkGeometry: options.shrinkGeometry,
    maxFitSamples: options.maxFitSamples,
    maskMethod: options.maskMethod,
    refineMask: options.refineMask,
    maskRules: options.maskRules,
    maskSpecks: options.maskSpeckPx,
    maskSmoothingSigma: options.maskSmoothingSigma,
    match: histogramMatch
      ? { bins: histogramNBins, perPlane: histogramMatchPerZplane, threshold: tissueThreshold }
      : undefined,
    zProfileSigma: options.zprofileSmoothSigma,
    zProfileEqualize: options.zprofileEqualize,
    zeroMask: { mode: options.zeroMaskMode, dilation: options.zeroMaskDilatePx },
    winsorize,
    dampDark: options.weights === "dark" ? true : undefined,
    fieldScale: options.fieldScale,
    nonPositive: options.nonPositive,
    nonfinite: options.nonfinite,
    fitHalves: options.fitHalves,
    skipIfEven: options.skipIfEven,
    strength: options.strength,
    zeroOutside: options.zeroOutsideMask && !options.keepOutsideMask,
    keepOutside: options.keepOutsideMask,
    rescaleLabel: options.rescaleLabel,
    rescale: options.rescale,
    memoryLimit: options.memoryLimit,
  };
}

function sectionsOf({ nSerialSlices }: ResolvedOptions): number {
  if (nSerialSlices !== "auto") return nSerialSlices;
  throw new UsageError("Cannot correct as option 'nSerialSlices: auto' needs an image file: current input is an array");
}

function fitSettings(
  options: ResolvedOptions,
  iterations: FitSettings["fit"]["iterations"],
  shrinkFactors: ResolvedOptions["shrinkFactor"],
  splineDistance: FitSettings["splineDistance"],
): FitSettings {
  const { controlPoints, lattice, nBins, fwhm, wienerNoise, convergenceThreshold } = options;
  return {
    fit: { iterations, controlPoints, lattice, bins: nBins, fwhm, wienerNoise, convergenceThreshold },
    splineDistance,
    splineDomain: options.splineDomain,
    spacingRule: options.spacingRule,
    coarsen: options.coarsen,
    shrinkFactors,
    shrinkResolution: options.shrinkResolutionMm,
  };
}

/** The settings of a head, for callers without a command line. */
export const DEFAULT_SETTINGS: CorrectSettings = settingsOf(PRESETS.mri);
