/**
 * The plan of one fit: its samples, its levels, their knot spacings; refused here where a rule is broken.
 *
 * @module
 */

import { SPLINE_ORDER } from "../n4/bspline.ts";
import {
  checkFitOptions,
  controlPointsForDistance,
  type FitDomain,
  type FitOptions,
  knotSpacing,
  levelPoints,
  levelsToWait,
  mostSpans,
  padToSpans,
} from "../n4/fit.ts";
import { factorsForResolution, gridShape, type SampleGrid } from "../n4/shrink.ts";
import { type Geometry, perAxis, type Triple, voxelCount } from "../volume.ts";
import { chooseFit, type ChosenSettings } from "./auto_fit.ts";
import { fitGrid, type FitGridSettings } from "./fit_grid.ts";
import type { CorrectSettings, FitSettings } from "./settings.ts";

/** One level as planned. */
export interface PlannedLevel {
  /** Control points `[z, y, x]`. */
  readonly controlPoints: Triple;
  /** Knot spacing in mm, `[z, y, x]`. */
  readonly knotSpacing: Triple;
  /** Most iterations. */
  readonly iterations: number;
}

/** One fit as planned. */
export interface FitPlan {
  /** First plane it covers. */
  readonly z0: number;
  /** One past the last plane. */
  readonly z1: number;
  /** Samples along `[z, y, x]`. */
  readonly sampled: Triple;
  /** Distance between samples, voxels; no whole numbers on a coarser level whose voxels are none. */
  readonly factors: Triple;
  /** What the field spans. */
  readonly domain: FitDomain;
  /** The fit's options, control points worked out. */
  readonly fit: FitOptions;
  /** The fit's levels. */
  readonly levels: readonly PlannedLevel[];
}

/** A fit on a sample grid of its own. */
export interface GridFitPlan extends FitPlan {
  /** Where the samples lie in the volume, and in what is read. */
  readonly grid: SampleGrid;
}

/** A fit on every n-th sample of the sections' fits, corrected by them. */
export interface JoinedFitPlan extends FitPlan {
  /** Every n-th plane, row and column of a section's samples. */
  readonly stride: Triple;
}

/** Plans the fit of the planes `[z0, z1)`. @throws {RangeError} when an option breaks its rule there. */
export function planGridFit(
  volume: Geometry,
  [z0, z1]: readonly [number, number],
  settings: FitSettings,
  where: FitGridSettings,
): GridFitPlan {
  const image: FitDomain = { shape: [z1 - z0, volume.shape[1], volume.shape[2]], voxelSize: volume.voxelSize };
  const { domain, ...first } = paddedDomain(image, settings);
  const { shape, below } = domain;
  const padded = below && { shape, below };
  const { grid, factors } = fitGrid(volume, [z0, z1], askedFactors(volume, settings), where, padded);
  const sampled = gridShape(grid);
  return { z0, z1, grid, factors, sampled, domain, ...planLevels(domain, { ...settings, ...first }, sampled) };
}

/** What the spline of a fit spans, with its control points where they follow from that. */
function paddedDomain(
  image: FitDomain,
  { splineDomain, splineDistance, fit }: FitSettings,
): { readonly domain: FitDomain } & Partial<FitSettings> {
  if (splineDomain === "image" || typeof splineDistance !== "number") return { domain: image };
  const { domain, controlPoints } = padToSpans(image, splineDistance);
  return { domain, splineDistance: undefined, fit: { ...fit, controlPoints } };
}

/** Plans the fit over all planes on the sections' samples. @throws {RangeError} when an option breaks its rule. */
export function planJoinedFit(
  volume: Geometry,
  sections: readonly GridFitPlan[],
  { sectionFit, globalFit: settings, maxFitSamples }: CorrectSettings,
): JoinedFitPlan {
  const asked = askedFactors(volume, settings);
  const fine = sections[0].factors;
  const askedFine = askedFactors(volume, sectionFit);
  const stride = perAxis((a) => Math.max(1, Math.round(asked[a] / askedFine[a])));
  const sampled = (): Triple => [
    sections.reduce((planes, section) => planes + Math.ceil(section.sampled[0] / stride[0]), 0),
    Math.ceil(sections[0].sampled[1] / stride[1]),
    Math.ceil(sections[0].sampled[2] / stride[2]),
  ];
  while (voxelCount(sampled()) > maxFitSamples) {
    const axis = sampled()[1] >= sampled()[2] ? 1 : 2;
    stride[sampled()[axis] > 1 ? axis : 0]++;
  }
  const factors = perAxis((a) => stride[a] * fine[a]);
  return {
    z0: 0,
    z1: volume.shape[0],
    stride,
    factors,
    sampled: sampled(),
    domain: volume,
    ...planLevels(volume, settings, sampled(), "globalSplineDistanceMm"),
  };
}

/**
 * Bytes of a sample that options take beside its fit: `dark` holds the grid twice more; `refine` a grid, one without
 * outliers, its samples and those corrected; `halves` two fields, their difference, and half of the samples.
 */
const BESIDE = { dark: 8, refine: 26, halves: 20, roi: 9 } as const;

/** What a fit holds beside its own samples. */
interface HeldBeside extends Pick<CorrectSettings, "dampDark" | "refineMask" | "fitHalves" | "mode"> {
  /** Whether a confidence image is read along. */
  readonly weighted: boolean;
  /** Whether a region that the correction is judged by is read. */
  readonly judged?: boolean;
}

/** Bytes of a fit at its largest: dense samples beside compact ones, then u and the lattices. */
export function fitMemory(plan: GridFitPlan | JoinedFitPlan, { weighted, ...held }: HeldBeside): number {
  const { sampled, levels } = plan;
  const samples = voxelCount(sampled);
  const lattice = Math.max(...levels.map((level) => voxelCount(level.controlPoints)));
  const dense = "grid" in plan ? samples * (weighted ? 8 : 4) : 0; // Joined samples come without a grid.
  const compact = samples * (weighted ? 10 : 6);
  const session = samples * (weighted ? 14 : 10);
  const ofVolume = held.mode === "global"
    ? (held.refineMask ? BESIDE.refine : 0) + (held.fitHalves ? BESIDE.halves : 0) + (held.judged ? BESIDE.roi : 0)
    : 0;
  const beside = samples * ((held.dampDark && "grid" in plan ? BESIDE.dark : 0) + ofVolume);
  return dense + compact + session + beside + 8 * 8 * lattice + 32 * 2 ** 20;
}

/** What a description needs beside the plan. */
interface DescribedFit extends Pick<CorrectSettings, "maxFitSamples" | "fitLevel"> {
  readonly volume: Geometry;
  /** What the fit covers. */
  readonly name: string;
}

/** A fit's plan in sentences. */
export function describeFit(
  plan: GridFitPlan | JoinedFitPlan,
  settings: FitSettings,
  { volume, name, maxFitSamples, fitLevel }: DescribedFit,
): string[] {
  const spacing = rounded(plan.factors.map((factor, a) => factor * volume.voxelSize[a]));
  const asked = askedFactors(volume, settings);
  const changed = (how: string, why: string) =>
    `Shrink factors ${how} from ${asked.join(" ")} to ${plan.factors.join(" ")} ${why}.`;
  const sentences = [
    `Fit of ${name}: samples on a grid of ${plan.sampled.join(" ")}, every ${rounded(plan.factors)} voxels, ` +
    `${spacing} mm apart.`,
  ];
  if (!fitLevel && plan.factors.some((factor, a) => factor > asked[a])) {
    sentences.push(changed("raised", `to stay within ${maxFitSamples} fit samples`));
  } else if (!fitLevel && plan.factors.some((factor, a) => factor < asked[a])) {
    const why = "stride" in plan ? "as those of the sections are" : "so that each axis keeps four samples";
    sentences.push(changed("lowered", why));
  }
  return sentences.concat(
    plan.levels.map(({ controlPoints, knotSpacing, iterations }, i) =>
      `Level ${i + 1}: ${controlPoints.join(" ")} control points, a knot every ${rounded(knotSpacing)} mm, ` +
      `at most ${iterations} iterations.`
    ),
  );
}

/** What `auto` came to, as a sentence; `undefined` where nothing is. */
export function describeChoice(
  { levels }: FitPlan,
  { splineDistance, fit }: FitSettings,
  name: string,
): string | undefined {
  if (splineDistance !== "auto" && fit.iterations !== "auto") return undefined;
  const [first, last] = [levels[0], levels[levels.length - 1]].map(({ knotSpacing }) => rounded(knotSpacing));
  const iterations = levels.map(({ iterations }) => iterations).join(" ");
  return `Chosen for the fit of ${name}: a knot every ${first} mm at the first level and every ${last} mm at the last, ` +
    `at most ${iterations} iterations.`;
}

/** Numbers to four digits, for people. */
export function rounded(values: readonly number[]): string {
  return values.map((value) => Number(value.toPrecision(4))).join(" ");
}

/** The distance between samples that the user asked for, voxels. */
export function askedFactors(volume: Geometry, { shrinkFactors, shrinkResolution }: FitSettings): Triple {
  return shrinkResolution === undefined ? shrinkFactors : factorsForResolution(volume.voxelSize, shrinkResolution);
}

/** @param distanceKey the option that the knot spacing comes from, for the message. */
function planLevels(
  domain: FitDomain,
  settings: FitSettings,
  sampled: Triple,
  distanceKey = "splineDistanceMm",
): Pick<FitPlan, "fit" | "levels"> {
  const chosen = chooseFit(domain, settings, sampled);
  const { splineDistance, spacingRule, splineDomain } = chosen;
  const waits = splineDistance !== undefined && spacingRule === "spans" && splineDomain === "image";
  const fit: FitOptions = {
    ...chosen.fit,
    controlPoints: firstControlPoints(domain, chosen, sampled),
    refineAfter: waits ? levelsToWait(domain, distanceWithin(domain, chosen)) : chosen.fit.refineAfter,
  };
  const spacing = splineDistance === undefined ? "controlPoints" : distanceKey;
  checkFitOptions(fit, domain.shape, sampled, `option '${spacing}' (and levels, option 'nIterations')`);
  const levels = fit.iterations.map((most, level) => {
    const controlPoints = levelPoints(fit, domain.shape, level);
    return { controlPoints, knotSpacing: knotSpacing(domain, controlPoints), iterations: most };
  });
  return { fit, levels };
}

/** The asked distance; a preset's is no longer than the longest axis: a small piece is refined as a large one is. */
function distanceWithin(
  { shape, voxelSize }: FitDomain,
  { splineDistance = Infinity, coarsen }: ChosenSettings,
): number {
  return coarsen
    ? Math.min(splineDistance, Math.max(...perAxis((a) => (shape[a] - 1) * voxelSize[a])))
    : splineDistance;
}

function firstControlPoints(domain: FitDomain, settings: ChosenSettings, sampled: Triple): Triple {
  const { splineDistance, spacingRule, coarsen, fit } = settings;
  if (splineDistance === undefined) return fit.controlPoints;
  const points = controlPointsForDistance(domain, splineDistance, spacingRule);
  if (!coarsen) return points;
  const halvings = fit.lattice === "refine" ? fit.iterations.length - 1 : 0;
  const most = (a: number) => Math.max(1, Math.floor(mostSpans(sampled[a]) / 2 ** halvings));
  return perAxis((a) => Math.min(points[a], most(a) + SPLINE_ORDER));
}
