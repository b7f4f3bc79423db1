/**
 * What becomes of non-finite voxels in the output: kept, written as 0, or refused. They never take part in a fit.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { type Job, type Threads, threadsFor } from "../thread_job.ts";
import type { RunLog } from "../run_log.ts";
import { type Box, boxShape } from "../volume.ts";

/** Kept as they are, written as 0, or refused. */
export type NonfinitePolicy = "keep" | "zero" | "fail";

/** Says how many voxels were not finite, where there were any. @param from what they were left out of. */
export function tellNonfinite(log: RunLog, policy: NonfinitePolicy, count: number, from = "the fit"): void {
  if (count === 0) return;
  const [voxels, kept] = count === 1 ? ["voxel is", "kept as it is"] : ["voxels are", "kept as they are"];
  const fate = policy === "zero" ? "written as 0" : kept;
  log.warn(`${count} ${voxels} not finite: left out of ${from}, ${fate} (option 'nonfinite: keep|zero|fail').`);
}

/** Values to be looked at. */
interface NonfiniteRequest {
  readonly data: Float32Array;
  /** Whether those that are not finite become 0. */
  readonly zero: boolean;
}

/** What was found. */
interface NonfiniteCount {
  /** How many are not finite. */
  readonly count: number;
  /** Index of the first of them, -1 where there is none. */
  readonly first: number;
  /** Its value; NaN where there is none. */
  readonly value: number;
}

/** Values that are checked together: 16 KiB, which stay in a core's first cache for a second look. */
export const BLOCK = 4096;

/** The bits of float32 values, as whole numbers. */
export function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

/**
 * Whether the float32 values `[begin, end)`, given by their bits, are all finite: from infinity on, adding one step of
 * the exponent to the magnitude bits reaches the sign bit.
 */
export function allFinite(bits: Int32Array, begin: number, end: number): boolean {
  let found = 0;
  let i = begin;
  for (const last = end - 3; i < last; i += 4) {
    found |= ((bits[i] & 0x7fffffff) + 0x00800000) | ((bits[i + 1] & 0x7fffffff) + 0x00800000) |
      ((bits[i + 2] & 0x7fffffff) + 0x00800000) | ((bits[i + 3] & 0x7fffffff) + 0x00800000);
  }
  for (; i < end; i++) found |= (bits[i] & 0x7fffffff) + 0x00800000;
  return found >= 0;
}

/** Finds values that are not finite. */
export const FIND_NONFINITE: Job<NonfiniteRequest, NonfiniteCount> = {
  name: "find nonfinite",
  work({ data, zero }) {
    const bits = bitsOf(data);
    let [count, first, value] = [0, -1, NaN];
    for (let begin = 0; begin < data.length; begin += BLOCK) {
      const end = Math.min(begin + BLOCK, data.length);
      if (allFinite(bits, begin, end)) continue;
      for (let i = begin; i < end; i++) {
        if (data[i] - data[i] === 0) continue;
        if (count++ === 0) [first, value] = [i, data[i]];
        if (zero) data[i] = 0;
      }
    }
    return { count, first, value };
  },
};

/** Counts non-finite voxels and does with them what the policy says. */
export class NonfiniteGuard {
  readonly #policy: NonfinitePolicy;
  #count = 0;

  constructor(policy: NonfinitePolicy) {
    this.#policy = policy;
  }

  /** Voxels seen that were not finite. */
  get count(): number {
    return this.#count;
  }

  /**
   * Looks at a box of input and returns how many of its voxels are not finite.
   *
   * @param threads who does it; left out: the calling thread.
   * @throws {DataError} naming the first voxel, with policy `fail`.
   */
  async inspect(box: Box, data: Float32Array, threads?: Threads): Promise<number> {
    const zero = this.#policy === "zero";
    const { count, first, value } = await threadsFor(threads, data).run(FIND_NONFINITE, { data, zero });
    this.#count += count;
    if (count > 0 && this.#policy === "fail") throw this.#refuse(box, first, value);
    return count;
  }

  /** Says how many there were. @param from what they were left out of. */
  report(log: RunLog, from = "the fit"): void {
    tellNonfinite(log, this.#policy, this.#count, from);
  }

  #refuse(box: Box, index: number, value: number): DataError {
    const [, ny, nx] = boxShape(box);
    const z = box.z0 + Math.floor(index / (ny * nx));
    const y = box.y0 + Math.floor(index / nx) % ny;
    const x = box.x0 + index % nx;
    return new DataError(
      `Cannot correct the volume as option 'nonfinite: fail' asks for finite voxels: ` +
        `current value at z ${z}, y ${y}, x ${x} is ${value}`,
    );
  }
}
