/**
 * The correction of one volume as its stages see it: what it works on, the plan, and the store of results.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { describeDeviceMemory, type DeviceMemory } from "../backends/planned_work.ts";
import type { GivenMask } from "../intensity/mask/mask.ts";
import type { Planes } from "../io/flow/boxes.ts";
import type { PassContext } from "../io/flow/passes.ts";
import { bytesPerValue } from "../io/numeric.ts";
import { CALLING_THREAD, type Threads } from "../thread_job.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { plannedWork } from "../plan/device_work.ts";
import { type CorrectionPlan, describeChoices, describePlan, planCorrection } from "../plan/plan.ts";
import type { FilledRooms, PlannedOutput } from "../plan/memory.ts";
import type { CorrectSettings } from "../plan/settings.ts";
import type { RunLog } from "../run_log.ts";
import type { VolumeSource } from "../volume.ts";
import type { SamplesAhead } from "./samples_ahead.ts";
import type { RunStore } from "../store/store.ts";

/** What a correction works with. */
export interface CorrectJob {
  /** The volume to correct; only read. */
  readonly input: VolumeSource;
  /** Its name where it is one of several: without a sample it then keeps its intensities, and the others go on. */
  readonly name?: string;
  /** Parameters. */
  readonly settings: CorrectSettings;
  /** Where fit and apply run. */
  readonly backend: N4Backend;
  /** Hears what happens. */
  readonly log: RunLog;
  /** Left out: `settings.maskMethod` makes a mask. */
  readonly mask?: GivenMask;
  /** Region whose evenness shows whether the correction helped; left out: the brightest tissue. */
  readonly roi?: GivenMask;
  /** Confidence of each voxel, on the input's grid or another resolution of it. */
  readonly weights?: VolumeSource;
  /** A coarser level of the input that the fits' samples are read from, `settings.fitLevel`; left out: the input. */
  readonly fitLevel?: VolumeSource;
  /** A model of the same shape to start from: the fit looks for what it leaves over. Mode `global` alone. */
  readonly initialModel?: BiasModel;
  /** Iterations per call of the device while somebody watches; changes no bit. */
  readonly batch?: number;
  /** Who decodes, counts and encodes; left out: the calling thread. */
  readonly threads?: Threads;
  /** Ends the work between two boxes or batches. */
  readonly signal?: AbortSignal;
}

/** A correction, cut into steps. */
export interface VolumeRun extends CorrectJob {
  /** Which fits on which samples, which boxes. */
  readonly plan: CorrectionPlan;
  /** Where results are kept. */
  readonly store: RunStore;
  /** The runs of planes that reading stages are cut into, a step each. */
  readonly parts: readonly Planes[];
  /** Where samples of sections to come wait; left out where others may fit those. */
  readonly ahead?: SamplesAhead;
}

/** The plan of a job; `output` left out where only the field is wanted. */
export function planJob(job: CorrectJob, output?: PlannedOutput): CorrectionPlan {
  const { input, backend, settings } = job;
  const storage = {
    readChunk: input.chunk,
    writeChunk: output?.chunk ?? input.chunk,
    forwardOnly: input.forwardOnly || (output?.forwardOnly ?? false),
    readForwardOnly: input.forwardOnly,
    writeForwardOnly: output?.forwardOnly,
    workers: backend.device.workers,
    threads: job.threads?.count ?? 0,
    weighted: job.weights !== undefined,
    judged: job.roi !== undefined,
    companions: job.mask !== undefined || job.roi !== undefined || settings.keepOutside,
    readBytes: bytesPerValue(input.dataType),
    writeBytes: output?.writeBytes,
    encoderBytes: output?.encoderBytes,
    pyramidBytes: output?.pyramidBytes,
  };
  return planCorrection(input, storage, settings);
}

/**
 * Reports the plan, and asks the device whether it has room for it.
 *
 * @returns what it takes of a device's own memory, where it has any.
 * @throws {BackendError} when that is more than is free.
 */
export async function checkPlan(
  job: CorrectJob,
  plan: CorrectionPlan,
  rooms?: FilledRooms,
): Promise<DeviceMemory | undefined> {
  const { input, settings, backend, log, mask, weights } = job;
  for (const line of describeChoices(plan, settings)) log.note(line);
  for (const line of describePlan(plan, settings, input, rooms)) log.detail(line);
  const given = { mask: mask !== undefined, weights: weights !== undefined };
  const deviceMemory = await backend.checkMemory(plannedWork(plan, settings, input, given));
  if (deviceMemory) log.detail(describeDeviceMemory(deviceMemory));
  return deviceMemory;
}

/** How the boxes of a run flow, over all planes or one part of them. */
export function passesOf(
  { log, signal, plan, threads = CALLING_THREAD }: Pick<VolumeRun, "log" | "signal" | "threads"> & {
    readonly plan: Pick<CorrectionPlan, "boxVoxels" | "slots">;
  },
  planes?: Planes,
): PassContext {
  const { boxVoxels, slots } = plan;
  return { boxVoxels, slots, log, threads, signal, planes };
}
