/**
 * The plan of a correction that is done step by step, perhaps on many machines: the folder `OUT.partial` with what the
 * run is and how it is cut. No voxel is read.
 *
 * @module
 */

import { beginRun, cutCorrection, openFolder } from "../run/begin.ts";
import { checkRequest, openRun } from "../run/open_run.ts";
import type { PlanOptions } from "../options/step_table.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import type { RunRecord } from "../store/run_record.ts";

/** A plan to be made. */
export interface PlanFileJob {
  /** Image to correct; only read. */
  readonly input: string;
  /** Image to write. */
  readonly output: string;
  /** What the user gave. */
  readonly options: PlanOptions;
  /** Called with what is planned. */
  readonly listener?: RunListener;
}

/**
 * Plans a correction.
 *
 * @returns the folder of the run, and what is written there as `run.json`.
 * @throws {UsageError | InputError | WriteError | MemoryLimitError | BackendError} as their docs say.
 */
export async function planFile(job: PlanFileJob): Promise<{ folder: string; record: RunRecord }> {
  const { tasks = 1, ...options } = job.options;
  const request = checkRequest({ ...job, options, planning: true });
  const log = new RunLog(job.listener);
  await using stack = new AsyncDisposableStack();
  const opened = await openRun(request, log, stack);
  const folder = stack.use(await openFolder(opened));
  const { record } = await beginRun(opened, folder, { tasks, shared: false, cut: cutCorrection(opened) });
  folder.keep();
  return { folder: folder.path, record };
}
