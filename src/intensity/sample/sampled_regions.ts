/**
 * Where samples are read: for every box that samples begin in, the extent of their blocks. Grids that share rows and
 * columns, as sections do, are read together.
 *
 * @module
 */

import { planBoxes, readBlock } from "../../io/flow/boxes.ts";
import type { AxisSamples, SampleGrid } from "../../n4/shrink.ts";
import { type Box, boxVoxels, perAxis, type VolumeSource, voxelCount } from "../../volume.ts";
import type { SampleRanges } from "./average_blocks.ts";

/** The samples of one grid in a region. */
export interface RegionPart {
  /** Its index among the grids. */
  readonly grid: number;
  /** Its samples. */
  readonly ranges: SampleRanges;
}

/** The regions to read, with the samples in each. */
type SampledRegions = ReadonlyMap<Box, readonly RegionPart[]>;

/**
 * The regions of all grids: where they share rows and columns one a box, as far as it stays within `mostVoxels` or a
 * block.
 *
 * @param grids in the order of their planes.
 * @param maxVoxels of a box. @param mostVoxels of a region, which reaches out of its box by parts of blocks; left out:
 * as many.
 */
export function sampledRegions(
  source: VolumeSource,
  grids: readonly SampleGrid[],
  maxVoxels: number,
  mostVoxels: number = maxVoxels,
): SampledRegions {
  const regions = new Map<Box, readonly RegionPart[]>();
  const block = readBlock(source.chunk);
  const most = Math.max(mostVoxels, voxelCount(block));
  for (const box of planBoxes(source.shape, block, maxVoxels)) {
    const parts = grids.flatMap((axes, grid) => {
      const extent = [[box.z0, box.z1], [box.y0, box.y1], [box.x0, box.x1]];
      const ranges = perAxis((a) => samplesFrom(axes[a], extent[a][0], extent[a][1]));
      return ranges.every(({ k0, k1 }) => k0 < k1) ? [{ grid, ranges }] : [];
    });
    if (parts.length > 0) addRegions(regions, grids, parts, most);
  }
  return regions;
}

/** The extent of the blocks of a range of samples. */
export function blocksExtent(grid: SampleGrid, ranges: SampleRanges): Box {
  const [[z0, z1], [y0, y1], [x0, x1]] = ranges.map(({ k0, k1 }, a) => {
    const { origin, factor, block } = grid[a];
    return [origin + k0 * factor, origin + (k1 - 1) * factor + block];
  });
  return { z0, z1, y0, y1, x0, x1 };
}

/** Whether the samples of two grids lie in the same rows and columns. */
export function sharesRows([, ay, ax]: SampleGrid, [, by, bx]: SampleGrid): boolean {
  const same = (a: AxisSamples, b: AxisSamples) =>
    a.factor === b.factor && a.count === b.count && a.origin === b.origin && a.block === b.block;
  return same(ay, by) && same(ax, bx);
}

/**
 * Adds the region of some parts. Where they share no rows, or their blocks make it larger than `most` voxels, adds
 * halves: grid by grid, then planes first.
 */
function addRegions(
  regions: Map<Box, readonly RegionPart[]>,
  grids: readonly SampleGrid[],
  parts: readonly RegionPart[],
  most: number,
): void {
  const extents = parts.map(({ grid, ranges }) => blocksExtent(grids[grid], ranges));
  const region = { ...extents[0], z1: Math.max(...extents.map(({ z1 }) => z1)) };
  const together = parts.every(({ grid }) => sharesRows(grids[grid], grids[parts[0].grid]));
  const [{ grid, ranges }] = parts;
  const axis = ranges.findIndex(({ k0, k1 }) => k1 - k0 > 1);
  if (together && (boxVoxels(region) <= most || (parts.length === 1 && axis < 0))) {
    regions.set(region, parts);
  } else if (parts.length > 1) {
    const middle = parts.length >> 1;
    addRegions(regions, grids, parts.slice(0, middle), most);
    addRegions(regions, grids, parts.slice(middle), most);
  } else {
    const { k0, k1 } = ranges[axis];
    const middle = (k0 + k1) >> 1;
    for (const half of [{ k0, k1: middle }, { k0: middle, k1 }]) {
      addRegions(regions, grids, [{ grid, ranges: perAxis((a) => a === axis ? half : ranges[a]) }], most);
    }
  }
}

function samplesFrom({ origin, factor, count }: AxisSamples, begin: number, end: number) {
  const firstFrom = (voxel: number) => Math.min(count, Math.max(0, Math.ceil((voxel - origin) / factor)));
  return { k0: firstFrom(begin), k1: firstFrom(end) };
}
