/**
 * What a command line of ANTs' N4BiasFieldCorrection asks for, in the options of `n4 correct`: its defaults, its fit,
 * its rescaling, its way with voxels outside the mask.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import type { CorrectOptions } from "../../options/table.ts";
import type { Triple } from "../../volume.ts";
import type { AntsArguments, AntsOption, AntsValue } from "./arguments.ts";

/** A correction as ANTs' command line asks for it. */
export interface AntsRequest {
  readonly input: string;
  readonly output: string;
  readonly options: CorrectOptions;
  /** Whether the image must be one plane. */
  readonly planar: boolean;
  /** Whether it logs what it does. */
  readonly verbose: boolean;
  /** What the user should know, whatever `-v` says. */
  readonly warnings: readonly string[];
}

/** Variables that say how many threads there shall be, the first that is set counts. */
export const THREAD_VARIABLES: readonly string[] = [
  "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
  "NSLOTS",
  "OMP_NUM_THREADS",
];

/** The variable that chooses between ANTs' rules of the fit and our own. */
export const GEOMETRY_VARIABLE = "N4_GEOMETRY";

/** The options that say how fine the splines are. */
type Spline = Pick<CorrectOptions, "splineDistanceMm" | "controlPoints">;

/** The options of a schedule. */
type Schedule = Pick<CorrectOptions, "nIterations" | "convergenceThreshold">;

/** ITK's own, which ANTs falls back to where a list is not in brackets. */
const WITHOUT_BRACKETS: Schedule = { nIterations: [50], convergenceThreshold: 0.001 };

/** Most samples of a fit; ANTs knows no limit. */
const MOST_SAMPLES = 2 ** 26;

/**
 * Translates a command line.
 *
 * @param environment value of a variable.
 * @param cores of the machine, which bound the threads.
 * @throws {UsageError} where a value breaks its rule, or asks for what n4 has not.
 */
export function antsRequest(
  given: AntsArguments,
  environment: (name: string) => string | undefined,
  cores: number,
): AntsRequest {
  const planar = readDimension(given.get("image-dimensionality")) === 2;
  const { output, field } = readOutputs(given.get("output"));
  const mask = given.get("mask-image")?.word;
  const warnings = (["convergence", "bspline-fitting", "histogram-sharpening"] as const).flatMap((name) => {
    const value = given.get(name);
    if (!value || value.parameters.length > 0) return [];
    return [`'--${name} ${value.word}' is ignored as its values must stand in brackets, as in ANTs: '[${value.word}]'`];
  });
  const spline = readSpline(given.get("bspline-fitting"));
  const factor = numberOf("shrink-factor", given.get("shrink-factor")?.word ?? "4", { from: 1, integer: true });
  return {
    input: needed("input-image", given.get("input-image")),
    output,
    warnings,
    planar,
    verbose: isOn("verbose", given.get("verbose"), false),
    options: {
      preset: "mri",
      channel: 0,
      mask,
      maskMethod: mask === undefined ? "none" : undefined,
      weights: given.get("weight-image")?.word,
      nonPositive: "itk",
      fieldScale: "free",
      shrinkFactor: [factor, factor, factor],
      maxFitSamples: MOST_SAMPLES,
      ...readConvergence(given.get("convergence")),
      ...spline,
      ...readGeometry(given.get("n4-geometry")?.word ?? environment(GEOMETRY_VARIABLE), spline),
      ...readSharpening(given.get("histogram-sharpening")),
      ...readResult(mask, given.get("rescale-intensities")),
      saveBiasField: field,
      overwrite: true,
      nProcesses: threadsOf(environment, cores),
    },
  };
}

/** Whether a switch is on. @throws {UsageError} when it is no number or word of a switch. */
function isOn(name: AntsOption, value: AntsValue | undefined, byDefault: boolean): boolean {
  const word = value?.word.toLowerCase();
  if (word === undefined) return byDefault;
  if (["true", "1"].includes(word)) return true;
  if (["false", "0"].includes(word)) return false;
  return numberOf(name, word, {}) !== 0;
}

function needed(name: AntsOption, value: AntsValue | undefined): string {
  if (value && value.word !== "" && value.parameters.length === 0) return value.word;
  throw new UsageError(`Cannot correct as '--${name}' must name a file: current value is ${value ? "a list" : "none"}`);
}

function readDimension(value: AntsValue | undefined): 2 | 3 {
  const word = value?.word ?? "3";
  if (word === "2") return 2;
  if (word === "3") return 3;
  const more = word === "4" ? " (for a series see 'n4 correct --volume-fields')" : "";
  throw new UsageError(`Cannot correct as '--image-dimensionality' must be 2 or 3${more}: current value is ${word}`);
}

function readOutputs(value: AntsValue | undefined): { readonly output: string; readonly field?: string } {
  if (!value || value.parameters.length === 0) return { output: needed("output", value) };
  const [output, field] = value.parameters;
  for (const path of value.parameters.slice(0, 2)) {
    if (path === "") throw new UsageError("Cannot correct as '--output' must name files: current value is empty");
  }
  return { output, field };
}

function readGeometry(
  geometry: string = "ants",
  { splineDistanceMm }: Spline,
): Pick<CorrectOptions, "splineDomain" | "shrinkGeometry"> {
  if (geometry === "ants") {
    return { splineDomain: splineDistanceMm === undefined ? undefined : "padded", shrinkGeometry: "stretched" };
  }
  if (geometry === "aligned") return {};
  const rule = `'--n4-geometry' (or ${GEOMETRY_VARIABLE}) must be ants or aligned`;
  throw new UsageError(`Cannot correct as ${rule}: current value is ${geometry}`);
}

function readConvergence(value: AntsValue | undefined): Schedule {
  if (!value) return { nIterations: [50, 50, 50, 50], convergenceThreshold: 0 };
  const [levels, threshold] = value.parameters;
  if (levels === undefined) return WITHOUT_BRACKETS;
  return {
    nIterations: vectorOf("convergence", levels, { from: 1, integer: true }),
    convergenceThreshold: threshold === undefined ? 0 : numberOf("convergence", threshold, { from: 0 }),
  };
}

function readSpline(value: AntsValue | undefined): Spline {
  const [first, order = "3"] = value?.parameters ?? [];
  if (Number(order) !== 3) {
    throw new UsageError(`Cannot correct as splines of '--bspline-fitting' must be cubic: current order is ${order}`);
  }
  if (first === undefined) return { controlPoints: [4, 4, 4] };
  if (!first.includes("x")) return { splineDistanceMm: numberOf("bspline-fitting", first, { above: 0 }) };
  const spans = vectorOf("bspline-fitting", first, { from: 1, integer: true });
  if (spans.length > 3) {
    throw new UsageError(`Cannot correct as '--bspline-fitting' must have 2 or 3 spans: current value is ${first}`);
  }
  const [x, y, z = 1] = spans.map((n) => n + 3);
  const points: Triple = [spans.length === 3 ? z : 4, y, x];
  return { controlPoints: points };
}

function readSharpening(value: AntsValue | undefined): Pick<CorrectOptions, "fwhm" | "wienerNoise" | "nBins"> {
  const [fwhm = "0.15", noise = "0.01", bins = "200"] = value?.parameters ?? [];
  return {
    fwhm: numberOf("histogram-sharpening", fwhm, { above: 0 }),
    wienerNoise: numberOf("histogram-sharpening", noise, { above: 0 }),
    nBins: numberOf("histogram-sharpening", bins, { from: 2, integer: true }),
  };
}

/** With a mask voxels outside keep their values, and those whose mask is exactly 1 are mapped to the input's range. */
function readResult(
  mask: string | undefined,
  rescale: AntsValue | undefined,
): Pick<CorrectOptions, "keepOutsideMask" | "rescale" | "rescaleLabel"> {
  const wanted = isOn("rescale-intensities", rescale, true);
  if (mask === undefined) return {};
  return wanted ? { keepOutsideMask: true, rescale: "range", rescaleLabel: 1 } : { keepOutsideMask: true };
}

function threadsOf(environment: (name: string) => string | undefined, cores: number): number | undefined {
  const asked = THREAD_VARIABLES.map((name) => Number(environment(name))).find((n) => Number.isInteger(n) && n >= 1);
  return asked && Math.min(asked, cores);
}

/** What a number must be. */
interface NumberRule {
  readonly from?: number;
  readonly above?: number;
  readonly integer?: boolean;
}

function numberOf(name: AntsOption, text: string, { from, above, integer = false }: NumberRule): number {
  const value = text.trim() === "" ? NaN : Number(text);
  const holds = Number.isFinite(value) && (from === undefined || value >= from) &&
    (above === undefined || value > above) && (!integer || Number.isInteger(value));
  if (holds) return value;
  const bound = from !== undefined ? ` >= ${from}` : above !== undefined ? ` > ${above}` : "";
  const kind = integer ? "an integer" : "a number";
  throw new UsageError(`Cannot correct as '--${name}' must be ${kind}${bound}: current value is ${text}`);
}

function vectorOf(name: AntsOption, text: string, rule: NumberRule): number[] {
  return text.split("x").map((part) => numberOf(name, part, rule));
}
