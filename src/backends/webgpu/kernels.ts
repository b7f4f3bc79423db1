/**
 * The kernels' sources: each stage's file with the shared pieces that it names, put in front of it.
 *
 * @module
 */

import apply from "../../../kernels/wgsl/apply.wgsl" with { type: "text" };
import contractX from "../../../kernels/wgsl/contract_x.wgsl" with { type: "text" };
import contractY from "../../../kernels/wgsl/contract_y.wgsl" with { type: "text" };
import contractZ from "../../../kernels/wgsl/contract_z.wgsl" with { type: "text" };
import evaluate from "../../../kernels/wgsl/evaluate.wgsl" with { type: "text" };
import histogram from "../../../kernels/wgsl/histogram.wgsl" with { type: "text" };
import measure from "../../../kernels/wgsl/measure.wgsl" with { type: "text" };
import residual from "../../../kernels/wgsl/residual.wgsl" with { type: "text" };
import batch from "../../../kernels/wgsl/shared/batch.wgsl" with { type: "text" };
import exponential from "../../../kernels/wgsl/shared/exponential.wgsl" with { type: "text" };
import grid from "../../../kernels/wgsl/shared/grid.wgsl" with { type: "text" };
import part from "../../../kernels/wgsl/shared/part.wgsl" with { type: "text" };
import row from "../../../kernels/wgsl/shared/row.wgsl" with { type: "text" };
import state from "../../../kernels/wgsl/shared/state.wgsl" with { type: "text" };
import sharpen from "../../../kernels/wgsl/sharpen.wgsl" with { type: "text" };
import smooth from "../../../kernels/wgsl/smooth.wgsl" with { type: "text" };
import subtract from "../../../kernels/wgsl/subtract.wgsl" with { type: "text" };
import update from "../../../kernels/wgsl/update.wgsl" with { type: "text" };

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
