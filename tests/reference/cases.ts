/**
 * What the fit is compared with ITK on. Every input has a seeded smooth bias on top.
 *
 * @module
 */

import type { FitOptions } from "../../src/n4/fit.ts";
import type { Shape3, Triple } from "../../src/volume.ts";

/** Where a case's volume comes from: a head of Debian's package mricron-data, shrunk, or random blocks. */
export type CaseSource =
  | { readonly head: "ch2better" | "inia19-t1-brain"; readonly shrink: number }
  | { readonly random: Shape3; readonly seed: number };

/** One comparison. */
export interface ReferenceCase {
  /** What is special about it. */
  readonly name: string;
  /** Its volume. */
  readonly source: CaseSource;
  /** What differs from ITK's defaults; the threshold is 0 unless given, and then counts may differ. */
  readonly options: Partial<FitOptions>;
  /** `false`: no mask is given to either side. */
  readonly mask?: false;
  /** Voxels <= 0 are taken out of the mask for both sides, as our default does; else they act as ITK lets them. */
  readonly positive?: true;
  /** Confidences between 0.2 and 1, seeded. */
  readonly weighted?: true;
  /** Some voxels inside the mask become 0 and negative. */
  readonly nonPositive?: true;
  /** Voxel size in mm that is told; left out: the head's, or 1. */
  readonly voxelSize?: Triple;
  /** ITK runs on its own number of threads, as its users have it: its float32 sums then err, and its seconds count. */
  readonly threads?: "default";
  /** Only with `--all`. */
  readonly long?: true;
}

/** A level that stops by threshold. */
const STOPPING = { iterations: [50, 50, 50, 50], convergenceThreshold: 1e-3 };

const ch2better = (shrink: number): CaseSource => ({ head: "ch2better", shrink });
const inia = (shrink: number): CaseSource => ({ head: "inia19-t1-brain", shrink });
const random = (seed: number, ...shape: [number, number, number]): CaseSource => ({ random: shape, seed });

/** The comparisons, small ones first. */
export const CASES: readonly ReferenceCase[] = [
  { name: "one level", source: random(1, 22, 24, 28), options: { iterations: [20] } },
  { name: "two levels, no mask", source: random(2, 18, 20, 24), mask: false, options: { iterations: [10, 10] } },
  { name: "three levels", source: random(3, 24, 26, 28), options: { iterations: [10, 10, 10] } },
  { name: "four levels", source: random(4, 24, 26, 28), options: { iterations: [10, 10, 10, 10] } },
  {
    name: "unequal control points",
    source: random(5, 20, 24, 28),
    options: { iterations: [10, 10], controlPoints: [4, 6, 5] },
  },
  {
    name: "anisotropic voxels",
    source: random(6, 18, 26, 30),
    voxelSize: [3, 0.5, 0.75],
    options: { iterations: [10, 10] },
  },
  { name: "64 bins", source: random(7, 20, 22, 24), options: { iterations: [10, 10], bins: 64 } },
  { name: "256 bins", source: random(8, 20, 22, 24), options: { iterations: [10, 10], bins: 256 } },
  {
    name: "wide kernel, little noise",
    source: random(9, 22, 24, 28),
    options: { iterations: [10, 10], fwhm: 0.3, wienerNoise: 0.1 },
  },
  {
    name: "zeros and negatives unlogged",
    source: random(10, 22, 24, 28),
    nonPositive: true,
    options: { iterations: [10, 10] },
  },
  { name: "2-D", source: random(11, 1, 96, 110), options: { iterations: [10, 10, 10] } },
  {
    name: "2-D, no mask, unequal control points",
    source: random(12, 1, 80, 96),
    mask: false,
    options: { iterations: [10, 10], controlPoints: [4, 5, 7] },
  },
  { name: "under 5,000 voxels", source: random(13, 12, 14, 16), options: { iterations: [10, 10] } },
  { name: "confidences", source: random(14, 22, 24, 28), weighted: true, options: { iterations: [10, 10] } },
  { name: "stops by threshold", source: random(15, 24, 26, 28), options: STOPPING },
  { name: "4 x 50 iterations", source: inia(3), options: { iterations: [50, 50, 50, 50] } },
  { name: "two levels", source: inia(2), options: { iterations: [20, 20] } },
  { name: "no mask, background of zeros", source: inia(4), mask: false, options: { iterations: [10, 10] } },
  { name: "full size", source: inia(1), options: { iterations: [4, 4] } },
  { name: "four levels", source: ch2better(4), options: { iterations: [10, 10, 10, 10] } },
  { name: "unequal control points", source: ch2better(3), options: { iterations: [5, 5], controlPoints: [4, 5, 6] } },
  { name: "two levels", source: ch2better(2), options: { iterations: [3, 3] } },
  { name: "two levels", source: ch2better(2), threads: "default", options: { iterations: [3, 3] } },
  { name: "64 bins", source: ch2better(3), options: { iterations: [4], bins: 64 } },
  { name: "256 bins", source: ch2better(3), options: { iterations: [4], bins: 256 } },
  { name: "stops by threshold", source: inia(3), options: STOPPING },
  { name: "stops by threshold", source: inia(2), long: true, options: STOPPING },
  { name: "stops by threshold, zeros left out", source: ch2better(4), positive: true, long: true, options: STOPPING },
  { name: "confidences", source: inia(3), weighted: true, long: true, options: { iterations: [20, 20] } },
  { name: "4 x 50 iterations", source: inia(2), long: true, options: { iterations: [50, 50, 50, 50] } },
  { name: "4 x 50 iterations", source: ch2better(4), long: true, options: { iterations: [50, 50, 50, 50] } },
  { name: "4 x 10 iterations", source: ch2better(3), long: true, options: { iterations: [10, 10, 10, 10] } },
  { name: "4 x 10 iterations", source: inia(1), long: true, options: { iterations: [10, 10, 10, 10] } },
  {
    name: "four levels",
    source: ch2better(4),
    threads: "default",
    long: true,
    options: { iterations: [10, 10, 10, 10] },
  },
  {
    name: "4 x 50 iterations",
    source: inia(2),
    threads: "default",
    long: true,
    options: { iterations: [50, 50, 50, 50] },
  },
  {
    name: "4 x 10 iterations",
    source: ch2better(2),
    threads: "default",
    long: true,
    options: { iterations: [10, 10, 10, 10] },
  },
  { name: "4 x 10 iterations", source: ch2better(2), long: true, options: { iterations: [10, 10, 10, 10] } },
  { name: "full size", source: ch2better(1), long: true, options: { iterations: [3, 3] } },
];

/** What a case is called in tables: its volume, then what is special about it. */
export function caseTitle({ source, name, threads }: ReferenceCase): string {
  const volume = "head" in source ? `${source.head} / ${source.shrink}` : `random ${source.random.join("x")}`;
  return `${volume}: ${name}${threads ? ", ITK's own threads" : ""}`;
}

/** A bound on the largest difference, or on the correlation. */
export type Gate = { readonly max: number } | { readonly r: number };

/** Least correlation where levels end by the threshold, or where ITK's own sums err: with two threads 1.3e-5 on 2e5 voxels, 1.4e-4 on 2e6. */
const LEAST_CORRELATION = 0.999;

/**
 * The gates of docs/algorithm.md.
 *
 * @param voxels masked voxels.
 * @param threads ITK's.
 * @param stops whether a threshold ends the levels.
 */
export function gateOf(voxels: number, threads: "default" | "many", stops: boolean): Gate {
  if (stops || threads === "default") return { r: LEAST_CORRELATION };
  if (voxels < 5_000) return { max: 5e-3 };
  if (voxels <= 3e5) return { max: 5e-6 };
  return { max: voxels <= 2e6 ? 5e-5 : 2e-4 };
}

/** Whether a comparison keeps to its gate. */
export function holds(gate: Gate, max: number, r: number): boolean {
  return "max" in gate ? max <= gate.max : r > gate.r;
}
