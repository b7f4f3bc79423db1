/**
 * The field of a bias model as an array, and the device that calls for arrays compute on.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import type { BackendChoice } from "../backends/open.ts";
import { ArrayVolume } from "../io/array_volume.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { DEFAULT_SETTINGS } from "../options/resolve.ts";
import { planTransfer } from "../plan/memory.ts";
import { openChosenBackend } from "../run/device.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { writeField } from "../steps/apply.ts";
import { passesOf } from "../steps/volume_run.ts";
import type { Threads } from "../thread_job.ts";
import { openThreads } from "../threads/pool.ts";
import type { Shape3, VolumeSink } from "../volume.ts";

/** What a call for arrays computes on. */
export interface ArrayDevice {
  /**
   * Where to compute: a choice, whose backend is opened for the call, or one that is open and stays so. Left out: the
   * best that is here.
   */
  readonly backend?: BackendChoice | N4Backend;
  /** Worker threads, >= 0; left out: one per core, none in a browser. No bit of the result depends on it. */
  readonly nProcesses?: number;
  /** Number of the CUDA device, >= 0; left out: the one with the most free memory. */
  readonly device?: number;
  /** Called with each event. Must not throw. */
  readonly listener?: RunListener;
  /** Ends the work between two boxes or batches: the call then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How a field is worked out. */
export interface BiasFieldOptions extends ArrayDevice {
  /** Voxels along `[z, y, x]` over the field of view of the model; left out: those that it was fitted on. */
  readonly shape?: Shape3;
}

/**
 * Works out the field of a bias model: what intensities are divided by, at the resolution of the image that it was
 * fitted on or any other.
 *
 * @example
 * ```ts
 * import { biasField, parseBiasModel } from "@n4/n4";
 *
 * const model = parseBiasModel(await Deno.readTextFile("model.json"), "model.json");
 * const coarse = await biasField(model, { shape: [32, 64, 64] });
 * ```
 *
 * @returns the field, > 0, `shape` voxels in C order.
 * @throws {BackendError} when the device that the options name is not here.
 */
export async function biasField(model: BiasModel, options: BiasFieldOptions = {}): Promise<Float32Array> {
  const field = ArrayVolume.zeros(options.shape ?? model.shape);
  await writeBiasField(model, field, options);
  return field.data;
}

/**
 * Writes the field of a bias model, box by box: {@linkcode biasField} for a field that need not fit into memory.
 *
 * @param output whatever its shape, it spans the field of view of the model.
 * @throws {BackendError} when the device that the options name is not here.
 */
export async function writeBiasField(model: BiasModel, output: VolumeSink, options: ArrayDevice = {}): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { log, threads, backend } = await openArrayDevice(options, stack);
  const plan = planTransfer(output, output, backend.device.workers, DEFAULT_SETTINGS.memoryLimit);
  await writeField(model, output, backend, passesOf({ log, threads, signal: options.signal, plan }));
}

/** Opens what a call computes on. @param stack closes what was opened. */
export async function openArrayDevice(
  { backend: wanted, nProcesses, device, listener }: ArrayDevice,
  stack: AsyncDisposableStack,
): Promise<{ readonly log: RunLog; readonly threads: Threads; readonly backend: N4Backend }> {
  const log = new RunLog(listener);
  const threads = stack.use(openThreads(nProcesses));
  if (typeof wanted === "object") return { log, threads, backend: wanted };
  const backend = await openChosenBackend({ backend: wanted, nProcesses, device }, log, threads);
  return { log, threads, backend: stack.use(backend) };
}
