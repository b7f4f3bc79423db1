/**
 * A whole run in one process, from its folder to the names of its outputs. Whatever a stage finds is kept in
 * `OUT.partial`, and nothing has its final name before everything is done: a run that is ended never looks finished,
 * and can be resumed.
 *
 * @module
 */

import { DataError, UsageError } from "../errors.ts";
import { CorrectionPage } from "../report/correction_page.ts";
import type { RunReport } from "../report/run_report.ts";
import { doStages } from "../steps/stages.ts";
import type { RunFolder } from "../store/run_folder.ts";
import { type Beginning, beginRun, openFolder } from "./begin.ts";
import { endRun, type Reporting } from "./end.ts";
import type { OpenedImage } from "./open_run.ts";

/** What a whole run is given beside what it starts from. */
interface WholeRun extends Pick<Beginning, "cut">, Pick<Reporting, "onNamed"> {
  /** The command, for the report. */
  readonly command?: string;
  /** `performance.now()` at the start. */
  readonly start: number;
  /** Called once the work is done: says whether it took more memory than it may. */
  readonly tellPeak: () => void;
  /** Called with where what is done is kept, when a run fails or is ended. */
  readonly onKept?: (folder: string) => void;
}

/** Does a run, or what is left of it. @returns its report. */
export async function doRun(
  opened: OpenedImage,
  { command = "", start, cut, tellPeak, onKept, onNamed }: WholeRun,
): Promise<RunReport> {
  const { log, stack, options } = opened;
  const folder = stack.use(await log.stage("beginning", () => openFolder(opened)));
  const wasBegun = await folder.isBegun();
  const page = options.html === undefined ? undefined : new CorrectionPage();
  const watch = page?.watch.bind(page);
  try {
    const run = await log.stage("beginning", () => beginRun(opened, folder, { tasks: 1, shared: false, watch, cut }));
    await doStages(run);
    tellPeak();
    return await endRun(run, { command, start, page, onNamed });
  } catch (error) {
    if (wasBegun || canBeResumed(error) && await folder.hasResults()) keep(folder, onKept);
    throw error;
  }
}

function keep(folder: RunFolder, onKept?: (folder: string) => void): void {
  folder.keep();
  onKept?.(folder.path);
}

/** Whether trying again can help. */
function canBeResumed(error: unknown): boolean {
  return !(error instanceof DataError || error instanceof UsageError || error instanceof RangeError);
}
