/**
 * What `auto` makes of knot spacing and iterations: as many levels as the samples of the fit carry, from one span along
 * each axis on. Measured in docs/accuracy.md.
 *
 * @module
 */

import { SPLINE_ORDER } from "../n4/bspline.ts";
import { type FitDomain, type FitOptions, knotSpacing } from "../n4/fit.ts";
import { perAxis, type Triple } from "../volume.ts";
import type { FitSettings } from "./settings.ts";

/** Samples a span of the last level, at least: the 24 planes of an EPI carry eight spans (docs/accuracy.md). */
const SAMPLES_A_SPAN = 3;

/** Doublings of the spans along an axis, at most: more of them follow anatomy. */
const MOST_DOUBLINGS = 3;

/** Doublings of a short axis more than lengths alone would give: four times as fine as the longest, at most. */
const SHORT_DOUBLINGS = 2;

/** Most iterations of the first level; every further one has half as many, but no fewer than the least. */
const [FIRST_ITERATIONS, LEAST_ITERATIONS] = [200, 50];

/** Of a quotient that is a power of two. */
const ROUNDING = 1e-9;

/** Settings in which nothing is `auto`. */
export interface ChosenSettings extends Omit<FitSettings, "fit" | "splineDistance"> {
  readonly fit: FitOptions;
  /** Left out: the control points of `fit` count, and its `refineAfter`. */
  readonly splineDistance?: number;
}

/**
 * Fills what is `auto`.
 *
 * @param sampled samples along `[z, y, x]`.
 */
export function chooseFit(domain: FitDomain, settings: FitSettings, sampled: Triple): ChosenSettings {
  const { splineDistance, fit } = settings;
  const extents = perAxis((a) => (domain.shape[a] - 1) * domain.voxelSize[a]);
  const longest = extents.indexOf(Math.max(...extents));
  const doublings = perAxis((a) => {
    const bySamples = Math.floor(Math.log2(sampled[a] / SAMPLES_A_SPAN));
    const byLength = Math.round(MOST_DOUBLINGS + Math.log2(extents[a] / extents[longest] || 1)) + SHORT_DOUBLINGS;
    return Math.max(0, Math.min(MOST_DOUBLINGS, bySamples, byLength));
  });
  // A distance beyond the image adds no level: each of them would have the one span that the image has.
  const halvings = (distance: number) =>
    Math.max(0, Math.floor(Math.log2(Math.min(1, distance / extents[longest])) + doublings[longest] + ROUNDING));
  const asked = fit.iterations !== "auto"
    ? fit.iterations.length - 1
    : splineDistance === "auto"
    ? Math.max(...doublings)
    : halvings(splineDistance ?? knotSpacing(domain, fit.controlPoints)[longest]);
  const steps = fit.lattice === "refine" ? asked : 0;
  const iterations = fit.iterations === "auto" ? schedule(steps + 1) : fit.iterations;
  if (splineDistance !== "auto") return { ...settings, splineDistance, fit: { ...fit, iterations } };
  const controlPoints = perAxis((a) => 2 ** Math.max(0, doublings[a] - steps) + SPLINE_ORDER);
  const refineAfter = perAxis((a) => Math.max(0, steps - doublings[a]));
  return { ...settings, splineDistance: undefined, fit: { ...fit, iterations, controlPoints, refineAfter } };
}

function schedule(levels: number): number[] {
  return Array.from({ length: levels }, (_, i) => Math.max(LEAST_ITERATIONS, FIRST_ITERATIONS / 2 ** i));
}
