/**
 * What the sharpening of a fit needs on the device, for one set of options: histogram, turns of the transform,
 * expectation.
 *
 * @module
 */

import type { IterateRequest } from "../backend.ts";
import type { Buffers } from "./buffers.ts";
import type { FitMemory } from "./fit_memory.ts";
import type { LevelMemory } from "./fit_level.ts";
import { type Gpu, type Step, webgpuError } from "./gpu.ts";
import { CONSTANTS } from "./kernels.ts";

const { HISTOGRAM_SAMPLES, HISTOGRAM_SCALE, SAMPLE_THREADS } = CONSTANTS;

/** Workgroups that count one window, at most: each adds its bins to the device's once. */
const HISTOGRAM_GROUPS = 512;

/** Buffers for one set of options. */
export interface Sharpening {
  /** Owns them. */
  readonly buffers: Buffers;
  /** What the buffers are for. */
  readonly request: IterateRequest;
  /** Cosines and sines of the transform. */
  readonly turns: GPUBuffer;
  /** Histogram, 64 bits a bin. */
  readonly counts: GPUBuffer;
  /** E - centre of each bin. */
  readonly shift: GPUBuffer;
  /** `Filter` of sharpen.wgsl. */
  readonly filter: GPUBuffer;
  /** `Test` of measure.wgsl. */
  readonly test: GPUBuffer;
  /** Measures of a call. */
  readonly convergence: GPUBuffer;
}

/** Number of points of the transform: twice the bins, rounded up to a power of two. */
function paddedBins(bins: number): number {
  return 2 ** (Math.ceil(Math.log2(bins)) + 1);
}

/** @throws {BackendError} when so many bins do not fit the memory that a workgroup shares. */
export function checkBins(gpu: Gpu, bins: number): void {
  // Two words a padded bin.
  const most = 2 ** (Math.floor(Math.log2(gpu.device.limits.maxComputeWorkgroupStorageSize / 8)) - 1);
  if (bins <= most) return;
  throw webgpuError(
    `Cannot sharpen as 'bins' must be at most ${most} on this WebGPU device: current value is ${bins}`,
  );
}

/** Creates the buffers. The caller guards it and frees `buffers`. */
export function createSharpening(
  buffers: Buffers,
  fit: FitMemory,
  level: LevelMemory,
  request: IterateRequest,
): Sharpening {
  const { bins, fwhm, wienerNoise, threshold, count } = request;
  const test = new Uint32Array([level.blocks, fit.count, 0]);
  new Float32Array(test.buffer)[2] = threshold;
  return {
    buffers,
    request,
    turns: buffers.filled("turns", turnsOf(paddedBins(bins))),
    counts: buffers.storage("histogram", 8 * bins),
    shift: buffers.storage("expectation", 4 * bins),
    filter: buffers.uniform("filter", Float32Array.of(fwhm, wienerNoise, 1 / (HISTOGRAM_SCALE * fit.count))),
    test: buffers.uniform("stop test", test),
    convergence: buffers.storage("convergence", 4 * count),
  };
}

/** Steps from u to the weighted residuals: histogram, sharpen, residual. */
export async function sharpenSteps(gpu: Gpu, fit: FitMemory, use: Sharpening): Promise<Step[]> {
  const { bins } = use.request;
  const histogram = await gpu.pipeline("histogram", { bins });
  const sharpen = await gpu.pipeline("sharpen", { bins, padded: paddedBins(bins) });
  const residual = await gpu.pipeline("residual", { bins, weighted: Number(fit.weighted) });
  return await gpu.guarded("prepare iterations", () => [
    ...fit.windows.map((window) => {
      const groups = Math.min(HISTOGRAM_GROUPS, Math.ceil((window.sample1 - window.sample0) / HISTOGRAM_SAMPLES));
      return gpu.step(histogram, [window.count, fit.state, window.u, use.counts], groups);
    }),
    gpu.step(sharpen, [use.filter, use.turns, fit.state, use.counts, use.shift], 1),
    ...residualSteps(gpu, fit, residual, use.shift),
  ]);
}

/** Steps that write the residuals, or the confidences, of every window. */
export function residualSteps(gpu: Gpu, fit: FitMemory, residual: GPUComputePipeline, shift: GPUBuffer): Step[] {
  return fit.windows.map((window) =>
    gpu.step(
      residual,
      [window.count, fit.state, window.u, window.weight, shift, window.residual],
      Math.ceil((window.sample1 - window.sample0) / SAMPLE_THREADS),
    )
  );
}

/** Cosine and negative sine of 2 pi k / size for k < size / 2, pairs. */
function turnsOf(size: number): Float32Array {
  const turns = new Float32Array(size);
  for (let k = 0; k < size / 2; k++) {
    turns[2 * k] = Math.cos((2 * Math.PI * k) / size);
    turns[2 * k + 1] = -Math.sin((2 * Math.PI * k) / size);
  }
  return turns;
}
