/**
 * The samples of one region: each the mean over its block's voxels inside the mask.
 *
 * @module
 */

import type { Job } from "../../thread_job.ts";
import { type Box, boxShape } from "../../volume.ts";
import { createMatcher, type Matcher, type Matching, matchRow } from "../match/matched.ts";

/** Samples `[k0, k1)` of an axis whose blocks begin in one region. */
interface SampleRange {
  readonly k0: number;
  readonly k1: number;
}

/** Samples along `[z, y, x]`. */
export type SampleRanges = readonly [z: SampleRange, y: SampleRange, x: SampleRange];

/** How blocks lie along an axis, voxels. */
interface BlockAxis {
  /** From one sample's first voxel to the next one's. */
  readonly factor: number;
  /** Voxels of a block along the axis. */
  readonly block: number;
}

/** A region whose blocks are averaged. */
export interface BlocksRequest {
  /** Where it lies: its first voxel is that of the first sample. */
  readonly region: Box;
  readonly data: Float32Array;
  /** One byte a voxel, 0 outside. */
  readonly inside: Uint8Array;
  /** Confidence of each voxel. */
  readonly confidence?: Float32Array;
  /** What is done to an intensity inside the mask before it is averaged. */
  readonly matching?: Matching;
  /** How its blocks lie along `[z, y, x]`. */
  readonly axes: readonly [z: BlockAxis, y: BlockAxis, x: BlockAxis];
  /** Its samples. */
  readonly ranges: SampleRanges;
}

/** Samples of a region, shape of its ranges, C order. */
interface AveragedBlocks {
  /** Mean intensities, NaN where fewer than half of a block's voxels are inside. */
  readonly intensity: Float32Array;
  /** Mean confidences, 0 where there is no sample. */
  readonly weight?: Float32Array;
}

/**
 * Averages each sample's block over its voxels inside the mask; with fewer than half of them inside there is no sample.
 */
export const AVERAGE_BLOCKS: Job<BlocksRequest, AveragedBlocks> = {
  name: "average blocks",
  work(request) {
    const { region, data, inside, confidence, axes: [gz, gy, gx], ranges } = request;
    const [, ny, nx] = boxShape(region);
    const [mz, my, mx] = ranges.map(({ k0, k1 }) => k1 - k0);
    const intensity = new Float32Array(mz * my * mx).fill(NaN);
    const weight = confidence && new Float32Array(intensity.length);
    const half = (gz.block * gy.block * gx.block) / 2;
    const sums = new RowSums(mx, gx, inside, request.matching);
    const weights = confidence && new RowSums(mx, gx, inside);
    for (let kz = 0, at = 0; kz < mz; kz++) {
      for (let ky = 0; ky < my; ky++, at += mx) {
        sums.clear();
        weights?.clear();
        for (let bz = 0; bz < gz.block; bz++) {
          const z = kz * gz.factor + bz;
          for (let by = 0; by < gy.block; by++) {
            const begin = (z * ny + ky * gy.factor + by) * nx;
            sums.add(data, begin, region.z0 + z);
            if (confidence) weights?.add(confidence, begin, region.z0 + z);
          }
        }
        sums.writeMeans(half, intensity, at);
        if (weight) weights?.writeMeans(half, weight, at);
      }
    }
    return { intensity, weight };
  },
  handsOver: ({ intensity, weight }) =>
    [intensity, weight].flatMap((array) => array ? [array.buffer as ArrayBuffer] : []),
};

/** Sums of a row of blocks over their voxels inside. Each block's voxels are added in C order. */
class RowSums {
  readonly #axis: BlockAxis;
  readonly #inside: Uint8Array;
  readonly #matching: Matching | undefined;
  readonly #matcher: Matcher | undefined;
  readonly #values: Float64Array;
  readonly #sums: Float64Array;
  readonly #counts: Int32Array;

  /**
   * @param samples blocks of the row.
   *
   * @param inside one byte a voxel, 0 outside.
   * @param matching of the values added.
   */
  constructor(samples: number, axis: BlockAxis, inside: Uint8Array, matching?: Matching) {
    this.#axis = axis;
    this.#inside = inside;
    this.#matching = matching;
    this.#matcher = matching && createMatcher(matching);
    this.#values = new Float64Array(samples === 0 ? 0 : (samples - 1) * axis.factor + axis.block);
    this.#sums = new Float64Array(samples);
    this.#counts = new Int32Array(samples);
  }

  /** Makes every block empty. */
  clear(): void {
    this.#sums.fill(0);
    this.#counts.fill(0);
  }

  /** Adds the row of voxels that begins at `begin`, on plane z, to its blocks. */
  add(data: Float32Array, begin: number, z: number): void {
    const { factor, block } = this.#axis;
    const [values, inside, sums, counts] = [this.#values, this.#inside, this.#sums, this.#counts];
    if (block < factor) return addApart({ data, inside, begin, z }, this.#axis, this.#matcher, sums, counts);
    matchRow(this.#matching, z, { values: data, inside, begin, end: begin + values.length }, values);
    if (factor === 4 && block === 4) addFours(values, inside, begin, sums, counts);
    else addBlocks(values, inside, begin, this.#axis, sums, counts);
  }

  /** Writes the means of the blocks of which at least `least` voxels are inside, from `at` on. */
  writeMeans(least: number, out: Float32Array, at: number): void {
    const [sums, counts] = [this.#sums, this.#counts];
    for (let k = 0; k < sums.length; k++) {
      if (counts[k] > 0 && counts[k] >= least) out[at + k] = sums[k] / counts[k];
    }
  }
}

/** Adds blocks of four voxels that touch. */
function addFours(
  values: Float64Array,
  inside: Uint8Array,
  begin: number,
  sums: Float64Array,
  counts: Int32Array,
): void {
  for (let k = 0, x = 0, i = begin; k < sums.length; k++, x += 4, i += 4) {
    if ((inside[i] & inside[i + 1] & inside[i + 2] & inside[i + 3]) !== 0) {
      sums[k] = sums[k] + values[x] + values[x + 1] + values[x + 2] + values[x + 3];
      counts[k] += 4;
      continue;
    }
    for (let b = 0; b < 4; b++) {
      if (inside[i + b] === 0) continue;
      sums[k] += values[x + b];
      counts[k]++;
    }
  }
}

/** Adds blocks of any kind. */
function addBlocks(
  values: Float64Array,
  inside: Uint8Array,
  begin: number,
  { factor, block }: BlockAxis,
  sums: Float64Array,
  counts: Int32Array,
): void {
  for (let k = 0; k < sums.length; k++) {
    let sum = sums[k], count = counts[k];
    for (let x = k * factor; x < k * factor + block; x++) {
      if (inside[begin + x] === 0) continue;
      sum += values[x];
      count++;
    }
    sums[k] = sum;
    counts[k] = count;
  }
}

/** A row of voxels on plane z. */
interface Row {
  readonly data: Float32Array;
  readonly inside: Uint8Array;
  readonly begin: number;
  readonly z: number;
}

/** Adds blocks with gaps between them, whose voxels alone are matched. */
function addApart(
  { data, inside, begin, z }: Row,
  { factor, block }: BlockAxis,
  matcher: Matcher | undefined,
  sums: Float64Array,
  counts: Int32Array,
): void {
  for (let k = 0; k < sums.length; k++) {
    const first = begin + k * factor;
    for (let i = first; i < first + block; i++) {
      if (inside[i] === 0) continue;
      sums[k] += matcher ? matcher(data[i], z) : data[i];
      counts[k]++;
    }
  }
}
