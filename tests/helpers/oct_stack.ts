/**
 * Small stacks of sections for tests and goldens: oblique tissue with a dark ventricle in agarose, sections of different brightness that darken with depth, speckle, and where asked
 * rows that were never imaged, a section without light, and values that are not finite.
 *
 * @module
 */

import { type Shape3, voxelCount } from "../../src/volume.ts";
import { sectionBounds } from "../../src/intensity/sections.ts";
import { forEachVoxel } from "./volumes.ts";
import { Random } from "./random.ts";

/** What a stack is made of. */
export interface OctStackOptions {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Seed of everything random in it. */
  readonly seed: number;
  /** Sections along z. */
  readonly sections: number;
  /** Factor on everything; left out: 1. */
  readonly scale?: number;
  /** The first two rows of every plane are 0. */
  readonly unimaged?: boolean;
  /** This section is 0. */
  readonly dark?: number;
}

/** A stack, C order. */
export function octStack(options: OctStackOptions): Float32Array {
  const { shape, seed, sections, scale = 1 } = options;
  const [nz, ny, nx] = shape;
  const random = new Random(seed);
  const bounds = sectionBounds(nz, sections);
  const brightness = bounds.map(() => random.between(0.6, 1.2));
  const out = new Float32Array(voxelCount(shape));
  forEachVoxel(shape, (i, z, y, x) => {
    const s = bounds.findIndex(({ z1 }) => z < z1);
    const depth = (z - bounds[s].z0) / (bounds[s].z1 - bounds[s].z0);
    const [v, u] = [(2 * y) / ny - 0.9 - (0.3 * z) / nz, (2 * x) / nx - 1 + (0.2 * z) / nz];
    const tissue = v * v + u * u < 0.5 && v * v + 2 * u * u > 0.03;
    const speckle = -0.25 *
      Math.log((1 - random.uniform()) * (1 - random.uniform()) * (1 - random.uniform()) * (1 - random.uniform()));
    out[i] = scale * (tissue ? 0.5 : 0.06) * brightness[s] * (1 - 0.3 * depth) * speckle;
    if ((options.unimaged && y < 2) || s === options.dark) out[i] = 0;
  });
  return out;
}
