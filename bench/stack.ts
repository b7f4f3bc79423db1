/**
 * Stacks of any size for the benches, at the cost of a copy a voxel: the phantom's planes are worked out once, one a section and at most {@linkcode TILE} wide, and every plane of the stack
 * is its section's, moved along x by a voxel a plane and darker the deeper it lies. What is larger than the tile repeats it.
 *
 * @module
 */

import { sectionBounds, sectionOfPlane } from "../src/intensity/sections.ts";
import { ComputedSource, type RowFunction } from "../src/phantom/computed_source.ts";
import { octPhantom } from "../src/phantom/oct.ts";
import { type Shape3, type VolumeSource, wholeBox } from "../src/volume.ts";

/** Longest edge of the planes that are worked out. */
const TILE = 1024;

/** Light lost from the first plane of a section to its last, in natural logarithms. */
const LOSS = 0.8;

/** Voxel edges, mm. */
const VOXEL = [0.01, 0.01, 0.01] as const;

/** A stack and its tissue. */
export interface Stack {
  /** Intensities, float32. */
  readonly source: VolumeSource;
  /** 1 in tissue, uint8. */
  readonly mask: VolumeSource;
}

/** Makes a stack of serial sections. */
export async function makeStack(shape: Shape3, sections: number): Promise<Stack> {
  const tile: Shape3 = [sections, Math.min(TILE, shape[1]), Math.min(TILE, shape[2])];
  const phantom = octPhantom({ shape: tile, voxelSize: VOXEL, sections, seed: 5 });
  const bounds = sectionBounds(shape[0], sections);
  const section = sectionOfPlane(shape[0], bounds);
  const rowsOf = async (source: VolumeSource, loss: number): Promise<RowFunction> => {
    const planes = new Float32Array(tile[0] * tile[1] * tile[2]);
    await source.read(wholeBox(tile), planes);
    return (row, z, y, x0) => {
      const { z0, z1 } = bounds[section[z]];
      const line = (section[z] * tile[1] + y % tile[1]) * tile[2];
      const factor = Math.exp((-loss * (z - z0)) / (z1 - z0));
      for (let i = 0, at = (x0 + z - z0) % tile[2]; i < row.length; i++) {
        row[i] = factor * planes[line + at];
        if (++at === tile[2]) at = 0;
      }
    };
  };
  const [source, mask] = [await rowsOf(phantom.source, LOSS), await rowsOf(phantom.mask, 0)];
  return {
    source: new ComputedSource(shape, VOXEL, "float32", source),
    mask: new ComputedSource(shape, VOXEL, "uint8", mask),
  };
}

/** Shape of about so many GiB of float32: 256 planes, square. */
export function shapeOfGib(gib: number): Shape3 {
  const edge = 64 * Math.round(Math.sqrt(gib * 2 ** 28 / 256) / 64);
  return [256, edge, edge];
}
