/**
 * What `auto` makes of knot spacing and iterations: as many levels as the samples of the fit carry, from one span over
 * the longest axis on. Measured in docs/accuracy.md.
 *
 * @module
 */

import { type FitDomain, type FitOptions, knotSpacing } from "../n4/fit.ts";
import type { Triple } from "../volume.ts";
import type { FitSettings } from "./settings.ts";

/** Samples between two knots of the last level, at least, by the geometric mean of their distances. */
const SAMPLES_A_SPAN = 4;

/** Spans of the last level along the longest axis, at most: more follow anatomy. */
const MOST_SPANS = 8;

/** Most iterations of the first level; every further one has half as many, but no fewer than the least. */
const [FIRST_ITERATIONS, LEAST_ITERATIONS] = [200, 25];

/** Of a quotient that is a power of two. */
const ROUNDING = 1e-9;

/** What a fit begins with, and how long its levels are. */
interface ChosenFit {
  /** Knot spacing of the first level, mm; left out: control points are given. */
  readonly splineDistance?: number;
  /** Most iterations of each level. */
  readonly iterations: FitOptions["iterations"];
}

/**
 * Fills what is `auto`.
 *
 * @param spacing distance between samples, mm, `[z, y, x]`.
 */
export function chooseFit(
  domain: FitDomain,
  { splineDistance, fit: { iterations, controlPoints, lattice } }: FitSettings,
  spacing: Triple,
): ChosenFit {
  if (splineDistance !== "auto" && iterations !== "auto") return { splineDistance, iterations };
  const longest = Math.max(...domain.shape.map((n, a) => (n - 1) * domain.voxelSize[a])) || 1;
  const apart = spacing.filter((_, a) => domain.shape[a] > 1);
  const mean = apart.reduce((product, distance) => product * distance, 1) ** (1 / Math.max(1, apart.length));
  const finest = Math.max(SAMPLES_A_SPAN * mean, longest / MOST_SPANS);
  const halvings = (from: number) => Math.max(0, Math.floor(Math.log2(from / finest) + ROUNDING));
  const first = splineDistance === "auto" ? longest : splineDistance ?? Math.max(...knotSpacing(domain, controlPoints));
  const asked = iterations === "auto" ? halvings(first) : iterations.length - 1;
  const steps = lattice === "refine" ? asked : 0;
  return {
    splineDistance: splineDistance === "auto" ? longest / 2 ** (halvings(longest) - steps) : splineDistance,
    iterations: iterations === "auto" ? schedule(steps + 1) : iterations,
  };
}

function schedule(levels: number): number[] {
  return Array.from({ length: levels }, (_, i) => Math.max(LEAST_ITERATIONS, FIRST_ITERATIONS / 2 ** i));
}
