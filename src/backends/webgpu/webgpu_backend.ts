/**
 * The WebGPU backend: Deno's or a browser's `navigator.gpu`. The whole fit lives on the device; see fit_session.ts.
 * Kernels are in kernels/webgpu, one file a stage.
 *
 * @module
 */

import type {
  ApplySession,
  ApplySpec,
  DeviceInfo,
  FitSamples,
  FitSession,
  N4Backend,
  SmoothSession,
  SmoothSpec,
} from "../backend.ts";
import type { DeviceMemory, PlannedWork } from "../planned_work.ts";
import { openGpu, type WebGpuOptions } from "./adapter.ts";
import { openWebGpuApply } from "./apply_session.ts";
import { openWebGpuFit } from "./fit_session.ts";
import type { Gpu } from "./gpu.ts";
import { predictMemory } from "./predict.ts";
import { Ring } from "./ring.ts";
import { openWebGpuSmooth } from "./smooth_session.ts";

/** Opens the backend. @throws {BackendError} that says why it cannot be used here. */
export async function openWebGpuBackend(options: WebGpuOptions = {}): Promise<N4Backend> {
  const { gpu, info } = await openGpu(options);
  return new WebGpuBackend(gpu, info);
}

class WebGpuBackend implements N4Backend {
  readonly device: DeviceInfo;
  readonly #gpu: Gpu;
  readonly #ring: Ring;

  constructor(gpu: Gpu, device: DeviceInfo) {
    this.device = device;
    this.#gpu = gpu;
    this.#ring = new Ring(gpu);
  }

  checkMemory(work: PlannedWork): Promise<DeviceMemory> {
    return Promise.resolve(predictMemory(work, this.#gpu.largestBinding));
  }

  async openFit(samples: FitSamples): Promise<FitSession> {
    return await openWebGpuFit(this.#gpu, samples);
  }

  async openApply(spec: ApplySpec): Promise<ApplySession> {
    return await openWebGpuApply(this.#gpu, this.#ring, spec);
  }

  async openSmooth(spec: SmoothSpec): Promise<SmoothSession> {
    return await openWebGpuSmooth(this.#gpu, this.#ring, spec);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#ring[Symbol.dispose]();
    this.#gpu.close();
    return Promise.resolve();
  }
}
