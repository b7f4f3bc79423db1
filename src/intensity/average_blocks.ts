/**
 * The samples of one region: each the mean over its block's voxels inside the mask.
 *
 * @module
 */

import type { Job } from "../job.ts";
import { type Box, boxShape } from "../volume.ts";
import { createMatcher, type Matching } from "./matched.ts";

/** Samples `[k0, k1)` of an axis whose blocks begin in one region. */
export interface SampleRange {
  /** First sample. */
  readonly k0: number;
  /** One past the last sample. */
  readonly k1: number;
}

/** Samples along `[z, y, x]`. */
export type SampleRanges = readonly [z: SampleRange, y: SampleRange, x: SampleRange];

/** Distance between samples and edge of a block, voxels. */
export interface BlockAxis {
  /** From one sample's first voxel to the next one's. */
  readonly factor: number;
  /** Voxels of a block along the axis. */
  readonly block: number;
}

/** Blocks along `[z, y, x]`. */
export type BlockAxes = readonly [z: BlockAxis, y: BlockAxis, x: BlockAxis];

/** A region whose blocks are averaged. */
export interface BlocksRequest {
  /** Where it lies: its first voxel is that of the first sample. */
  readonly region: Box;
  /** Its intensities. */
  readonly data: Float32Array;
  /** One byte a voxel, 0 outside. */
  readonly inside: Uint8Array;
  /** Confidence of each voxel. */
  readonly confidence?: Float32Array;
  /** What is done to an intensity inside the mask before it is averaged. */
  readonly matching?: Matching;
  /** How its blocks lie. */
  readonly axes: BlockAxes;
  /** Its samples. */
  readonly ranges: SampleRanges;
}

/** Samples of a region, shape of its ranges, C order. */
export interface AveragedBlocks {
  /** Mean intensities, NaN where fewer than half of a block's voxels are inside. */
  readonly intensity: Float32Array;
  /** Mean confidences, 0 where there is no sample. */
  readonly weight?: Float32Array;
}

/** Averages each sample's block over its voxels inside the mask; a block with fewer than half of them inside gives no sample. */
export const AVERAGE_BLOCKS: Job<BlocksRequest, AveragedBlocks> = {
  name: "average blocks",
  work({ region, data, inside, confidence, matching, axes: [gz, gy, gx], ranges }) {
    const matcher = matching && createMatcher(matching);
    const [, ny, nx] = boxShape(region);
    const [mz, my, mx] = ranges.map(({ k0, k1 }) => k1 - k0);
    const intensity = new Float32Array(mz * my * mx).fill(NaN);
    const weight = confidence && new Float32Array(intensity.length);
    const half = (gz.block * gy.block * gx.block) / 2;
    let at = 0;
    for (let kz = 0; kz < mz; kz++) {
      for (let ky = 0; ky < my; ky++) {
        for (let kx = 0; kx < mx; kx++, at++) {
          let sum = 0, weights = 0, count = 0;
          for (let bz = 0; bz < gz.block; bz++) {
            for (let by = 0; by < gy.block; by++) {
              const row = ((kz * gz.factor + bz) * ny + ky * gy.factor + by) * nx + kx * gx.factor;
              for (let i = row; i < row + gx.block; i++) {
                if (inside[i] === 0) continue;
                sum += matcher ? matcher(data[i], region.z0 + kz * gz.factor + bz) : data[i];
                if (confidence) weights += confidence[i];
                count++;
              }
            }
          }
          if (count === 0 || count < half) continue;
          intensity[at] = sum / count;
          if (weight) weight[at] = weights / count;
        }
      }
    }
    return { intensity, ...(weight ? { weight } : {}) };
  },
  handsOver: ({ intensity, weight }) =>
    [intensity, weight].flatMap((array) => array ? [array.buffer as ArrayBuffer] : []),
};
