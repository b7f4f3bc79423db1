/**
 * Buffers that live and die together: those of a fit, of a level, of a slot.
 *
 * @module
 */

import { type Data, type Gpu, webgpuError } from "./gpu.ts";

/** Bytes of the smallest buffer: WebGPU binds none that is shorter than one entry, of 24 bytes at most here. */
const LEAST_BYTES = 32;

/** Owns buffers; `dispose` frees them all. */
export class Buffers implements Disposable {
  readonly #gpu: Gpu;
  readonly #owned = new Set<GPUBuffer>();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** Bytes owned. */
  get bytes(): number {
    let sum = 0;
    for (const buffer of this.#owned) sum += buffer.size;
    return sum;
  }

  /** A zeroed storage buffer. @throws {BackendError} when it is larger than the device binds. */
  storage(label: string, bytes: number): GPUBuffer {
    if (bytes > this.#gpu.largestBinding) {
      const rule = `at most ${this.#gpu.largestBinding} bytes on this WebGPU device`;
      throw webgpuError(`Cannot hold the ${label} as a buffer must have ${rule}: it needs ${bytes}`);
    }
    return this.#create(label, bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC);
  }

  /** A storage buffer with contents. */
  filled(label: string, data: Data): GPUBuffer {
    const buffer = this.storage(label, data.byteLength);
    this.#gpu.write(buffer, data);
    return buffer;
  }

  /** A buffer of parameters. */
  parameters(label: string, bytes: number): GPUBuffer {
    return this.#create(label, bytes, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  }

  /** A buffer of parameters with contents. */
  uniform(label: string, data: Data): GPUBuffer {
    const buffer = this.parameters(label, data.byteLength);
    this.#gpu.write(buffer, data);
    return buffer;
  }

  /** A buffer that the host reads. */
  staging(label: string, bytes: number): GPUBuffer {
    return this.#create(label, bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  }

  /** Frees one of them. */
  free(buffer: GPUBuffer): void {
    if (this.#owned.delete(buffer)) this.#gpu.countBytes(-buffer.size);
    buffer.destroy();
  }

  /** Frees them all. */
  [Symbol.dispose](): void {
    for (const buffer of [...this.#owned]) this.free(buffer);
  }

  #create(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(LEAST_BYTES, 4 * Math.ceil(bytes / 4));
    const buffer = this.#gpu.device.createBuffer({ label, size, usage });
    this.#owned.add(buffer);
    this.#gpu.countBytes(size);
    return buffer;
  }
}

/**
 * Makes something of new buffers; frees them where that fails.
 *
 * @throws {BackendError} with `Cannot <action> as ...`.
 */
export async function withBuffers<T>(gpu: Gpu, action: string, make: (buffers: Buffers) => T): Promise<T> {
  const buffers = new Buffers(gpu);
  try {
    return await gpu.guarded(action, () => make(buffers));
  } catch (error) {
    buffers[Symbol.dispose]();
    throw error;
  }
}
