/**
 * One level of a fit on the device: its lattice, spline rows and batches, and the steps that work on them.
 *
 * @module
 */

import type { LevelStart, SplineRows } from "../backend.ts";
import { type Triple, voxelCount } from "../../volume.ts";
import { Buffers } from "./buffers.ts";
import type { FitMemory } from "./fit_memory.ts";
import { type Batch, cutBatches } from "./fit_windows.ts";
import type { Gpu, Step } from "./gpu.ts";
import { CONSTANTS } from "./kernels.ts";
import { packRows, reachOf } from "./rows.ts";

const { POINT_THREADS } = CONSTANTS;

/** A uniform's offset in a buffer is a multiple of this; WebGPU's largest. */
const UNIFORM_STRIDE = 256;

/** Words of `Batch` of kernels/webgpu/shared/batch.wgsl. */
const BATCH_WORDS = 13;

/** A level's buffers. */
export interface LevelMemory {
  /** Owns them. */
  readonly buffers: Buffers;
  /** Control points `[z, y, x]`. */
  readonly points: Triple;
  /** The log bias field that the level began with. */
  readonly start: Float64Array;
  /** That field in float32 at first; what an iteration added, phi, afterwards. */
  readonly phi: GPUBuffer;
  /** Everything that the level has added. */
  readonly added: GPUBuffer;
  /** Denominators, and numerators of the iteration. */
  readonly omega: GPUBuffer;
  readonly delta: GPUBuffer;
  /** `[lo, hi, samples, sum, squared deviations]` of each block; their number. */
  readonly partials: GPUBuffer;
  readonly blocks: number;
  /** Where the work is cut, with each batch's parameters. */
  readonly batches: readonly Batch[];
  readonly batchParameters: GPUBuffer;
  /** The lattice along every row of a batch; its row sums; its plane sums. */
  readonly line: GPUBuffer;
  readonly rowSums: GPUBuffer;
  readonly planeSums: GPUBuffer;
  /** Rows and reach of each axis. */
  readonly axes: readonly [z: AxisBuffers, y: AxisBuffers, x: AxisBuffers];
}

interface AxisBuffers {
  readonly evaluate: GPUBuffer;
  readonly omega: GPUBuffer;
  readonly delta: GPUBuffer;
  readonly reach: GPUBuffer;
}

/** Uploads a level. The caller guards it and frees `buffers`. */
export function uploadLevel(gpu: Gpu, fit: FitMemory, buffers: Buffers, { rows, lattice }: LevelStart): LevelMemory {
  const { points, values } = lattice;
  const size = 4 * voxelCount(points);
  const batches = cutBatches(fit.samples, fit.windows, points, gpu.largestBinding);
  const most = (of: (batch: Batch) => number) => batches.reduce((largest, batch) => Math.max(largest, of(batch)), 0);
  const rowBytes = 4 * points[2] * most((batch) => batch.row1 - batch.row0);
  const blocks = batches.reduce((sum, batch) => sum + batch.blocks, 0);
  const axis = (name: string, r: SplineRows): AxisBuffers => ({
    evaluate: buffers.filled(`spline rows along ${name}`, packRows(r, r.evaluate)),
    omega: buffers.filled(`omega rows along ${name}`, packRows(r, r.omega)),
    delta: buffers.filled(`delta rows along ${name}`, packRows(r, r.delta)),
    reach: buffers.filled(`reach along ${name}`, reachOf(r)),
  });
  return {
    buffers,
    points,
    start: values.slice(),
    phi: buffers.filled("lattice", new Float32Array(values)),
    added: buffers.storage("lattice", size),
    omega: buffers.storage("lattice", size),
    delta: buffers.storage("lattice", size),
    partials: buffers.storage("partial sums", 20 * blocks),
    blocks,
    batches,
    batchParameters: buffers.uniform("batches", parametersOf(fit, batches, points)),
    line: buffers.storage("lattice along rows", rowBytes),
    rowSums: buffers.storage("row sums", rowBytes),
    planeSums: buffers.storage("plane sums", 4 * points[1] * points[2] * most((batch) => batch.planes)),
    axes: [axis("z", rows[0]), axis("y", rows[1]), axis("x", rows[2])],
  };
}

/** `Batch` of kernels/webgpu/shared/batch.wgsl for each batch. */
function parametersOf(fit: FitMemory, batches: readonly Batch[], points: Triple): Uint32Array {
  const words = new Uint32Array((batches.length * UNIFORM_STRIDE) / 4);
  batches.forEach((batch, i) => {
    const window = fit.windows[batch.window];
    words.set([
      batch.row0,
      batch.row1 - batch.row0,
      batch.row0 - window.row0,
      batch.sample0 - window.sample0,
      batch.sample1 - batch.sample0,
      batch.block0,
      batch.plane0,
      batch.planes,
      fit.samples.y.length,
      ...points,
      Number(i === batches.length - 1),
    ], (i * UNIFORM_STRIDE) / 4);
  });
  return words;
}

function parametersAt(level: LevelMemory, batch: number): GPUBufferBinding {
  return { buffer: level.batchParameters, offset: batch * UNIFORM_STRIDE, size: 4 * BATCH_WORDS };
}

/** Steps that take the field of `phi` off the samples, batch by batch. */
export function subtractSteps(
  gpu: Gpu,
  fit: FitMemory,
  level: LevelMemory,
  evaluate: GPUComputePipeline,
  subtract: GPUComputePipeline,
): Step[] {
  const [z, y, x] = level.axes;
  return level.batches.flatMap((batch, i) => {
    const window = fit.windows[batch.window];
    const at = parametersAt(level, i);
    const from = [at, fit.state, window.rowStart, z.evaluate, y.evaluate, level.phi, level.line];
    const to = [at, fit.state, window.place, window.values, x.evaluate, level.line, window.u, level.partials];
    const lines = (batch.row1 - batch.row0) * level.points[2];
    return [
      gpu.step(evaluate, from, Math.ceil(lines / POINT_THREADS)),
      gpu.step(subtract, to, batch.blocks),
    ];
  });
}

/** Steps that contract the windows' residuals, batch by batch in order: into `omega`, or by `delta` into `phi`. */
export function contractSteps(
  gpu: Gpu,
  fit: FitMemory,
  level: LevelMemory,
  into: "omega" | "delta",
  [contractX, contractY, update]: readonly GPUComputePipeline[],
): Step[] {
  const [z, y, x] = level.axes;
  const plane = level.points[1] * level.points[2];
  return level.batches.flatMap((batch, i) => {
    const window = fit.windows[batch.window];
    const at = parametersAt(level, i);
    const { rowStart, place, residual } = window;
    const groups = (threads: number) => Math.ceil(threads / POINT_THREADS);
    return [
      gpu.step(
        contractX,
        [at, fit.state, rowStart, place, residual, x[into], x.reach, level.rowSums],
        groups((batch.row1 - batch.row0) * level.points[2]),
      ),
      gpu.step(
        contractY,
        [at, fit.state, level.rowSums, y[into], y.reach, level.planeSums],
        groups(batch.planes * plane),
      ),
      gpu.step(
        update,
        [at, fit.state, level.planeSums, z[into], z.reach, level.omega, level.delta, level.phi, level.added],
        groups(level.points[0] * plane),
      ),
    ];
  });
}
