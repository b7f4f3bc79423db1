/**
 * Takes the samples of a fit out of a volume, box by box. A sample belongs to the box that holds its first voxel; its whole block is read with it, so that how the volume is cut
 * changes no bit.
 *
 * @module
 */

import { planBoxes, readBlock } from "../io/boxes.ts";
import type { DenseSamples } from "../n4/samples.ts";
import { type AxisSamples, gridShape, type SampleGrid } from "../n4/shrink.ts";
import { threadsFor } from "../job.ts";
import { type Alongside, type PassContext, scan } from "../io/passes.ts";
import { type Box, boxVoxels, type VolumeSource, voxelCount } from "../volume.ts";
import type { MaskReader, NearestReader } from "./mask.ts";
import { AVERAGE_BLOCKS, type BlockAxes, type SampleRange, type SampleRanges } from "./average_blocks.ts";
import type { Matching } from "./matched.ts";

/** What is sampled, and how. */
export interface SampleRequest {
  readonly source: VolumeSource;
  readonly grid: SampleGrid;
  readonly mask: MaskReader;
  /** Confidence per voxel, on the volume's own grid. */
  readonly weights?: NearestReader;
  /** What is done to an intensity inside the mask before it is averaged. */
  readonly matching?: Matching;
  /** How boxes flow. */
  readonly passes: PassContext;
}

/** Samples of the volume's grid: raw intensities, NaN outside the mask; block means are taken over the voxels of a block inside the mask. */
export async function sampleVolume(request: SampleRequest): Promise<DenseSamples> {
  const { source, grid } = request;
  const size = voxelCount(gridShape(grid));
  const intensity = new Float32Array(size).fill(NaN);
  const weight = request.weights ? new Float32Array(size) : undefined;
  const regions = sampledRegions(source, grid, request.passes.boxVoxels);
  await scan("sample", source, request.passes, {
    regions: [...regions.keys()],
    alongside: sampleCompanions(request),
    async work(region, slot) {
      const ranges = regions.get(region);
      if (!ranges) return;
      const [data, inside] = [slot.data(region), slot.bytes(region)];
      const values = {
        region,
        data,
        inside,
        ...(weight ? { confidence: slot.extra(region) } : {}),
        ...(request.matching ? { matching: request.matching } : {}),
      };
      const axes = grid.map(({ factor, block }) => ({ factor, block })) as unknown as BlockAxes;
      const averaged = await threadsFor(request.passes.threads, data, inside).run(AVERAGE_BLOCKS, {
        ...values,
        axes,
        ranges,
      });
      place(averaged.intensity, ranges, grid, intensity);
      if (weight && averaged.weight) place(averaged.weight, ranges, grid, weight);
    },
  });
  return {
    positions: [grid[0].positions, grid[1].positions, grid[2].positions],
    intensity,
    ...(weight ? { weight } : {}),
  };
}

/** Mask bytes go to `slot.bytes`, confidences to `slot.extra`. */
function sampleCompanions({ mask, weights, passes: { threads } }: SampleRequest): Alongside {
  return {
    forwardOnly: mask.forwardOnly || (weights?.forwardOnly ?? false),
    async read(region, slot) {
      await mask.read(region, slot.data(region), slot.bytes(region), threads);
      await weights?.read(region, slot.extra(region));
    },
  };
}

/** The regions to read, with the samples in each: for every box of the volume that samples begin in, the extent of their blocks. */
function sampledRegions(source: VolumeSource, grid: SampleGrid, maxVoxels: number): Map<Box, SampleRanges> {
  const regions = new Map<Box, SampleRanges>();
  const block = readBlock(source.chunk);
  const most = Math.max(maxVoxels, voxelCount(block));
  for (const box of planBoxes(source.shape, block, maxVoxels)) {
    const ranges: SampleRanges = [
      samplesFrom(grid[0], box.z0, box.z1),
      samplesFrom(grid[1], box.y0, box.y1),
      samplesFrom(grid[2], box.x0, box.x1),
    ];
    if (ranges.every(({ k0, k1 }) => k0 < k1)) addRegions(regions, grid, ranges, most);
  }
  return regions;
}

/** Adds the region of a range of samples; in parts, planes first, where blocks that reach out of their box make it larger than `most` voxels. */
function addRegions(regions: Map<Box, SampleRanges>, grid: SampleGrid, ranges: SampleRanges, most: number): void {
  const [[z0, z1], [y0, y1], [x0, x1]] = ranges.map(({ k0, k1 }, a) => {
    const { origin, factor, block } = grid[a];
    return [origin + k0 * factor, origin + (k1 - 1) * factor + block];
  });
  const region = { z0, z1, y0, y1, x0, x1 };
  const axis = boxVoxels(region) > most ? ranges.findIndex(({ k0, k1 }) => k1 - k0 > 1) : -1;
  if (axis < 0) {
    regions.set(region, ranges);
    return;
  }
  const { k0, k1 } = ranges[axis];
  const middle = (k0 + k1) >> 1;
  for (const half of [{ k0, k1: middle }, { k0: middle, k1 }]) {
    const [z, y, x] = ranges.map((range, a) => (a === axis ? half : range));
    addRegions(regions, grid, [z, y, x], most);
  }
}

function samplesFrom({ origin, factor, count }: AxisSamples, begin: number, end: number): SampleRange {
  const firstFrom = (voxel: number) => Math.min(count, Math.max(0, Math.ceil((voxel - origin) / factor)));
  return { k0: firstFrom(begin), k1: firstFrom(end) };
}

/** Puts the samples of a region, shape of `ranges`, where they belong in all of them. */
function place(part: Float32Array, [rz, ry, rx]: SampleRanges, [, gy, gx]: SampleGrid, all: Float32Array): void {
  const width = rx.k1 - rx.k0;
  let from = 0;
  for (let kz = rz.k0; kz < rz.k1; kz++) {
    for (let ky = ry.k0; ky < ry.k1; ky++, from += width) {
      all.set(part.subarray(from, from + width), (kz * gy.count + ky) * gx.count + rx.k0);
    }
  }
}
