/**
 * Where outliers begin: hot and dead pixels, of which a mask must not know. Counted by the upper 16 bits of every
 * value, whole numbers that are the same in whatever order boxes come; bounds are right to the width of such a bucket,
 * 1/128 of the value.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../../thread_job.ts";
import { type Box, boxShape, changedVolume, type VolumeSource } from "../../volume.ts";
import { percentileRank } from "./interpolate.ts";
import { bucketEnds, bucketOf, RadixCounts } from "./radix.ts";
import type { CountedNumbers } from "./whole_counts.ts";

/** Values outside are outliers. */
export type Bounds = readonly [lo: number, hi: number];

/** Between these percentiles nothing is an outlier. */
const INLIERS = [0.5, 99.5] as const;

/**
 * How far beyond them, in parts of the width between them, values are clipped to; what no value lies far beyond stays
 * as it is, so that an image without outliers has the mask it would have had.
 */
const CLIPPED_TO = 0.5;

/** Values to be counted: those of `part` in `box`, which they fill. */
interface UpperRequest {
  readonly values: Float32Array;
  readonly box: Box;
  readonly part: Box;
}

/** Counts finite values by their upper 16 bits. */
export const COUNT_UPPER: Job<UpperRequest, Uint32Array> = {
  name: "count upper bits",
  work({ values, box, part }) {
    const counts = new RadixCounts();
    const [, ny, nx] = boxShape(box);
    for (let z = part.z0; z < part.z1; z++) {
      for (let y = part.y0; y < part.y1; y++) {
        const begin = ((z - box.z0) * ny + y - box.y0) * nx + part.x0 - box.x0;
        counts.addUpper(values, { begin, end: begin + part.x1 - part.x0, positive: false, firstPixel: 0 });
      }
    }
    return counts.upper;
  },
};

/** Counts of all finite values, by which outliers are found. */
export class OutlierCounts {
  readonly #counts = new Float64Array(2 ** 16);

  /** Counts the values of `part` in a box. @param threads who do it; left out: the calling thread. */
  async addBy(threads: Threads | undefined, values: Float32Array, box: Box, part: Box = box): Promise<void> {
    const upper = await threadsFor(threads, values).run(COUNT_UPPER, { values, box, part });
    for (let i = 0; i < upper.length; i++) this.#counts[i] += upper[i];
  }

  /** Counts numbers that have been counted. */
  addCounted(numbers: CountedNumbers): void {
    for (let i = 0; i < numbers.length; i += 2) this.#counts[bucketOf(numbers[i])] += numbers[i + 1];
  }

  /** Adds the counts of other values, as {@linkcode OutlierCounts.encode} gives them. */
  merge(found: Float64Array): void {
    for (let i = 0; i < found.length; i += 2) this.#counts[found[i]] += found[i + 1];
  }

  /** All that was counted: buckets that hold values, each with their number. */
  encode(): Float64Array {
    const found: number[] = [];
    this.#counts.forEach((count, bucket) => count > 0 && found.push(bucket, count));
    return Float64Array.from(found);
  }

  /** The ends of what two percentiles of the values enclose; `undefined` where one bucket holds both. */
  percentiles([low, high]: Bounds): Bounds | undefined {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return undefined;
    const [first, last] = [this.#bucket(total, low), this.#bucket(total, high)];
    return first === last ? undefined : [bucketEnds(first)[0], bucketEnds(last)[1]];
  }

  /**
   * Where values are clipped to; `undefined` where none lies more than `tolerance` times the width between the
   * percentiles beyond them.
   */
  bounds(tolerance: number, [least, most]: Bounds): Bounds | undefined {
    const inliers = this.percentiles(INLIERS);
    if (!inliers) return undefined;
    const [lo, hi] = inliers;
    const width = hi - lo;
    if (least >= lo - tolerance * width && most <= hi + tolerance * width) return undefined;
    return [lo - CLIPPED_TO * width, hi + CLIPPED_TO * width];
  }

  #bucket(total: number, percentile: number): number {
    let rank = percentileRank(total, percentile);
    let bucket = 0;
    while (rank >= this.#counts[bucket]) rank -= this.#counts[bucket++];
    return bucket;
  }
}

/** A volume with its finite values clipped. */
export function clippedSource(source: VolumeSource, [lo, hi]: Bounds): VolumeSource {
  return changedVolume(source, (values) => {
    for (let i = 0; i < values.length; i++) {
      if (values[i] > hi && values[i] !== Infinity) values[i] = hi;
      else if (values[i] < lo && values[i] !== -Infinity) values[i] = lo;
    }
  });
}

/**
 * A volume without its outliers: NaN, which takes part in nothing, more than `tolerance` times the width between the
 * percentiles beyond them.
 *
 * @param clip what {@linkcode OutlierCounts.bounds} gives.
 */
export function inlierSource(source: VolumeSource, [lo, hi]: Bounds, tolerance: number): VolumeSource {
  const far = (tolerance - CLIPPED_TO) * (hi - lo) / (1 + 2 * CLIPPED_TO);
  return changedVolume(source, (values) => {
    for (let i = 0; i < values.length; i++) if (values[i] > hi + far || values[i] < lo - far) values[i] = NaN;
  });
}
