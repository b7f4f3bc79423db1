/**
 * The fit: N4 as the paper describes it (Tustison et al. 2010, doi:10.1109/TMI.2010.2046908). Level by level, iterate
 * sharpening and spline fitting on the device until the field settles; between levels halve the knot spacing. Host
 * maths is float64 and small; everything that grows with the samples is the backend's.
 *
 * @module
 */

import type { FitSamples, Lattice, N4Backend, SharpenOptions } from "../backends/backend.ts";
import { perAxis, type Shape3, type Triple, voxelCount } from "../volume.ts";
import {
  inPadded,
  type PaddedShape,
  refinedPoints,
  refineLattice,
  SPLINE_ORDER,
  splineRows3,
  zeroLattice,
} from "./bspline.ts";
import { roundHalfToEven } from "./numbers.ts";
import { relativeWeights } from "./samples.ts";

/** The parameters of a fit. */
export interface FitOptions extends SharpenOptions {
  /** Most iterations of each level; its length is the number of levels. */
  readonly iterations: readonly number[];
  /** Control points of the first level along `[z, y, x]`, each >= 4. */
  readonly controlPoints: Triple;
  /** Whether each level halves the knot spacing of the one before, or keeps it. */
  readonly lattice: "refine" | "fixed";
  /** Levels before the knot spacing is halved along `[z, y, x]` for the first time; left out: none. */
  readonly refineAfter?: Triple;
  /** A level ends once the convergence measure is <= this; 0 runs every iteration. */
  readonly convergenceThreshold: number;
}

/** ITK's defaults. */
export const FIT_DEFAULTS: FitOptions = {
  iterations: [50, 50, 50, 50],
  controlPoints: [4, 4, 4],
  lattice: "refine",
  bins: 200,
  fwhm: 0.15,
  wienerNoise: 0.01,
  convergenceThreshold: 0.001,
};

/** Most control points of a lattice: 32 MiB in float64. */
const MAX_LATTICE_POINTS = 2 ** 22;

/** The course of one level. */
export interface LevelReport {
  /** Control points `[z, y, x]`. */
  readonly controlPoints: Triple;
  /** Distance between knots in mm, `[z, y, x]`; 0 along an axis of one voxel. */
  readonly knotSpacing: Triple;
  /** The convergence measure of each iteration that ran. */
  readonly convergence: readonly number[];
  /** Whether the threshold ended the level (or a constant image), rather than its last iteration. */
  readonly converged: boolean;
}

/** The grid that the field spans. */
export interface FitDomain extends PaddedShape {
  /** Voxel size in mm. */
  readonly voxelSize: Triple;
}

/** Iterations between two looks at the signal, for which an interrupt may have to wait. */
const BATCH = 25;

/** Reported after every batch of iterations. */
export interface FitProgress {
  /** Level, from 0. */
  readonly level: number;
  /** Iterations of this level done so far. */
  readonly iteration: number;
  /** The newest convergence measure. */
  readonly convergence: number;
}

/** What a fit can be given beside its options. */
export interface FitControl {
  /** Called as the fit goes on. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Iterations per call of the device, which bounds how rarely progress is reported; changes no bit. Left out: 25. */
  readonly batch?: number;
  /** Ends the fit between two calls of the device. */
  readonly signal?: AbortSignal;
  /** Filled with the corrected log intensity u of every sample when the fit is done; length M. */
  readonly corrected?: Float32Array;
}

/** The log bias field and how it came about. */
export interface FitResult {
  /** Log bias field over the domain. */
  readonly lattice: Lattice;
  /** One entry a level. */
  readonly levels: readonly LevelReport[];
}

/**
 * Fits the log bias field of samples.
 *
 * @param domain the full-resolution grid that the field spans; positions count from the first voxel of the volume.
 * @throws {RangeError} when an option breaks its rule (see {@linkcode checkFitOptions}).
 * @throws {BackendError} when the device fails.
 */
export async function fitBiasField(
  backend: N4Backend,
  samples: FitSamples,
  domain: FitDomain,
  options: FitOptions,
  control: FitControl = {},
): Promise<FitResult> {
  const sampled: Triple = [samples.z.length, samples.y.length, samples.x.length];
  checkFitOptions(options, domain.shape, sampled);
  let lattice = zeroLattice(firstPoints(options.controlPoints, domain.shape));
  const levels: LevelReport[] = [];
  await using session = await backend.openFit(relativeWeights(samples));
  for (let level = 0; level < options.iterations.length; level++) {
    if (level > 0 && options.lattice === "refine") {
      lattice = refineLattice(lattice, refinedAxes(options, domain.shape, level));
    }
    const positions = inPadded([samples.z, samples.y, samples.x], domain);
    const rows = splineRows3(positions, domain.shape, lattice.points);
    await session.beginLevel({ rows, lattice });
    const convergence: number[] = [];
    let converged = false;
    while (!converged && convergence.length < options.iterations[level]) {
      control.signal?.throwIfAborted();
      const left = options.iterations[level] - convergence.length;
      const count = Math.min(left, control.batch ?? BATCH);
      const result = await session.iterate({ ...options, count, threshold: options.convergenceThreshold });
      convergence.push(...result.convergence);
      converged = result.stopped;
      control.onProgress?.({ level, iteration: convergence.length, convergence: convergence.at(-1) ?? 0 });
    }
    lattice = await session.lattice();
    levels.push({
      controlPoints: lattice.points,
      knotSpacing: knotSpacing(domain, lattice.points),
      convergence,
      converged,
    });
  }
  if (control.corrected) await session.values(control.corrected);
  return { lattice, levels };
}

/** Control points of the first level: an axis of one voxel has the field constant along it, whatever is asked for. */
function firstPoints(asked: Triple, shape: Shape3): Triple {
  return perAxis((a) => shape[a] > 1 ? asked[a] : SPLINE_ORDER + 1);
}

/** Whether the knot spacing is halved along `[z, y, x]` at a level > 0 of a fit that refines. */
function refinedAxes({ refineAfter }: FitOptions, shape: Shape3, level: number): [boolean, boolean, boolean] {
  const [z, y, x] = perAxis((a) => shape[a] > 1 && level > (refineAfter?.[a] ?? 0));
  return [z, y, x];
}

/** Control points of a level, from 0. */
export function levelPoints(options: FitOptions, shape: Shape3, level: number): Triple {
  let points = firstPoints(options.controlPoints, shape);
  for (let i = 1; i <= level && options.lattice === "refine"; i++) {
    const refined = refinedAxes(options, shape, i);
    points = perAxis((a) => refined[a] ? refinedPoints(points[a]) : points[a]);
  }
  return points;
}

/**
 * How many levels an axis waits for its first halving, so that no knot spacing gets below the asked distance / 2^level:
 * an axis that is shorter than the distance has one span until half of the distance at the level is no longer than it,
 * to the nearest whole span.
 */
export function levelsToWait({ shape, voxelSize }: FitDomain, distance: number): Triple {
  return perAxis((a) => {
    const extent = (shape[a] - 1) * voxelSize[a];
    return extent >= distance ? 0 : Math.max(0, Math.ceil(Math.log2(1.5 * distance / extent)) - 1);
  });
}

/** Distance between knots in mm, `[z, y, x]`. */
export function knotSpacing({ shape, voxelSize }: FitDomain, points: Triple): Triple {
  return perAxis((a) => ((shape[a] - 1) * voxelSize[a]) / (points[a] - SPLINE_ORDER));
}

/**
 * Control points for a knot spacing in mm at the first level. Nothing is padded.
 *
 * @param rule `spans`: `max(1, round(extent / distance))` spans between the first and the last voxel; `points`: `max(4,
 * N voxel / distance)` points, halves rounded to even, as linumpy counts.
 */
export function controlPointsForDistance(
  { shape, voxelSize }: FitDomain,
  distance: number,
  rule: "spans" | "points" = "spans",
): Triple {
  return perAxis((a) =>
    rule === "points"
      ? Math.max(SPLINE_ORDER + 1, roundHalfToEven((shape[a] * voxelSize[a]) / distance))
      : Math.max(1, Math.round(((shape[a] - 1) * voxelSize[a]) / distance)) + SPLINE_ORDER
  );
}

/**
 * The domain of a spline that is padded to whole spans of `distance` mm, as ANTs' N4BiasFieldCorrection pads an image:
 * `ceil(extent / distance)` spans an axis, and as many more voxels, the smaller half before the first, as come nearest
 * to them. An axis of one voxel stays as it is.
 *
 * @returns the padded domain, and the control points of its first level.
 */
export function padToSpans(
  { shape, voxelSize }: FitDomain,
  distance: number,
): { readonly domain: FitDomain; readonly controlPoints: Triple } {
  // In float32, as there: a quotient next to a whole number counts as many spans here.
  const axes = perAxis((a) => {
    const extent = Math.fround((shape[a] - 1) * voxelSize[a]);
    const spans = Math.max(1, Math.ceil(Math.fround(extent / Math.fround(distance))));
    const missing = Math.fround(Math.fround(spans * Math.fround(distance)) - extent);
    return { spans, more: shape[a] > 1 ? Math.floor(missing / voxelSize[a] + 0.5) : 0 };
  });
  return {
    domain: {
      voxelSize,
      shape: perAxis((a) => shape[a] + axes[a].more),
      below: perAxis((a) => Math.floor(axes[a].more / 2)),
    },
    controlPoints: perAxis((a) => axes[a].spans + SPLINE_ORDER),
  };
}

/** Most spans of a lattice along an axis with `samples` samples; eight are harmless on any. */
export function mostSpans(samples: number): number {
  return Math.max(8, 2 * samples);
}

/**
 * Checks the options of a fit before any work.
 *
 * @param sampled samples along `[z, y, x]`.
 * @param spacing what decides how many spans there are, for the message.
 * @throws {RangeError} naming the option, its rule and its value.
 */
export function checkFitOptions(
  options: FitOptions,
  shape: Shape3,
  sampled: Triple,
  spacing = "'controlPoints'",
): void {
  const rule = (holds: boolean, name: string, text: string, value: unknown) => {
    if (!holds) {
      throw new RangeError(`Cannot fit the bias field as '${name}' must be ${text}: current value is ${value}`);
    }
  };
  const { iterations, controlPoints, bins, fwhm, wienerNoise, convergenceThreshold } = options;
  rule(iterations.length > 0, "iterations", "a list of at least one level", "empty");
  for (const n of iterations) rule(Number.isInteger(n) && n >= 1, "iterations", "integers >= 1", n);
  for (const c of controlPoints) {
    rule(Number.isInteger(c) && c >= 4, "controlPoints", "integers >= 4 (spans plus 3)", c);
  }
  rule(Number.isInteger(bins) && bins >= 2, "bins", "an integer >= 2", bins);
  rule(bins <= 2 ** 16, "bins", "<= 65536", bins);
  rule(isFinite(fwhm) && fwhm > 0, "fwhm", "a number > 0", fwhm);
  rule(isFinite(wienerNoise) && wienerNoise > 0, "wienerNoise", "a number > 0", wienerNoise);
  rule(convergenceThreshold >= 0, "convergenceThreshold", "a number >= 0", convergenceThreshold);
  const last = levelPoints(options, shape, iterations.length - 1);
  for (let a = 0; a < 3; a++) {
    const most = mostSpans(sampled[a]);
    const spans = last[a] - SPLINE_ORDER;
    if (spans <= most) continue;
    throw new RangeError(
      `Cannot fit the bias field as ${spacing} must give at most ${most} spline spans along ${
        "zyx"[a]
      } at the last of ` +
        `${iterations.length} levels, twice the ${sampled[a]} samples there: current count is ${spans}`,
    );
  }
  rule(voxelCount(last) <= MAX_LATTICE_POINTS, "lattice", `at most ${MAX_LATTICE_POINTS} points`, voxelCount(last));
}
