/**
 * A volume at a coarser resolution, by means of blocks: what a fit with `shrinkMethod: "mean"` sees.
 *
 * @module
 */

import { ArrayVolume } from "../../io/array_volume.ts";
import type { PassContext } from "../../io/flow/passes.ts";
import { gridShape, sampleGrid } from "../../n4/shrink.ts";
import { perAxis, type Triple, type VolumeSource } from "../../volume.ts";
import { type MaskReader, wholeMask } from "../mask/mask.ts";
import { sampleVolume } from "../sample/sample.ts";

/**
 * Means of blocks of `factors` voxels, `[z, y, x]`, in memory. Blocks are centred: voxels left over at the borders are
 * shared out on both sides and left out. A factor is lowered where fewer than four blocks (or voxels) of an axis would
 * be left.
 *
 * @param mask which voxels count; a block with fewer than half of its voxels inside is NaN. Left out: every finite one.
 * @returns means as float32; its voxel size is the input's times the factors used.
 */
export async function downsample(
  source: VolumeSource,
  factors: Triple,
  passes: PassContext,
  mask: MaskReader = wholeMask(),
): Promise<ArrayVolume> {
  const grid = sampleGrid(source.shape, factors, "mean");
  const { intensity } = await sampleVolume({ source, grid, mask, passes });
  return new ArrayVolume(intensity, gridShape(grid), perAxis((a) => source.voxelSize[a] * grid[a].factor));
}
