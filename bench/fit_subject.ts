/**
 * What the benches of an iteration work on: samples of an ellipsoid in the middle of a level.
 *
 * @module
 */

import type { FitSamples, Lattice } from "../src/backends/backend.ts";
import {
  allocateFit,
  allocateIterations,
  allocateLevel,
  type FitMemory,
  type IterateScratch,
  type LevelMemory,
} from "../src/backends/ts/fit_memory.ts";
import { Arena } from "../src/wasm/arena.ts";
import { type StageFunctions, stagesOver } from "../src/wasm/module.ts";
import { splineRows3 } from "../src/n4/bspline.ts";
import { FIT_DEFAULTS } from "../src/n4/fit.ts";
import { compactSamples } from "../src/n4/samples.ts";
import { type Shape3, voxelCount } from "../src/volume.ts";
import { Random } from "../tests/helpers/random.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../tests/helpers/volumes.ts";

/** Control points of the lattice along each axis. */
export const POINTS = 11;

/** One sample in so many is checked, and one control point. */
const CHECKED = 997;

/** Who does a stage: what the backend does it with, or the loop that it is tested against. */
export type By = "WebAssembly" | "its twin";

/** A fit's memory in the middle of a level. */
export interface Subject {
  /** Samples and u. */
  readonly fit: FitMemory;
  /** Its level's arrays. */
  readonly level: LevelMemory;
  /** The log bias field. */
  readonly lattice: Lattice;
  /** The stages by WebAssembly. */
  readonly stages: StageFunctions;
  /** What they work with. */
  readonly scratch: IterateScratch;
}

/** Samples of an ellipsoid in a cube of n^3 voxels, about half of them inside. */
export function ellipsoidSamples(n: number): FitSamples {
  const shape: Shape3 = [n, n, n];
  const volume = randomVolume({ shape, seed: 5, masked: true });
  return compactSamples({ positions: voxelPositions(shape), intensity: maskedIntensity(volume) }, "exclude").samples;
}

/** The samples under a lattice of small random values, u = v. */
export function subjectOf(n: number): Subject {
  const samples = ellipsoidSamples(n);
  const points = [POINTS, POINTS, POINTS] as const;
  const random = new Random(6);
  const values = Float64Array.from({ length: voxelCount(points) }, () => random.between(-0.02, 0.02));
  const lattice = { points, values };
  const rows = splineRows3([samples.z, samples.y, samples.x], [n, n, n], points);
  const arena = new Arena();
  const fit = allocateFit(samples, arena);
  fit.u.set(samples.value);
  const level = allocateLevel(fit, { rows, lattice }, arena);
  const [scratch] = allocateIterations(FIT_DEFAULTS.bins, 1, arena);
  return { fit, level, lattice, stages: stagesOver(arena.memory), scratch };
}

/** Calls `visit` for every tile. */
export function forEachTile({ tiles }: FitMemory, visit: (tile: number) => void): void {
  for (let tile = 0; tile < tiles; tile++) visit(tile);
}

/** Plane, row and column of samples spread over the volume. */
export function* spreadSamples(
  { samples }: FitMemory,
): Generator<{ i: number; at: [z: number, y: number, x: number] }> {
  const ny = samples.y.length;
  let r = 0;
  for (let i = 0; i < samples.value.length; i += CHECKED) {
    while (samples.rowStart[r + 1] <= i) r++;
    yield { i, at: [Math.floor(r / ny), r % ny, samples.xIndex[i]] };
  }
}
