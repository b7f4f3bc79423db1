/**
 * Samples of every kind that a fit can have, for the contract.
 *
 * @module
 */

import type { FitSamples } from "../../src/backends/backend.ts";
import { compactSamples } from "../../src/n4/samples.ts";
import { sampleGrid } from "../../src/n4/shrink.ts";
import type { Shape3, Triple } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../helpers/volumes.ts";

/** Samples, the grid they lie in, and the lattice to fit. */
export interface FitInput {
  /** What is special about it. */
  readonly name: string;
  /** Full-resolution shape. */
  readonly domain: Shape3;
  /** The samples. */
  readonly samples: FitSamples;
  /** Control points of the first level. */
  readonly controlPoints: Triple;
  /** Levels; each refines. */
  readonly iterations: readonly number[];
}

function input(
  name: string,
  shape: Shape3,
  options: { masked?: boolean; weighted?: boolean; factor?: number; points?: Triple; iterations?: number[] },
): FitInput {
  const seed = name.length;
  const random = new Random(seed);
  const intensity = maskedIntensity(randomVolume({ shape, seed, masked: options.masked }));
  const weight = options.weighted ? intensity.map(() => random.between(0, 1)) : undefined;
  const factor = options.factor ?? 1;
  const domain = shape.map((n) => n * factor + factor - 1) as unknown as Shape3;
  const [z, y, x] = factor === 1
    ? voxelPositions(shape)
    : sampleGrid(domain, [factor, factor, factor], "stride").map((a) => a.positions);
  const { samples } = compactSamples({ positions: [z, y, x], intensity, weight }, "exclude");
  return {
    name,
    domain,
    samples,
    controlPoints: options.points ?? [4, 4, 4],
    iterations: options.iterations ?? [4, 4],
  };
}

/** One of each kind. */
export function fitInputs(): FitInput[] {
  return [
    input("a mask", [12, 14, 17], { masked: true }),
    input("confidences, unequal control points", [9, 12, 15], { masked: true, weighted: true, points: [4, 6, 5] }),
    input("many planes", [80, 6, 7], {}),
    input("a 2-D image", [1, 40, 33], { masked: true, iterations: [3, 3, 3] }),
    input("a column", [30, 1, 1], {}),
    input("an aligned shrunk grid", [8, 9, 11], { factor: 3, iterations: [3, 3, 3] }),
    input("a fine lattice", [12, 12, 12], { masked: true, points: [20, 20, 20], iterations: [4] }),
  ];
}
