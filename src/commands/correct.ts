/**
 * From path to path: opens the image, corrects every volume stage by stage, puts the results in place.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { demandPlaces, isTaken } from "../io/files/output_guard.ts";
import { pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import type { RunReport } from "../report/run_report.ts";
import { cutCorrection } from "../run/begin.ts";
import { checkRequest, openRoom, openRun } from "../run/open_run.ts";
import { outputPaths } from "../run/outputs.ts";
import { watchPeak } from "../run/peak_memory.ts";
import { finishEnded } from "../run/resume_ending.ts";
import { doRun } from "../run/whole_run.ts";
import type { Threads } from "../thread_job.ts";
import { type RunListener, RunLog } from "../run_log.ts";

/** A correction from path to path. */
export interface CorrectFileJob {
  /** Image to correct; only read. */
  readonly input: string;
  /** Image to write. */
  readonly output: string;
  /** What the user gave; the preset fills the rest. */
  readonly options: CorrectOptions;
  /** The command, for the report. */
  readonly command?: string;
  /** Called with each event. */
  readonly listener?: RunListener;
  /** Iterations per call of the device while somebody watches. */
  readonly batch?: number;
  /** Whether the output may take the place of an input (one file), which stays whole until the end. */
  readonly inPlace?: boolean;
  /** Threads and device that other runs use too; left out: the run opens its own. */
  readonly machine?: { readonly threads: Threads; readonly backend: N4Backend };
  /** Its part of the memory, bytes, where others run at once; left out: `memoryLimit` of the options. */
  readonly share?: number;
  /** The state of inputs as a run that is repeated read them, by their role; another one is told. */
  readonly states?: Readonly<Record<string, unknown>>;
  /** Ends the work; what is done by then is kept for `options.resume`. */
  readonly signal?: AbortSignal;
  /** Called with where what is done is kept, when a run fails or is ended. */
  readonly onKept?: (folder: string) => void;
  /** Called when all is in its place; until this has ended, the run counts as not ended. */
  readonly onNamed?: (report: RunReport) => Promise<void>;
}

/**
 * Corrects an image file.
 *
 * @returns the report, which was also written where `options.report` says; `undefined` after a dry run.
 * @throws {UsageError} for options that contradict each other.
 * @throws {InputError | CorruptDataError | DataError | WriteError | MemoryLimitError | BackendError} as their docs say.
 */
export async function correctFile(given: CorrectFileJob): Promise<RunReport | undefined> {
  const start = performance.now();
  const job = checkRequest(given);
  const log = new RunLog(job.listener);
  const tellPeak = watchPeak(job.options, log);
  if (!job.options.dryRun) {
    const inputs = { input: job.input, ...pathsOfKind(CORRECT_OPTIONS, job.options, "input") };
    const ended = job.options.resume ? await finishEnded({ ...job, inputs }, log) : undefined;
    if (ended) return ended;
    await demandPlaces(Object.values(outputPaths({}, job.output, job.options)), job.options.overwrite);
  }

  await using stack = new AsyncDisposableStack();
  const opened = await openRun(job, log, stack);
  const { options } = opened;
  if (options.dryRun) {
    const taken = await isTaken(job.output);
    if (taken && !options.overwrite) log.warn(`${job.output} exists already: a run needs option 'overwrite'.`);
    return undefined;
  }
  openRoom(opened);

  // Range, histogram, mask, profile, section, global, apply, pyramid: steps/stages.ts.
  return await doRun(opened, { ...job, start, tellPeak, cut: cutCorrection(opened) });
}
