/**
 * The CUDA backend: {@linkcode N4Backend} over the library of `ffi/n4_cuda.h`. See docs/backends.md.
 *
 * @module
 */

import { type CudaLibrary, openCudaLibrary } from "../../../ffi/library.ts";
import { COPY } from "../../../ffi/symbols.ts";
import { BackendError } from "../../errors.ts";
import type {
  ApplySession,
  ApplySpec,
  DeviceInfo,
  FitSamples,
  N4Backend,
  SmoothSession,
  SmoothSpec,
} from "../backend.ts";
import type { Triple } from "../../volume.ts";
import type { DeviceMemory, PlannedWork } from "../planned_work.ts";
import { openCudaApply } from "./apply_session.ts";
import { CudaCalls } from "./calls.ts";
import { chooseDevice, type CudaDevice, deviceInfo, listDevices } from "./device.ts";
import { type CudaFitSession, openCudaFit } from "./fit_session.ts";
import { askBytes, checkMemory, fitBytes } from "./predict.ts";
import { openCudaSmooth } from "./smooth_session.ts";

/** How the backend is opened. */
interface CudaBackendOptions {
  /** Number of the device among the visible ones, >= 0; left out: the one with the most free memory. */
  readonly device?: number;
  /** Whether a library in which a processor stands in for the GPU will do: for tests, never for `auto`. */
  readonly allowEmulator?: boolean;
}

/**
 * Opens the backend.
 *
 * @throws {BackendError} when there is no library, no permission to load it, no driver, no device, or none of that
 *   number.
 */
export async function openCudaBackend(options: CudaBackendOptions = {}): Promise<CudaBackend> {
  const library = openCudaLibrary();
  const calls = new CudaCalls(library);
  try {
    if (library.emulated && !options.allowEmulator) {
      const text = "Cannot open the CUDA backend as a GPU must do the work unless 'cuda' is asked for by name";
      throw new BackendError("cuda", `${text}: current library is the emulator '${library.path}'`);
    }
    return new CudaBackend(library, calls, chooseDevice(listDevices(calls), options.device));
  } catch (error) {
    await calls.close();
    throw error;
  }
}

/** The backend on one device. */
export class CudaBackend implements N4Backend {
  readonly device: DeviceInfo;
  readonly #calls: CudaCalls;
  readonly #index: number;
  #peakBytes = 0;

  /** Opened by {@linkcode openCudaBackend}. */
  constructor(library: CudaLibrary, calls: CudaCalls, device: CudaDevice) {
    this.#calls = calls;
    this.#index = device.index;
    this.device = deviceInfo(device, library.emulated, () => this.peakBytes());
  }

  checkMemory(work: PlannedWork): Promise<DeviceMemory> {
    return Promise.try(() => checkMemory(this.#calls, this.#index, work));
  }

  async openFit(samples: FitSamples): Promise<CudaFitSession> {
    return await openCudaFit(this.#calls, this.#index, samples);
  }

  async openApply(spec: ApplySpec): Promise<ApplySession> {
    return await openCudaApply(this.#calls, this.#index, spec);
  }

  async openSmooth(spec: SmoothSpec): Promise<SmoothSession> {
    return await openCudaSmooth(this.#calls, this.#index, spec);
  }

  /** Bytes of device memory that a fit will ask for with its largest lattice, before anything is allocated. */
  fitBytes({ value, weight, z, y, x }: FitSamples, points: Triple, bins: number): number {
    const fit = { grid: [z.length, y.length, x.length] as const, weighted: weight !== undefined, bins };
    return fitBytes(this.#calls, fit, value.length, points);
  }

  /** Most bytes that this process has held on the device at once; as it was at the end once the backend is closed. */
  peakBytes(): number {
    if (!this.#calls.closed) {
      this.#peakBytes = askBytes(this.#calls, (symbols, ...out) => symbols.n4_peak_bytes(this.#index, ...out));
    }
    return this.#peakBytes;
  }

  /** The devices that this process may see. */
  visibleDevices(): Promise<CudaDevice[]> {
    return Promise.try(() => listDevices(this.#calls));
  }

  /**
   * Bytes a second of copies within the device's memory (read and written), into it or out of it: the floors of a
   * benchmark.
   */
  async copyRate(direction: keyof typeof COPY, bytes: number): Promise<number> {
    const rate = new Float64Array(1);
    await this.#calls.make((symbols, ...message) =>
      symbols.n4_copy_rate(this.#index, COPY[direction], BigInt(bytes), rate, ...message)
    );
    return rate[0] * 1e9;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.peakBytes();
    return this.#calls.close();
  }
}
