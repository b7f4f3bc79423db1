/**
 * Opens a backend by name, or the best one that is here; says of every backend whether it can be used and why not.
 *
 * @module
 */

import { BackendError, UsageError } from "../errors.ts";
import type { Threads } from "../thread_job.ts";
import type { BackendKind, DeviceInfo, N4Backend } from "./backend.ts";
import { FallbackBackend } from "./fallback.ts";
import { openTsBackend } from "./ts/ts_backend.ts";

/**
 * What a user can ask for: a backend, `gpu` (cuda, else webgpu), `cpu` (ts), or `auto` (cuda, else webgpu, else ts).
 */
export type BackendChoice = BackendKind | "auto" | "cpu" | "gpu";

/** Every choice, for the command line. */
export const BACKEND_CHOICES: readonly BackendChoice[] = ["auto", "ts", "webgpu", "cuda", "cpu", "gpu"];

/** How a backend is opened. */
export interface OpenBackendOptions {
  /** Worker threads of the TypeScript backend, >= 0; left out: one per core. */
  readonly workers?: number;
  /** Threads that the TypeScript backend works on, instead of starting its own. */
  readonly threads?: Threads;
  /** Number of the CUDA device, >= 0; left out: the one with the most free memory. */
  readonly device?: number;
  /** Called with the reason when `auto` falls back to the TypeScript backend as the device has failed. */
  readonly onFallback?: (reason: string) => void;
}

/** Whether a backend can be used here. */
export type Availability =
  | { readonly kind: BackendKind; readonly available: true; readonly device: DeviceInfo }
  | { readonly kind: BackendKind; readonly available: false; readonly reason: string };

/** The backends that each choice tries, in order. */
export const CANDIDATES: Readonly<Record<BackendChoice, readonly BackendKind[]>> = {
  auto: ["cuda", "webgpu", "ts"],
  gpu: ["cuda", "webgpu"],
  cpu: ["ts"],
  cuda: ["cuda"],
  webgpu: ["webgpu"],
  ts: ["ts"],
};

/**
 * How each backend is opened; a rejection with {@linkcode BackendError} says why it cannot be. Only where a user has
 * `named` it may a processor stand in for its GPU: that is slower than the TypeScript backend.
 */
const OPENERS: Readonly<Record<BackendKind, (options: OpenBackendOptions, named: boolean) => Promise<N4Backend>>> = {
  cuda: async ({ device }, named) => {
    const { openCudaBackend } = await import("./cuda/cuda_backend.ts");
    return await openCudaBackend({ allowEmulator: named, device });
  },
  // Imported when asked for, so that no other choice waits for it.
  webgpu: async (_options, named) => {
    const { openWebGpuBackend } = await import("./webgpu/webgpu_backend.ts");
    return await openWebGpuBackend({ allowSoftware: named });
  },
  // Async so that a wrong option is a rejection as well.
  // deno-lint-ignore require-await
  ts: async (options) => openTsBackend(options),
};

/**
 * Opens the first backend of a choice that can be used.
 *
 * @param onRefusal called with the reason of every better one that cannot.
 * @throws {UsageError} when there is no such choice.
 * @throws {BackendError} when none can be used; the message says why for each, of `auto` for the last.
 */
export async function openBackend(
  choice: BackendChoice = "auto",
  options: OpenBackendOptions = {},
  onRefusal: (reason: string) => void = () => {},
): Promise<N4Backend> {
  const candidates = CANDIDATES[choice];
  if (!candidates) {
    throw new UsageError(
      `Cannot open a backend as it must be one of ${BACKEND_CHOICES.join(", ")}: current value is ${choice}`,
    );
  }
  const refusals: BackendError[] = [];
  for (const kind of candidates) {
    try {
      const backend = await OPENERS[kind](options, choice === kind);
      return choice === "auto" && kind !== "ts" ? withFallback(backend, options) : backend;
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      refusals.push(error);
      onRefusal(error.message);
    }
  }
  // The last of 'auto' needs no device: why even that one cannot be used is all there is to mend.
  const decisive = choice === "auto" ? refusals.slice(-1) : refusals;
  throw new BackendError(choice, decisive.map(({ message }) => message).join("; "), { cause: refusals });
}

/** Goes on with the TypeScript backend where the device fails and nothing is lost. */
function withFallback(first: N4Backend, options: OpenBackendOptions): N4Backend {
  const { onFallback = () => {} } = options;
  return new FallbackBackend({ first, openNext: () => OPENERS.ts(options, false), onFallback });
}

/** Tries every backend, for `doctor`. */
export async function probeBackends(options: OpenBackendOptions = {}): Promise<Availability[]> {
  return await Promise.all(CANDIDATES.auto.map(async (kind): Promise<Availability> => {
    try {
      await using backend = await OPENERS[kind](options, true);
      return { kind, available: true, device: backend.device };
    } catch (error) {
      return { kind, available: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }));
}
