/**
 * From path to path: opens the image, corrects every volume stage by stage, puts the results in place. Whatever a stage finds is kept in `OUT.partial`, and nothing has its
 * final name before everything is done: a run that is ended looks never finished, and can be gone on with.
 *
 * @module
 */

import { CorrectionPage } from "../report/correction_page.ts";
import { DataError, UsageError } from "../errors.ts";
import { beginRun, openFolder } from "../run/begin.ts";
import { endRun } from "../run/end.ts";
import { doStages } from "../steps/stages.ts";
import { isTaken } from "../io/files/output_guard.ts";
import { checkRequest, type OpenRequest, openRoom, openRun } from "../run/open_run.ts";
import type { CorrectOptions } from "../options/table.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { finishEnded } from "../run/resume_ending.ts";
import type { RunReport } from "../report/run_report.ts";
import type { RunFolder } from "../store/run_folder.ts";

/** A correction from path to path. */
export interface CorrectFileJob extends OpenRequest {
  /** Image to correct; only read. */
  readonly input: string;
  /** Image to write. */
  readonly output: string;
  /** What the user gave; the preset fills the rest. */
  readonly options: CorrectOptions;
  /** The command, for the report. */
  readonly command?: string;
  /** Told what happens. */
  readonly listener?: RunListener;
  /** Iterations per call of the device while somebody watches. */
  readonly batch?: number;
  /** Ends the work; what is done by then is kept for `options.resume`. */
  readonly signal?: AbortSignal;
  /** Told where what is done is kept, when a run fails or is ended. */
  readonly onKept?: (folder: string) => void;
}

/**
 * Corrects an image file.
 *
 * @returns the report, which was also written where `options.report` says; `undefined` after a dry run.
 * @throws {UsageError} for options that contradict each other.
 * @throws {InputError | CorruptDataError | DataError | WriteError | MemoryLimitError | BackendError} as their docs say.
 */
export async function correctFile(job: CorrectFileJob): Promise<RunReport | undefined> {
  const start = performance.now();
  checkRequest(job);
  const log = new RunLog(job.listener);
  const ended = job.options.resume ? await finishEnded(job, log) : undefined;
  if (ended) return ended;

  await using stack = new AsyncDisposableStack();
  const opened = await openRun(job, log, stack);
  const { options } = opened;
  if (options.dryRun) {
    const taken = await isTaken(job.output);
    if (taken && !options.overwrite) log.warn(`${job.output} exists already: a run needs '--overwrite'.`);
    return undefined;
  }
  openRoom(opened);

  const folder = stack.use(await log.stage("beginning", () => openFolder(opened)));
  const page = options.html === undefined ? undefined : new CorrectionPage();
  const watch = page?.watch.bind(page);
  try {
    const run = await log.stage("beginning", () => beginRun(opened, folder, { tasks: 1, shared: false, watch }));
    await doStages(run); // Range, histogram, mask, profile, section, global, apply, pyramid.
    return await endRun(run, { command: job.command ?? "", start, page });
  } catch (error) {
    await keepWhatIsDone(folder, error, job);
    throw error;
  }
}

/** What is done stays if something is, and if trying again can help. */
async function keepWhatIsDone(folder: RunFolder, error: unknown, { onKept }: CorrectFileJob): Promise<void> {
  if (error instanceof DataError || error instanceof UsageError || error instanceof RangeError) return;
  if (!await folder.hasResults()) return;
  folder.keep();
  onKept?.(folder.path);
}
