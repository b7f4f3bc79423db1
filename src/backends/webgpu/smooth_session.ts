/**
 * Smoothing on the device: a box is cut until it fits with its halo, each part goes through a slot of the ring with one
 * upload, three passes, one readback.
 *
 * @module
 */

import { gaussianRadius, gaussianTaps, smoothHalo } from "../../n4/gaussian.ts";
import { type Box, boxShape, boxVoxels, copyBox, growBox, type Shape3, voxelCount, wholeBox } from "../../volume.ts";
import type { SmoothSession, SmoothSpec } from "../backend.ts";
import { type Buffers, withBuffers } from "./buffers.ts";
import { type Gpu, type Step, submit, webgpuError } from "./gpu.ts";
import { CONSTANTS } from "./kernels.ts";
import { halvedBoxes, PIECE_VOXELS } from "./pieces.ts";
import type { Ring, Slot } from "./ring.ts";

/** Opens the smoothing: compiles its kernel and uploads the taps. @throws {BackendError} */
export async function openWebGpuSmooth(gpu: Gpu, ring: Ring, spec: SmoothSpec): Promise<SmoothSession> {
  const pipeline = await gpu.pipeline("smooth");
  const memory = await withBuffers(gpu, "open a smoothing", (buffers): SmoothMemory => {
    const taps = spec.sigma.map((sigma) =>
      buffers.filled("taps", new Float32Array(gaussianTaps(sigma, gaussianRadius(sigma, spec.truncate))))
    );
    return { buffers, pipeline, taps };
  });
  return new WebGpuSmoothSession(gpu, ring, spec, memory);
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
    const grown = (part: Box) => growBox(part, this.halo, wholeBox(this.#spec.volume));
    await this.#ring.forEach(halvedBoxes(box, grown, most), async (slot, part) => {
      const around = grown(part);
      const input = new Float32Array(boxVoxels(around));
      copyBox(around, { box: padded, data }, { box: around, data: input });
      const smoothed = await this.#run(slot, part, around, input);
      copyBox(part, { box: part, data: smoothed }, { box, data: out });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#memory.buffers[Symbol.dispose]();
    return Promise.resolve();
  }

  async #run(slot: Slot, box: Box, padded: Box, data: Float32Array): Promise<Float32Array> {
    const gpu = this.#gpu;
    const bytes = 4 * boxVoxels(box);
    const staging = await gpu.guarded("smooth a box", () => {
      const input = slot.take("data", data.byteLength, "storage");
      const other = slot.take("between", data.byteLength, "storage");
      const readback = slot.take("results", bytes, "staging");
      gpu.write(input, data);
      const [first, second, last] = this.#steps(slot, box, padded, [input, other]);
      // A pass a submission: that of a wide kernel takes an integrated GPU a good part of a second.
      submit(gpu, [first]);
      submit(gpu, [second]);
      submit(gpu, [last], [[other, 0, readback, 0, bytes]]);
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
