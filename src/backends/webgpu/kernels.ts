/**
 * The kernels' sources: each stage's file with the shared pieces that it names, put in front of it.
 *
 * @module
 */

import apply from "../../../kernels/webgpu/apply.wgsl" with { type: "text" };
import contractX from "../../../kernels/webgpu/contract_x.wgsl" with { type: "text" };
import contractY from "../../../kernels/webgpu/contract_y.wgsl" with { type: "text" };
import contractZ from "../../../kernels/webgpu/contract_z.wgsl" with { type: "text" };
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

/** WGSL of each kernel, by the name of its file. */
export const KERNELS = {
  evaluate: [grid, batch, row, state, evaluate],
  subtract: [grid, batch, row, state, part, exponential, subtract],
  measure: [state, part, measure],
  histogram: [state, histogram],
  sharpen: [state, exponential, sharpen],
  residual: [grid, state, residual],
  contract_x: [grid, batch, row, state, contractX],
  contract_y: [grid, batch, row, state, contractY],
  contract_z: [grid, batch, row, state, contractZ],
  update: [grid, state, update],
  apply: [grid, row, exponential, apply],
  smooth: [grid, smooth],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Name of a kernel. */
export type KernelName = keyof typeof KERNELS;

/** Samples that one workgroup of `subtract` takes: a block of partial sums. */
export const BLOCK_SAMPLES = 2048;

/** Samples that one workgroup of `histogram` counts between two carries. */
export const HISTOGRAM_SAMPLES = 3840;
