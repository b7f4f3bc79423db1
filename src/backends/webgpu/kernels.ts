/**
 * The kernels' sources: each stage's file, with the constants and the shared pieces that it uses in front of it.
 *
 * @module
 */

import { HISTOGRAM_SCALE } from "../../n4/sharpen.ts";
import apply from "../../../kernels/webgpu/apply.wgsl" with { type: "text" };
import contractX from "../../../kernels/webgpu/contract_x.wgsl" with { type: "text" };
import contractY from "../../../kernels/webgpu/contract_y.wgsl" with { type: "text" };
import evaluate from "../../../kernels/webgpu/evaluate.wgsl" with { type: "text" };
import histogram from "../../../kernels/webgpu/histogram.wgsl" with { type: "text" };
import measure from "../../../kernels/webgpu/measure.wgsl" with { type: "text" };
import residual from "../../../kernels/webgpu/residual.wgsl" with { type: "text" };
import batch from "../../../kernels/webgpu/shared/batch.wgsl" with { type: "text" };
import exponential from "../../../kernels/webgpu/shared/exponential.wgsl" with { type: "text" };
import grid from "../../../kernels/webgpu/shared/grid.wgsl" with { type: "text" };
import part from "../../../kernels/webgpu/shared/part.wgsl" with { type: "text" };
import row from "../../../kernels/webgpu/shared/row.wgsl" with { type: "text" };
import state from "../../../kernels/webgpu/shared/state.wgsl" with { type: "text" };
import sharpen from "../../../kernels/webgpu/sharpen.wgsl" with { type: "text" };
import smooth from "../../../kernels/webgpu/smooth.wgsl" with { type: "text" };
import subtract from "../../../kernels/webgpu/subtract.wgsl" with { type: "text" };
import update from "../../../kernels/webgpu/update.wgsl" with { type: "text" };

/** What kernels and host both need to know, by the names that WGSL has for it. */
export const CONSTANTS = {
  /** Threads of a workgroup whose threads are samples or histogram bins. */
  SAMPLE_THREADS: 256,
  /** Threads of a workgroup whose threads are control points or voxels. */
  POINT_THREADS: 128,
  /** Samples that a workgroup of `subtract` takes: a block of partial sums. */
  BLOCK_SAMPLES: 2048,
  /** Samples that a workgroup of `histogram` counts between two carries: their sum is below 2^32. */
  HISTOGRAM_SAMPLES: 3840,
  /** What a sample adds to the histogram. */
  HISTOGRAM_SCALE,
  /** Voxels of a row that a workgroup of `apply` takes. */
  SEGMENT: 256,
  /** Control points along x that a workgroup of `apply` has memory for, of each of two fields. */
  LINE_POINTS: 1024,
  /** Flags of `apply`. */
  MASKED: 1,
  ZERO_OUTSIDE: 2,
  WRITE_FIELD: 4,
} as const;

const PRELUDE = Object.entries(CONSTANTS).map(([name, value]) => `const ${name} = ${value}u;`).join("\n");

/** Files of each kernel, by the name of the last one. */
export const KERNELS = {
  evaluate: [grid, batch, row, state, evaluate],
  subtract: [grid, batch, row, state, part, exponential, subtract],
  measure: [state, part, measure],
  histogram: [state, histogram],
  sharpen: [state, exponential, sharpen],
  residual: [grid, state, residual],
  contract_x: [grid, batch, row, state, contractX],
  contract_y: [grid, batch, row, state, contractY],
  update: [grid, batch, row, state, update],
  apply: [grid, row, exponential, apply],
  smooth: [grid, smooth],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Name of a kernel. */
export type KernelName = keyof typeof KERNELS;

/** WGSL of a kernel. */
export function kernelSource(name: KernelName): string {
  return [PRELUDE, ...KERNELS[name]].join("\n");
}
