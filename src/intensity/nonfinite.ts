/**
 * What becomes of voxels that are not finite in the output: kept, written as 0, or refused. They never take part in a fit.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import type { RunLog } from "../report.ts";
import { type Box, boxShape } from "../volume.ts";

/** Kept as they are, written as 0, or refused. */
export type NonfinitePolicy = "keep" | "zero" | "fail";

/** Says how many voxels were not finite, where there were any. @param from what they were left out of. */
export function tellNonfinite(log: RunLog, policy: NonfinitePolicy, count: number, from = "the fit"): void {
  if (count === 0) return;
  const fate = policy === "zero" ? "written as 0" : "kept as they are";
  log.warn(`${count} voxels are not finite: left out of ${from}, ${fate} ('--nonfinite keep|zero|fail').`);
}

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

  /** Looks at a box of input and returns how many of its voxels are not finite. @throws {DataError} naming the first voxel, with policy `fail`. */
  inspect(box: Box, data: Float32Array): number {
    const before = this.#count;
    for (let i = 0; i < data.length; i++) {
      if (isFinite(data[i])) continue;
      this.#count++;
      if (this.#policy === "zero") data[i] = 0;
      if (this.#policy === "fail") throw this.#refuse(box, i, data[i]);
    }
    return this.#count - before;
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
      `Cannot correct the volume as '--nonfinite fail' asks for finite voxels: current value at z ${z}, y ${y}, x ${x} is ${value}`,
    );
  }
}
