/**
 * Smoothing on the device: a box is cut until it fits with its halo, each part goes through a slot of the ring with one
 * upload, three passes, one readback.
 *
 * @module
 */

import { gaussianRadius, gaussianTaps, smoothHalo } from "../../n4/gaussian.ts";
import { type Box, boxShape, boxVoxels, growBox, type Shape3, voxelCount, wholeBox } from "../../volume.ts";
import type { SmoothSession, SmoothSpec } from "../backend.ts";
import { Buffers } from "./buffers.ts";
import { dispatch, type Gpu, type Step, webgpuError } from "./gpu.ts";
import { CONSTANTS } from "./kernels.ts";
import { halvedBoxes, PIECE_VOXELS } from "./pieces.ts";
import type { Ring, Slot } from "./ring.ts";

/** Opens the smoothing: compiles its kernel and uploads the taps. @throws {BackendError} */
export async function openWebGpuSmooth(gpu: Gpu, ring: Ring, spec: SmoothSpec): Promise<SmoothSession> {
  const pipeline = await gpu.pipeline("smooth");
  const buffers = new Buffers(gpu);
  try {
    const taps = await gpu.guarded(
      "open a smoothing",
      () =>
        spec.sigma.map((sigma) =>
          buffers.filled("taps", new Float32Array(gaussianTaps(sigma, gaussianRadius(sigma, spec.truncate))))
        ),
    );
    return new WebGpuSmoothSession(gpu, ring, spec, { buffers, pipeline, taps });
  } catch (error) {
    buffers[Symbol.dispose]();
    throw error;
  }
}

interface SmoothMemory {
  readonly buffers: Buffers;
  readonly pipeline: GPUComputePipeline;
  /** Taps of `[z, y, x]`. */
  readonly taps: readonly GPUBuffer[];
}

class WebGpuSmoothSession implements SmoothSession {
  readonly halo: Shape3;
  readonly #gpu: Gpu;
  readonly #ring: Ring;
  readonly #spec: SmoothSpec;
  readonly #memory: SmoothMemory;
  #closed = false;

  constructor(gpu: Gpu, ring: Ring, spec: SmoothSpec, memory: SmoothMemory) {
    this.halo = smoothHalo(spec);
    this.#gpu = gpu;
    this.#ring = ring;
    this.#spec = spec;
    this.#memory = memory;
  }

  async smooth(box: Box, padded: Box, data: Float32Array, out: Float32Array): Promise<void> {
    if (this.#closed) throw webgpuError("Cannot smooth as the smoothing must be open: current state is closed");
    const most = Math.min(PIECE_VOXELS, Math.floor(this.#gpu.largestBinding / 4));
    const grown = (part: Box) => this.#grown(part);
    const done = await Promise.allSettled(
      halvedBoxes(box, grown, most).map((part) =>
        this.#ring.use(async (slot) => {
          const around = grown(part);
          const smoothed = await this.#run(slot, part, around, cut(data, padded, around));
          paste(smoothed, part, out, box);
        })
      ),
    );
    const failed = done.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#memory.buffers[Symbol.dispose]();
    return Promise.resolve();
  }

  /** A box with its halo, clipped to the volume. */
  #grown(box: Box): Box {
    return growBox(box, this.halo, wholeBox(this.#spec.volume));
  }

  async #run(slot: Slot, box: Box, padded: Box, data: Float32Array): Promise<Float32Array> {
    const gpu = this.#gpu;
    const bytes = 4 * boxVoxels(box);
    const staging = await gpu.guarded("smooth a box", () => {
      const input = slot.take("data", data.byteLength, "storage");
      const other = slot.take("between", data.byteLength, "storage");
      const readback = slot.take("results", bytes, "staging");
      gpu.write(input, data);
      const encoder = gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const step of this.#steps(slot, box, padded, [input, other])) dispatch(pass, step);
      pass.end();
      encoder.copyBufferToBuffer(other, 0, readback, 0, bytes);
      gpu.device.queue.submit([encoder.finish()]);
      return readback;
    });
    return await gpu.mapped(staging, bytes, (mapped) => new Float32Array(mapped).slice());
  }

  /** One pass an axis, from the first buffer to the second and back and to the second. */
  #steps(slot: Slot, box: Box, padded: Box, buffers: readonly GPUBuffer[]): Step[] {
    const { volume, sigma, truncate } = this.#spec;
    const [to, starts, inputStarts] = [boxShape(box), [box.z0, box.y0, box.x0], [padded.z0, padded.y0, padded.x0]];
    const from = boxShape(padded);
    return [0, 1, 2].map((axis) => {
      const inputCount = from[axis];
      from[axis] = to[axis];
      const voxels = voxelCount(from);
      const inner = from.slice(axis + 1).reduce((a, b) => a * b, 1);
      const radius = gaussianRadius(sigma[axis], truncate);
      const parameters = slot.take(`parameters ${axis}`, 32, "parameters");
      // `Axis` of smooth.wgsl.
      const words = [voxels, inner, to[axis], inputCount, starts[axis], inputStarts[axis], volume[axis], radius];
      this.#gpu.write(parameters, Uint32Array.from(words));
      return this.#gpu.step(
        this.#memory.pipeline,
        [parameters, this.#memory.taps[axis], buffers[axis % 2], buffers[(axis + 1) % 2]],
        Math.ceil(voxels / CONSTANTS.POINT_THREADS),
      );
    });
  }
}

/** The part of an array over `from` that lies in `box`. */
function cut(data: Float32Array, from: Box, box: Box): Float32Array {
  const [, ny, nx] = boxShape(from);
  const [cz, cy, cx] = boxShape(box);
  const part = new Float32Array(cz * cy * cx);
  for (let z = 0; z < cz; z++) {
    for (let y = 0; y < cy; y++) {
      const at = ((box.z0 - from.z0 + z) * ny + box.y0 - from.y0 + y) * nx + box.x0 - from.x0;
      part.set(data.subarray(at, at + cx), (z * cy + y) * cx);
    }
  }
  return part;
}

/** Puts an array over `box` into one over `to`. */
function paste(part: Float32Array, box: Box, out: Float32Array, to: Box): void {
  const [, ny, nx] = boxShape(to);
  const [cz, cy, cx] = boxShape(box);
  for (let z = 0; z < cz; z++) {
    for (let y = 0; y < cy; y++) {
      const at = ((box.z0 - to.z0 + z) * ny + box.y0 - to.y0 + y) * nx + box.x0 - to.x0;
      out.set(part.subarray((z * cy + y) * cx, (z * cy + y + 1) * cx), at);
    }
  }
}
