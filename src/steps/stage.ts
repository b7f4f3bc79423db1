/**
 * What a stage is: one task or a few alike, numbered from 0, which do not need each other, and where somebody needs it
 * as one the gathering of what they found. Each reads what came before from a store and writes there what it finds, so
 * that a run may be one process or many.
 *
 * @module
 */

import { StepError } from "../errors.ts";
import type { RunLog } from "../run_log.ts";
import type { Checkpoint, RunStore } from "../store/store.ts";

/** What every stage needs of the run that it is a part of. */
interface Staged {
  /** Where results are kept. */
  readonly store: RunStore;
  readonly log: RunLog;
  /** Ends the work between two tasks. */
  readonly signal?: AbortSignal;
}

/** A stage of runs of one type. */
export interface Stage<Run extends Staged> {
  /** Its name, also that of its gathered result; results of single tasks are called `NAME.0`, `NAME.1` and so on. */
  readonly name: string;
  /** How many tasks it has; 0 where the run does not need it. */
  tasks(run: Run): number;
  /** Does one task and keeps what it found. */
  task(run: Run, index: number): Promise<void>;
  /** Puts together what all tasks found. */
  readonly gather?: (run: Run) => Promise<void>;
}

/** Does what is left to do of a stage. */
export async function doStage<Run extends Staged>(stage: Stage<Run>, run: Run): Promise<void> {
  const count = stage.tasks(run);
  if (count === 0) return;
  await run.log.stage(stage.name, async () => {
    for (let i = 0; i < count; i++) {
      run.log.emit({ event: "task", stage: stage.name, task: i, tasks: count });
      if (!await run.store.has(`${stage.name}.${i}`)) await doTask(stage, run, i);
      else await warnAgain(run, `${stage.name}.${i}`);
    }
    if (stage.gather && !await run.store.has(stage.name)) await doGather(stage, run);
  });
}

/** Does one task of a stage, whether it has been done before or not. */
export async function doTask<Run extends Staged>(stage: Stage<Run>, run: Run, index: number): Promise<void> {
  run.signal?.throwIfAborted();
  await run.log.stage(stage.name, () => stage.task(run, index));
}

/** Puts the results of a stage together. */
export async function doGather<Run extends Staged>({ name, gather }: Stage<Run>, run: Run): Promise<void> {
  run.signal?.throwIfAborted();
  if (gather) await run.log.stage(name, () => gather(run));
}

/** Nobody who listens now has heard the warnings of a task that an earlier process has done. */
async function warnAgain({ store, log }: Staged, name: string): Promise<void> {
  const warnings = (await store.read(name))?.record.warnings;
  if (Array.isArray(warnings)) { for (const text of warnings) log.warn(String(text)); }
}

/** The result of an earlier task. @throws {StepError} where it is missing. */
export async function need(run: Pick<Staged, "store">, name: string): Promise<Checkpoint> {
  const found = await run.store.read(name);
  if (found === undefined) throw new StepError(name);
  return found;
}

/** The results of all tasks of a stage, in order. */
export async function needAll<Run extends Staged>(run: Run, stage: Stage<Run>): Promise<Checkpoint[]> {
  const found: Checkpoint[] = [];
  for (let i = 0; i < stage.tasks(run); i++) found.push(await need(run, `${stage.name}.${i}`));
  return found;
}
