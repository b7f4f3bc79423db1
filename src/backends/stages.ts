/**
 * The stages of the work, in the order in which they run. A stage has one name in every language:
 *
 * - `backends/ts/loops/<stage>.ts`: plain loops, which tests compare with.
 * - `kernels/wasm/<stage>.ts`, called by `backends/ts/wasm/<stage>.ts`: what the CPU runs.
 * - `kernels/webgpu/<stage>.wgsl`: one kernel a file, so some stages are several files.
 * - `kernels/cuda/<stage>.cuh`.
 *
 * A test walks this list.
 *
 * @module
 */

/** One stage: its name and what it computes. */
interface Stage {
  /** File name without its ending. */
  readonly name: string;
  /** What it computes, in the terms of docs/algorithm.md. */
  readonly computes: string;
  /** Its kernels in `kernels/webgpu`, in the order in which they run; left out: the one of its name. */
  readonly wgsl?: readonly string[];
}

/** Every stage. The plain `sharpen` lives in `src/n4`, since its size is that of the histogram. */
export const STAGES: readonly Stage[] = [
  {
    name: "subtract",
    computes: "u -= field of phi (or u = v - field), with the range of u and the sums of the stop test",
    wgsl: ["evaluate", "subtract", "measure"],
  },
  { name: "histogram", computes: "H, the triangular Parzen histogram of u in fixed point" },
  { name: "sharpen", computes: "E, the expected log intensity per bin" },
  {
    name: "contract",
    computes: "the residual u - E(u), contracted with the delta rows over x and y, tile by tile",
    wgsl: ["residual", "contract_x", "contract_y"],
  },
  {
    name: "update",
    computes: "the contraction over z, phi = delta / omega, lattice += phi",
  },
  { name: "apply", computes: "the output voxels of a box" },
  { name: "smooth", computes: "the Gaussian of a box" },
];
