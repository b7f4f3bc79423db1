/**
 * Exact percentiles of groups of planes (sections, planes) in two reads, by radix: the first read counts the upper 16
 * bits of every value, which gives the bucket of the wanted rank; the second one counts the lower 16 bits in that
 * bucket.
 *
 * A percentile is NumPy's `linear`: at rank `(n - 1) p / 100`, interpolated between two values. Non-finite values are
 * left out.
 *
 * Memory: 256 KiB for each group that is being read. A group is done as soon as all of its voxels have been seen, so
 * with boxes in C order that is the planes of a box or two.
 *
 * @module
 */

import { between, percentileRank } from "./interpolate.ts";
import { type CountedValues, RadixCounts, type RankBucket } from "./radix.ts";
import { type PassContext, scan } from "../../io/flow/passes.ts";
import { type Box, boxShape, type Shape3, type VolumeSource } from "../../volume.ts";
import { type Section, sectionOfPlane } from "../sections.ts";

/** Whose percentiles, and of what. */
export interface PercentileRequest {
  /** Runs of planes, each with a percentile of its own. */
  readonly groups: readonly Section[];
  /** 0 to 100. */
  readonly percentile: number;
  /** Leaves values <= 0 out. */
  readonly positive?: boolean;
  /** Pixels that count, ny * nx bytes, the same in every plane; left out: all. */
  readonly pixels?: Uint8Array;
}

/** What was found. */
export interface Percentiles {
  /** The percentile of each group; NaN where nothing counted. */
  readonly values: Float64Array;
  /** Values that counted, per group. */
  readonly counts: Float64Array;
}

/** The percentile of every group. Two reads. @throws {RangeError} when the percentile is not from 0 to 100. */
export async function groupPercentiles(
  source: VolumeSource,
  request: PercentileRequest,
  passes: PassContext,
): Promise<Percentiles> {
  const search = new PercentileSearch(source.shape, request);
  await scan("percentile, upper bits", source, passes, { work: (box, slot) => search.addUpper(box, slot.data(box)) });
  await scan("percentile, lower bits", source, passes, { work: (box, slot) => search.addLower(box, slot.data(box)) });
  return search.result();
}

/**
 * The two rounds, for callers that have other work on the same reads. Every voxel goes through `addUpper` once, then
 * every voxel through `addLower` once; boxes in any order.
 */
export class PercentileSearch {
  readonly #request: PercentileRequest;
  readonly #groupOfPlane: Int32Array;
  readonly #columns: number;
  /** Voxels of each group not yet seen in this round. */
  readonly #missing: Float64Array;
  readonly #voxels: Float64Array;
  readonly #buckets: (RankBucket | undefined)[] = [];
  readonly #values: Float64Array;
  readonly #counts: Float64Array;
  readonly #live = new Map<number, RadixCounts>();
  readonly #spare: RadixCounts[] = [];

  /** @throws {RangeError} when the percentile is not from 0 to 100. */
  constructor([nz, ny, nx]: Shape3, request: PercentileRequest) {
    const { groups, percentile } = request;
    if (!(percentile >= 0 && percentile <= 100)) {
      const text = "Cannot find a percentile as it must be a number from 0 to 100";
      throw new RangeError(`${text}: current value is ${percentile}`);
    }
    this.#request = request;
    this.#columns = nx;
    this.#groupOfPlane = sectionOfPlane(nz, groups);
    this.#voxels = Float64Array.from(groups, ({ z0, z1 }) => (z1 - z0) * ny * nx);
    this.#missing = this.#voxels.slice();
    this.#values = new Float64Array(groups.length).fill(NaN);
    this.#counts = new Float64Array(groups.length);
  }

  /** First round. */
  addUpper(box: Box, data: Float32Array): void {
    this.#add(box, (group, counts, which) => {
      counts.addUpper(data, which);
      return () => this.#endUpper(group, counts);
    });
  }

  /** Second round. */
  addLower(box: Box, data: Float32Array): void {
    this.#add(box, (group, counts, which) => {
      const bucket = this.#buckets[group];
      if (bucket) counts.addLower(data, which, bucket);
      return () => this.#endLower(group, counts, bucket);
    });
  }

  /** The percentiles, after both rounds. */
  result(): Percentiles {
    return { values: this.#values, counts: this.#counts };
  }

  /** Gives the rows or planes of a box to their groups; calls what `count` returns once a group has been seen whole. */
  #add(box: Box, count: (group: number, counts: RadixCounts, which: CountedValues) => () => void): void {
    const [nz, ny, nx] = boxShape(box);
    const { pixels, positive = false } = this.#request;
    // Without pixels a plane of the box is one run of values, with them a row is.
    const [runs, length] = pixels ? [ny, nx] : [1, ny * nx];
    for (let k = 0; k < nz; k++) {
      const group = this.#groupOfPlane[box.z0 + k];
      if (group < 0) continue;
      let end = () => {};
      for (let r = 0; r < runs; r++) {
        const begin = (k * runs + r) * length;
        const firstPixel = (box.y0 + r) * this.#columns + box.x0;
        const run = { begin, end: begin + length, positive, firstPixel };
        // Without the property, rather than with `undefined`, the loops over values are a seventh faster.
        end = count(group, this.#countsOf(group), pixels ? { ...run, pixels } : run);
      }
      this.#missing[group] -= ny * nx;
      if (this.#missing[group] === 0) end();
    }
  }

  #endUpper(group: number, counts: RadixCounts): void {
    this.#counts[group] = counts.total;
    this.#buckets[group] = counts.bucketOf(Math.floor(percentileRank(counts.total, this.#request.percentile)));
    this.#missing[group] = this.#voxels[group];
    this.#release(group, counts);
  }

  #endLower(group: number, counts: RadixCounts, bucket: RankBucket | undefined): void {
    if (bucket && this.#counts[group] > 0) {
      const rank = percentileRank(this.#counts[group], this.#request.percentile);
      const [below, above] = counts.neighbours(bucket);
      this.#values[group] = between(below, above, rank - Math.floor(rank));
    }
    this.#release(group, counts);
  }

  #countsOf(group: number): RadixCounts {
    const counts = this.#live.get(group) ?? this.#spare.pop() ?? new RadixCounts();
    this.#live.set(group, counts);
    return counts;
  }

  #release(group: number, counts: RadixCounts): void {
    this.#live.delete(group);
    this.#spare.push(counts.clear());
  }
}
