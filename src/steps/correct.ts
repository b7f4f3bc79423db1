/**
 * The whole story on one page: plan, find the mask, match, fit, scale, apply. The volume flows through in boxes to be sampled, small fits happen on one device, the
 * volume flows through once more to be corrected. Nothing as large as the volume is ever held.
 *
 * Every stage leaves what it found in a store, where those after it look for it (`steps/`): one in memory here; a folder where a run shall survive its
 * process, or be shared out over many (`correct_file.ts`, `step_file.ts`).
 *
 * @module
 */

import { type CorrectionPlan, planCorrection } from "../plan/plan.ts";
import { applyBias } from "./apply.ts";
import { type BiasEstimate, readEstimate } from "./estimate.ts";
import { globalStage } from "./global.ts";
import { histogramStage } from "./histogram.ts";
import { maskStage, readMask } from "./mask.ts";
import { profileStage } from "./profile.ts";
import { rangeStage } from "./range.ts";
import { SamplesAhead } from "./samples_ahead.ts";
import { sectionStage } from "./section.ts";
import { MemoryStore, type RunStore } from "../store/store.ts";
import { type CorrectJob, passesOf, runStage, type VolumeRun } from "./volume_run.ts";
import type { VolumeSink } from "../volume.ts";

/**
 * Corrects a volume: estimates its bias field and writes the corrected voxels to `output`, which has the input's shape.
 *
 * @throws {DataError} when the mask or the data leave nothing to fit.
 */
export async function correct(job: CorrectJob, output: VolumeSink): Promise<BiasEstimate> {
  const plan = planJob(job, output);
  const estimate = await estimateBias(job, plan);
  await applyBias({ ...job, ...job.settings, ...estimate, passes: passesOf({ ...job, plan }) }, output);
  return estimate;
}

/** The plan of a job; `output` left out where only the field is wanted. */
export function planJob(job: CorrectJob, output?: Pick<VolumeSink, "chunk" | "forwardOnly">): CorrectionPlan {
  const { input, backend, settings } = job;
  const storage = {
    readChunk: input.chunk,
    writeChunk: output?.chunk ?? input.chunk,
    forwardOnly: input.forwardOnly || (output?.forwardOnly ?? false),
    readForwardOnly: input.forwardOnly,
    workers: backend.device.workers,
    threads: job.threads?.count ?? 0,
    weighted: job.weights !== undefined,
  };
  return planCorrection(input, storage, settings);
}

/**
 * Estimates the bias field of a volume.
 *
 * @param store where results are kept, and looked for before anything is done.
 * @throws {DataError} when the mask or the data leave nothing to fit.
 */
export async function estimateBias(
  job: CorrectJob,
  plan: CorrectionPlan = planJob(job),
  store: RunStore = new MemoryStore(),
): Promise<BiasEstimate> {
  const ahead = new SamplesAhead(plan.aheadBytes);
  const run: VolumeRun = { ...job, plan, store, parts: [[0, job.input.shape[0]]], ahead };
  await runStage(rangeStage, run); // Smallest and largest intensities.
  await runStage(histogramStage, run); // Thresholds, and the tables that match sections to the whole.
  await runStage(maskStage, run); // Tissue, closed in its planes and along z.
  job.log.note(`Mask: ${(await readMask(run)).description}.`);
  await runStage(profileStage, run); // One gain a plane.
  await runStage(sectionStage, run); // A field for each section, on its own samples.
  await runStage(globalStage, run); // A field over all, and the scale.
  return await readEstimate(run);
}
