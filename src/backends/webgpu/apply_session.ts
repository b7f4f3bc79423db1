/**
 * The correction of boxes on the device: pieces of a box go through the ring's slots, each with one upload, one kernel,
 * one readback.
 *
 * @module
 */

import { type Box, boxShape, boxVoxels } from "../../volume.ts";
import type { ApplySession, ApplySpec } from "../backend.ts";
import { applyLayers } from "./apply_layers.ts";
import { type Buffers, withBuffers } from "./buffers.ts";
import { type Gpu, submit, webgpuError } from "./gpu.ts";
import { CONSTANTS } from "./kernels.ts";
import { contiguousPieces, type Piece, PIECE_VOXELS } from "./pieces.ts";
import type { Ring, Slot } from "./ring.ts";

const { MASKED, SEGMENT, WRITE_FIELD, ZERO_OUTSIDE } = CONSTANTS;

/** What a volume's correction keeps on the device. */
interface ApplyMemory {
  readonly buffers: Buffers;
  readonly pipeline: GPUComputePipeline;
  /** Planes, layers, rows, lattices and tables, in the order of their bindings. */
  readonly shared: readonly GPUBuffer[];
  readonly whole: number;
}

/** Uploads fields, tables and gains. @throws {BackendError} when they do not fit the device. */
export async function openWebGpuApply(gpu: Gpu, ring: Ring, spec: ApplySpec): Promise<ApplySession> {
  const { planes, layers, rows, lattices, tables, whole, wide } = applyLayers(spec);
  const pipeline = await gpu.pipeline("apply", { wide: Number(wide) });
  const memory = await withBuffers(gpu, "open a correction", (buffers): ApplyMemory => {
    const shared = [
      buffers.filled("planes", planes),
      buffers.filled("fields", layers),
      buffers.filled("spline rows", rows),
      buffers.filled("lattices of the fields", lattices),
      buffers.filled("intensity tables", tables),
    ];
    return { buffers, pipeline, shared, whole };
  });
  return new WebGpuApplySession(gpu, ring, spec, memory);
}

class WebGpuApplySession implements ApplySession {
  readonly #gpu: Gpu;
  readonly #ring: Ring;
  readonly #spec: ApplySpec;
  readonly #memory: ApplyMemory;
  #closed = false;

  constructor(gpu: Gpu, ring: Ring, spec: ApplySpec, memory: ApplyMemory) {
    this.#gpu = gpu;
    this.#ring = ring;
    this.#spec = spec;
    this.#memory = memory;
  }

  async correct(box: Box, data: Float32Array, mask?: Uint8Array): Promise<void> {
    await this.#forEachPiece(box, (slot, piece) => this.#run(slot, piece, data, mask, 0));
  }

  async field(box: Box, out: Float32Array): Promise<void> {
    await this.#forEachPiece(box, (slot, piece) => this.#run(slot, piece, out, undefined, WRITE_FIELD));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#memory.buffers[Symbol.dispose]();
    return Promise.resolve();
  }

  async #forEachPiece(box: Box, work: (slot: Slot, piece: Piece) => Promise<void>): Promise<void> {
    if (this.#closed) throw webgpuError("Cannot correct as the correction must be open: current state is closed");
    const pieces = contiguousPieces(box, Math.min(PIECE_VOXELS, Math.floor(this.#gpu.largestBinding / 4)));
    await this.#ring.forEach(pieces, work);
  }

  /** One piece of `whole`, in place. */
  async #run(
    slot: Slot,
    { box, offset }: Piece,
    whole: Float32Array,
    mask: Uint8Array | undefined,
    does: number,
  ): Promise<void> {
    const gpu = this.#gpu;
    const voxels = boxVoxels(box);
    const data = whole.subarray(offset, offset + voxels);
    const staging = await gpu.guarded("correct a box", () => {
      const target = slot.take("data", 4 * voxels, "storage");
      const outside = slot.take("mask", voxels, "storage");
      const readback = slot.take("results", 4 * voxels, "staging");
      const parameters = slot.take("parameters", 64, "parameters");
      gpu.write(parameters, this.#parameters(box, does | (mask ? MASKED : 0)));
      if (does !== WRITE_FIELD) gpu.write(target, data);
      if (mask) gpu.write(outside, padded(mask.subarray(offset, offset + voxels)));
      const { pipeline, shared } = this.#memory;
      const nx = box.x1 - box.x0;
      const groups = (voxels / nx) * Math.ceil(nx / SEGMENT);
      const step = gpu.step(pipeline, [parameters, ...shared, outside, target], groups);
      submit(gpu, [step], [[target, 0, readback, 0, 4 * voxels]]);
      return readback;
    });
    await gpu.mapped(staging, 4 * voxels, (bytes) => data.set(new Float32Array(bytes)));
  }

  /** `Piece` of apply.wgsl. */
  #parameters(box: Box, does: number): Uint32Array {
    const { strength, scale, floor, luts, zeroOutside } = this.#spec;
    const [, ny, nx] = boxShape(box);
    const words = new Uint32Array(16);
    words.set([
      box.z0,
      box.y0,
      box.x0,
      ny,
      nx,
      boxVoxels(box),
      does | (zeroOutside ? ZERO_OUTSIDE : 0),
    ]);
    new Int32Array(words.buffer)[7] = this.#memory.whole;
    new Float32Array(words.buffer).set([strength, scale, floor, luts?.threshold ?? 0, ...(luts?.range ?? [0, 1])], 8);
    words[14] = luts?.tables[0]?.length ?? 0;
    return words;
  }
}

/** Bytes filled up to whole words. */
function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 4 === 0) return bytes;
  const filled = new Uint8Array(4 * Math.ceil(bytes.length / 4));
  filled.set(bytes);
  return filled;
}
