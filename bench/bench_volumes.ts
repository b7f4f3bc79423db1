/**
 * What the benches of intensities and storage work on: a cube out of the OCT phantom, in three sections.
 *
 * @module
 */

import { octPhantom } from "../src/phantom/oct.ts";
import { type Shape3, type Triple, voxelCount, wholeBox } from "../src/volume.ts";
import { Random } from "../tests/helpers/random.ts";

/** Serial sections of the cube. */
export const SECTIONS = 3;

/** A cube of n^3 voxels. */
export interface Cube {
  readonly n: number;
  readonly shape: Shape3;
  /** Intensities in C order. */
  readonly data: Float32Array;
}

const cubes = new Map<number, Promise<Cube>>();

/** The cube; made once, shared by all benches, not to be changed. */
export function cubeOf(n: number): Promise<Cube> {
  const made = cubes.get(n) ?? makeCube(n);
  cubes.set(n, made);
  return made;
}

async function makeCube(n: number): Promise<Cube> {
  const shape: Shape3 = [n, n, n];
  const { source } = octPhantom({ shape, voxelSize: [0.015, 0.015, 0.015], sections: SECTIONS, seed: 2 });
  const data = new Float32Array(voxelCount(shape));
  await source.read(wholeBox(shape), data);
  return { n, shape, data };
}

/** Voxels spread over a cube, corners included: `[z, y, x]`. */
export function spreadVoxels(n: number, count = 200): Triple[] {
  const random = new Random(8);
  const inner = Array.from({ length: count }, (): Triple => [
    random.integer(0, n - 1),
    random.integer(0, n - 1),
    random.integer(0, n - 1),
  ]);
  return [[0, 0, 0], [n - 1, n - 1, n - 1], ...inner];
}
