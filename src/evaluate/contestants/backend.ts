/**
 * A backend of n4 as a contestant: the story of `src/steps/correct.ts` on arrays.
 *
 * @module
 */

import type { N4Backend } from "../../backends/backend.ts";
import { estimateBias } from "../../steps/correct.ts";
import { planJob } from "../../steps/volume_run.ts";
import { ArrayVolume } from "../../io/array_volume.ts";
import { type RunListener, RunLog } from "../../run_log.ts";
import { applyBias, writeField } from "../../steps/apply.ts";
import type { BiasEstimate } from "../../steps/estimate.ts";
import { type CorrectJob, passesOf } from "../../steps/volume_run.ts";
import { type Contestant, type Correction, type CorrectionTimes, type CorrectionWork, loaded } from "./contestant.ts";

/** Names for titles. */
const TITLES = { ts: "n4 (TypeScript)", webgpu: "n4 (WebGPU)", cuda: "n4 (CUDA)" } as const;

/** How a backend takes part. */
export interface BackendContestantOptions {
  /** Hears how fits go. */
  readonly listener?: RunListener;
  /** Iterations between two looks at the fit. */
  readonly batch?: number;
  /** Ends a correction. */
  readonly signal?: AbortSignal;
}

/** A backend; disposing of the contestant disposes of it. */
export function backendContestant(backend: N4Backend, options: BackendContestantOptions = {}): Contestant {
  const { device } = backend;
  let work: CorrectionWork | undefined;
  const run = () => runBackend(backend, loaded(work), options);
  return {
    name: device.kind,
    label: TITLES[device.kind],
    kind: "backend",
    device,
    load(given) {
      work = given;
      return Promise.resolve();
    },
    time: async () => (await run()).times,
    correct: async () => await withField(backend, await run()),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

/** A correction before its field is written out. */
interface Run {
  readonly job: CorrectJob;
  readonly estimate: BiasEstimate;
  readonly corrected: ArrayVolume;
  readonly times: CorrectionTimes;
}

async function runBackend(
  backend: N4Backend,
  { shape, voxelSize, intensity, mask, schedule }: CorrectionWork,
  { listener, batch, signal }: BackendContestantOptions,
): Promise<Run> {
  const log = new RunLog(listener === undefined ? undefined : (event) => event.event === "fit" && listener(event));
  const job: CorrectJob = {
    input: new ArrayVolume(intensity, shape, voxelSize),
    settings: schedule.settings,
    backend,
    log,
    mask: { source: new ArrayVolume(Float32Array.from(mask), shape, voxelSize), name: "the mask" },
    batch,
    signal,
  };
  const corrected = ArrayVolume.zeros(shape, voxelSize);
  const start = performance.now();
  const plan = planJob(job, corrected);
  const estimate = await estimateBias(job, plan);
  await applyBias({ ...job, ...job.settings, ...estimate, passes: passesOf({ ...job, plan }) }, corrected);
  const seconds = (performance.now() - start) / 1000;
  const fitSeconds = log.stages.find(({ name }) => name === "fit")?.seconds;
  return { job, estimate, corrected, times: { seconds, fitSeconds } };
}

async function withField(
  backend: N4Backend,
  { job, estimate, corrected, times }: Run,
): Promise<Correction> {
  const field = ArrayVolume.zeros(corrected.shape, corrected.voxelSize);
  const passes = passesOf({ ...job, plan: estimate.plan });
  await writeField(estimate.model, field, backend, passes);
  return { corrected: corrected.data, field: field.data, times, levels: estimate.fits.flatMap(({ levels }) => levels) };
}
