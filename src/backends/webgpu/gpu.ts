/**
 * A WebGPU device as the sessions use it: buffers that belong to someone, pipelines that are built once, work whose
 * errors come back as {@linkcode BackendError}, reading back.
 *
 * @module
 */

import { BackendError } from "../../errors.ts";
import { type KernelName, kernelSource } from "./kernels.ts";

/** Workgroups along one dimension of a dispatch, at most; WebGPU's guarantee. */
const MAX_GROUPS = 65_535;

/** Bytes that are written at once: the queue keeps a copy until the next submission. */
const WRITE_BYTES = 16 * 2 ** 20;

/** Values of `override` constants. */
type Constants = Readonly<Record<string, number>>;

/** Arrays that can be written to a buffer. */
export type Data = Float32Array | Uint32Array | Int32Array | Uint8Array;

/** A kernel with its buffers, ready to be dispatched. */
export interface Step {
  /** The compiled kernel. */
  readonly pipeline: GPUComputePipeline;
  /** Its buffers. */
  readonly group: GPUBindGroup;
  /** Workgroups of the dispatch. */
  readonly groups: number;
}

/** An error of this backend. */
export function webgpuError(message: string, cause?: unknown): BackendError {
  return new BackendError("webgpu", message, cause === undefined ? undefined : { cause });
}

/** The device. */
export class Gpu {
  readonly device: GPUDevice;
  /** Bytes of the largest buffer that a kernel can be given. */
  readonly largestBinding: number;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  #failure: BackendError | undefined;
  #heldBytes = 0;
  #peakBytes = 0;

  /** @param largestBinding left out: the device's own limit. */
  constructor(device: GPUDevice, largestBinding?: number) {
    this.device = device;
    this.largestBinding = largestBinding ?? device.limits.maxStorageBufferBindingSize;
    device.lost.then(({ message }) => {
      this.#failure ??= webgpuError(`Cannot go on as the WebGPU device must be there: it was lost (${message})`);
    });
  }

  /** Most bytes of buffers that were there at once. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Counts buffers made, or freed where negative. */
  countBytes(bytes: number): void {
    this.#heldBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#heldBytes);
  }

  /** Compiles a kernel, once for each set of constants. @throws {BackendError} when it cannot be compiled. */
  async pipeline(name: KernelName, constants: Constants = {}): Promise<GPUComputePipeline> {
    this.check();
    const key = `${name} ${JSON.stringify(constants)}`;
    const built = this.#pipelines.get(key) ?? this.#build(name, constants);
    this.#pipelines.set(key, built);
    return await built;
  }

  async #build(name: KernelName, constants: Constants): Promise<GPUComputePipeline> {
    const building = await this.guarded(`compile the kernel '${name}'`, () => {
      const module = this.device.createShaderModule({ label: name, code: kernelSource(name) });
      const compute = { module, constants: { ...constants } };
      const promise = this.device.createComputePipelineAsync({ label: name, layout: "auto", compute });
      // Where the error scope has the failure already, nobody waits for the promise.
      promise.catch(() => {});
      return { promise };
    });
    try {
      return await building.promise;
    } catch (error) {
      throw this.#translated(`compile the kernel '${name}'`, error);
    }
  }

  /** A kernel with its buffers in the order of their bindings; a uniform may be a slice of a buffer. */
  step(pipeline: GPUComputePipeline, resources: readonly (GPUBuffer | GPUBufferBinding)[], groups: number): Step {
    const entries = resources.map((resource, binding) => ({
      binding,
      resource: "buffer" in resource ? resource : { buffer: resource },
    }));
    return {
      pipeline,
      group: this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
      groups,
    };
  }

  /** Writes data in parts, so that the queue never keeps much. */
  write(buffer: GPUBuffer, data: Data, offset = 0): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
      this.device.queue.writeBuffer(
        buffer,
        offset + at,
        bytes.subarray(at, at + WRITE_BYTES) as Uint8Array<ArrayBuffer>,
      );
      if (bytes.length > WRITE_BYTES) this.device.queue.submit([]);
    }
  }

  /**
   * Does work on the device that does not wait, and reports its errors.
   *
   * @throws {BackendError} with `Cannot <action> as ...`.
   */
  async guarded<T>(action: string, work: () => T): Promise<T> {
    this.check();
    const scopes = ["out-of-memory", "internal", "validation"] as const;
    for (const scope of scopes) this.device.pushErrorScope(scope);
    let outcome: { value: T } | { error: unknown };
    try {
      outcome = { value: work() };
    } catch (error) {
      outcome = { error };
    }
    const found = await Promise.all(scopes.map(() => this.device.popErrorScope()));
    const error = found.find((each) => each !== null) ?? ("error" in outcome ? outcome.error : undefined);
    if (error !== undefined) throw this.#translated(action, error);
    if ("error" in outcome) throw this.#translated(action, outcome.error);
    return outcome.value;
  }

  /** Maps a buffer, reads its bytes, unmaps it. @throws {BackendError} */
  async mapped<T>(staging: GPUBuffer, bytes: number, read: (bytes: ArrayBuffer) => T): Promise<T> {
    this.check();
    try {
      await staging.mapAsync(GPUMapMode.READ, 0, bytes);
      const result = read(staging.getMappedRange(0, bytes));
      staging.unmap();
      return result;
    } catch (error) {
      throw this.#translated("read results back", error);
    }
  }

  /** Refuses from now on. */
  close(): void {
    this.#failure ??= webgpuError("Cannot go on as the backend must be open: current state is closed");
    this.device.destroy();
  }

  /** @throws {BackendError} when the device is lost or closed. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  #translated(action: string, error: unknown): BackendError {
    if (error instanceof BackendError) return error;
    if (this.#failure) return this.#failure;
    const message = error instanceof Error || error instanceof GPUError ? error.message : String(error);
    const text = message.replaceAll(/\s+/g, " ").trim();
    if (error instanceof GPUOutOfMemoryError || /out of memory|not enough memory/i.test(text)) {
      return webgpuError(`Cannot ${action} as the WebGPU device must have memory left: ${text}`, error);
    }
    return webgpuError(`Cannot ${action} as the WebGPU device must accept it: ${text}`, error);
  }
}

/** What is copied from one buffer to another, bytes: the parameters of `copyBufferToBuffer`. */
type Copy = readonly [from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number];

/** Encodes steps in order, so many times over, then copies, and submits them. */
export function submit({ device }: Gpu, steps: readonly Step[], copies: readonly Copy[] = [], times = 1): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (let i = 0; i < times; i++) {
    for (const { pipeline, group, groups } of steps) {
      if (groups === 0) continue;
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(Math.min(groups, MAX_GROUPS), Math.ceil(groups / MAX_GROUPS));
    }
  }
  pass.end();
  for (const copy of copies) encoder.copyBufferToBuffer(...copy);
  device.queue.submit([encoder.finish()]);
}
