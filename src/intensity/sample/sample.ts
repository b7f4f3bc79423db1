/**
 * Takes the samples of a fit out of a volume, box by box. A sample belongs to the box that holds its first voxel; its
 * whole block is read with it, so that how the volume is cut changes no bit.
 *
 * @module
 */

import type { DenseSamples } from "../../n4/samples.ts";
import { gridShape, type SampleGrid } from "../../n4/shrink.ts";
import { threadsFor } from "../../thread_job.ts";
import { type Alongside, type PassContext, scan } from "../../io/flow/passes.ts";
import { SLOT_BYTES } from "../../io/flow/slots.ts";
import { type Box, boxShape, boxVoxels as countVoxels, perAxis, type VolumeSource, voxelCount } from "../../volume.ts";
import type { MaskReader, NearestReader } from "../mask/mask.ts";
import { AVERAGE_BLOCKS, type BlocksRequest, type SampleRanges } from "./average_blocks.ts";
import type { Matching } from "../match/matched.ts";
import { blocksExtent, type RegionPart, sampledRegions } from "./sampled_regions.ts";

/** Where samples are taken from, and what of. */
interface SampleOrigin {
  readonly source: VolumeSource;
  readonly mask: MaskReader;
  /** Confidence per voxel, on the volume's own grid. */
  readonly weights?: NearestReader;
  /** What is done to an intensity inside the mask before it is averaged. */
  readonly matching?: Matching;
  /** How boxes flow. */
  readonly passes: PassContext;
}

/** What is sampled, and how. */
interface SampleRequest extends SampleOrigin {
  readonly grid: SampleGrid;
}

/** Samples of a grid: raw intensities, NaN outside the mask; block means are taken over the voxels inside the mask. */
export async function sampleVolume({ grid, ...origin }: SampleRequest): Promise<DenseSamples> {
  const [samples] = await sampleGrids(origin, [grid]);
  return samples;
}

/** The samples of several grids, in the order of their planes, in one read; see {@linkcode sampleVolume}. */
export async function sampleGrids(origin: SampleOrigin, grids: readonly SampleGrid[]): Promise<DenseSamples[]> {
  const { source, passes } = origin;
  const weighted = origin.weights !== undefined;
  const all = grids.map((grid) => emptySamples(grid, weighted));
  const { regions, slots } = planRegions(origin, grids);
  await scan("sample", source, { ...passes, slots }, {
    regions: [...regions.keys()],
    alongside: sampleCompanions(origin),
    async work(region, slot) {
      const [data, inside] = [slot.data(region), slot.bytes(region)];
      const confidence = weighted ? slot.extra(region) : undefined;
      const threads = threadsFor(passes.threads, data, inside);
      await Promise.all((regions.get(region) ?? []).map(async ({ grid: index, ranges }) => {
        const [grid, samples] = [grids[index], all[index]];
        const blocks = blocksOf(region, { data, inside, confidence, matching: origin.matching }, grid, ranges);
        const { intensity, weight } = await threads.run(AVERAGE_BLOCKS, blocks);
        place(intensity, ranges, grid, samples.intensity);
        if (samples.weight && weight) place(weight, ranges, grid, samples.weight);
      }));
    },
  });
  return all;
}

/** Bytes that sampling takes for a voxel: intensity and mask, and confidence where there is one. */
const TAKEN_BYTES = 5;
const CONFIDENCE_BYTES = 4;

/**
 * The regions, and how many are in flight. Of a source in C order one region may take the memory of all boxes: in parts
 * the planes of its blocks would be read from the start again and again.
 */
function planRegions({ source, weights, passes: { boxVoxels, slots } }: SampleOrigin, grids: readonly SampleGrid[]) {
  if (!source.forwardOnly) return { regions: sampledRegions(source, grids, boxVoxels), slots };
  const bytes = TAKEN_BYTES + (weights ? CONFIDENCE_BYTES : 0);
  const room = Math.floor(slots * boxVoxels * SLOT_BYTES / bytes);
  const regions = sampledRegions(source, grids, boxVoxels, room);
  const largest = [...regions.keys()].reduce((most, region) => Math.max(most, countVoxels(region)), 1);
  return { regions, slots: Math.max(1, Math.min(slots, Math.floor(room / largest))) };
}

function emptySamples(grid: SampleGrid, weighted: boolean): DenseSamples {
  const size = voxelCount(gridShape(grid));
  return {
    positions: perAxis((a) => grid[a].positions),
    intensity: new Float32Array(size).fill(NaN),
    weight: weighted ? new Float32Array(size) : undefined,
  };
}

/** The blocks of one grid in a region: planes of it, whose rows and columns are all of the region's. */
function blocksOf(
  region: Box,
  { data, inside, confidence, matching }: Pick<BlocksRequest, "data" | "inside" | "confidence" | "matching">,
  grid: SampleGrid,
  ranges: RegionPart["ranges"],
): BlocksRequest {
  const own = blocksExtent(grid, ranges);
  const [, ny, nx] = boxShape(region);
  const [from, to] = [(own.z0 - region.z0) * ny * nx, (own.z1 - region.z0) * ny * nx];
  return {
    region: own,
    data: data.subarray(from, to),
    inside: inside.subarray(from, to),
    confidence: confidence?.subarray(from, to),
    matching,
    axes: perAxis((a) => ({ factor: grid[a].factor, block: grid[a].block })),
    ranges,
  };
}

/** Mask bytes go to `slot.bytes`, confidences to `slot.extra`. */
function sampleCompanions({ mask, weights, passes: { threads } }: SampleOrigin): Alongside {
  return {
    forwardOnly: mask.forwardOnly || (weights?.forwardOnly ?? false),
    async read(region, slot) {
      await mask.read(region, slot.data(region), slot.bytes(region), threads);
      await weights?.read(region, slot.extra(region));
    },
  };
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
