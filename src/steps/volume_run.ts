/**
 * The correction of one volume as its steps see it: what it works on, the plan, and the store of results. A stage is one step or a few alike, numbered from 0,
 * which do not need each other, and where it has one the gathering of what they found.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { StepError } from "../errors.ts";
import type { GivenMask } from "../intensity/mask/mask.ts";
import type { Planes } from "../io/flow/boxes.ts";
import type { PassContext } from "../io/flow/passes.ts";
import { CALLING_THREAD, type Threads } from "../thread_job.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import type { CorrectSettings } from "../plan/settings.ts";
import type { RunLog } from "../run_log.ts";
import type { VolumeSource } from "../volume.ts";
import type { SamplesAhead } from "./samples_ahead.ts";
import type { Checkpoint, RunStore } from "../store/store.ts";

/** What a correction works with. */
export interface CorrectJob {
  /** The volume to correct; only read. */
  readonly input: VolumeSource;
  /** Parameters. */
  readonly settings: CorrectSettings;
  /** Where fit and apply run. */
  readonly backend: N4Backend;
  /** Told what happens. */
  readonly log: RunLog;
  /** Left out: `settings.maskMethod` makes a mask. */
  readonly mask?: GivenMask;
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

/** The stages that lead to the field, in order. */
type EstimateStageName = "range" | "histogram" | "mask" | "profile" | "section" | "global";

/** A stage of the way to the field of one volume. */
export interface Stage {
  /** Its name, also that of its gathered result; results of single steps are called `NAME.0`, `NAME.1` and so on. */
  readonly name: EstimateStageName;
  /** How many steps it has; 0 where the settings do not need it. */
  steps(run: VolumeRun): number;
  /** Does one step and keeps what it found. */
  step(run: VolumeRun, index: number): Promise<void>;
  /** Puts together what all steps found, where somebody needs it as one. */
  readonly gather?: (run: VolumeRun) => Promise<void>;
}

/** Does what is left to do of a stage. */
export async function runStage(stage: Stage, run: VolumeRun): Promise<void> {
  const count = stage.steps(run);
  if (count === 0) return;
  await run.log.stage(stage.name, async () => {
    for (let i = 0; i < count; i++) {
      if (!await run.store.has(`${stage.name}.${i}`)) await runStep(stage, run, i);
      else await tellAgain(run, `${stage.name}.${i}`);
    }
    if (stage.gather && !await run.store.has(stage.name)) await runGather(stage, run);
  });
}

/** A step that was done by an earlier process has warned nobody who listens now. */
async function tellAgain({ store, log }: VolumeRun, name: string): Promise<void> {
  const warnings = (await store.read(name))?.record.warnings;
  if (Array.isArray(warnings)) { for (const text of warnings) log.warn(String(text)); }
}

/** Does one step of a stage, whether it has been done before or not. */
export async function runStep(stage: Stage, run: VolumeRun, index: number): Promise<void> {
  run.signal?.throwIfAborted();
  await run.log.stage(stage.name, () => stage.step(run, index));
}

/** Puts the results of a stage together. */
export async function runGather({ name, gather }: Stage, run: VolumeRun): Promise<void> {
  run.signal?.throwIfAborted();
  if (gather) await run.log.stage(name, () => gather(run));
}

/** How the boxes of a run flow, over all planes or one part of them. */
export function passesOf(
  { log, signal, plan, threads = CALLING_THREAD }: Pick<VolumeRun, "log" | "signal" | "plan" | "threads">,
  planes?: Planes,
): PassContext {
  const { boxVoxels, slots } = plan;
  return { boxVoxels, slots, log, threads, ...(signal ? { signal } : {}), ...(planes ? { planes } : {}) };
}

/** The result of an earlier step. @throws {StepError} where it is missing. */
export async function need(run: Pick<VolumeRun, "store">, name: string): Promise<Checkpoint> {
  const found = await run.store.read(name);
  if (found === undefined) throw new StepError(name);
  return found;
}

/** The results of all steps of a stage, in order. */
export async function needAll(run: VolumeRun, stage: Stage): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (let i = 0; i < stage.steps(run); i++) found.push(await need(run, `${stage.name}.${i}`));
  return found;
}
