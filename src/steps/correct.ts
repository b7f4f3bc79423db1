/**
 * A volume in memory, from intensities to corrected ones: plan, find the mask, match, fit, scale, apply. The volume
 * flows through in boxes to be sampled, small fits happen on one device, the volume flows through once more to be
 * corrected. Nothing as large as the volume is ever held.
 *
 * Every stage (`stages.ts`) leaves what it found in a store, where those after it look for it: one in memory here; a
 * folder where a run shall survive its process, or be shared out over many (`commands/correct.ts`, `commands/step.ts`),
 * which do the same stages.
 *
 * @module
 */

import { MemoryStore, type RunStore } from "../store/store.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import type { VolumeSink } from "../volume.ts";
import { applyBias } from "./apply.ts";
import { type BiasEstimate, readEstimate } from "./estimate.ts";
import { SamplesAhead } from "./samples_ahead.ts";
import { findFields } from "./stages.ts";
import { type CorrectJob, passesOf, planJob, type VolumeRun } from "./volume_run.ts";

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
  await findFields([run]);
  return await readEstimate(run);
}
