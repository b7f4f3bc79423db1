/**
 * One step of a correction that was planned: reads what earlier steps left in `OUT.partial`, leaves there what it
 * finds. Any step may be repeated, and done twice at once.
 *
 * @module
 */

import { InputError, StepError, UsageError } from "../errors.ts";
import { beginRun, cutCorrection, type Run } from "../run/begin.ts";
import { endRun } from "../run/end.ts";
import { STAGE_NAMES, stagesOf } from "../steps/stages.ts";
import { checkRequest, type OpenRequest, openRun } from "../run/open_run.ts";
import { watchPeak } from "../run/peak_memory.ts";
import type { StepOptions } from "../options/step_table.ts";
import { keysOfKind, pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS } from "../options/table.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { finishEnded } from "../run/resume_ending.ts";
import type { RunReport } from "../report/run_report.ts";
import { readEnding } from "../store/ending.ts";
import { RunFolder } from "../store/run_folder.ts";
import type { RunRecord } from "../store/run_record.ts";

/** A step to be done. */
export interface StepFileJob {
  /** A stage, `gather` or `finish`. */
  readonly stage: string;
  /** The folder of the run. */
  readonly folder: string;
  /** What the user gave. */
  readonly options: StepOptions;
  /** The command, for the report. */
  readonly command?: string;
  /** Called with each event. */
  readonly listener?: RunListener;
  /** Ends the work. */
  readonly signal?: AbortSignal;
}

/** The words that name steps. */
const STEP_WORDS: readonly string[] = [...STAGE_NAMES, "gather", "finish"];

/**
 * Does one step.
 *
 * @returns the report of the whole run, after `finish`.
 * @throws {UsageError} for a step that there is not.
 * @throws {InputError} when there is no such run, or an earlier step has not been done.
 * @throws {WriteError} when the run is another than that which was planned.
 */
export async function stepFile(job: StepFileJob): Promise<RunReport | undefined> {
  const start = performance.now();
  checkStep(job);
  const log = new RunLog(job.listener);
  await using stack = new AsyncDisposableStack();
  const finishing = job.stage === "finish";
  const folder = stack.use(await RunFolder.join(job.folder, finishing));
  const record = await folder.record();
  if (!record) {
    throw new InputError(job.folder, `Cannot do a step in '${job.folder}' as it must hold a plan: there is none`);
  }
  const request = checkRequest(requestOf(job, folder.output, record));
  const tellPeak = watchPeak(request.options, log);
  const opened = await openRun(request, log, stack);
  const run = await beginRun(opened, folder, {
    tasks: record.tasks,
    shared: !finishing,
    cut: cutCorrection(opened),
  });
  try {
    if (!finishing) {
      await doStep(job, run);
      return void tellPeak();
    }
    await demandStages(run);
    return await endRun(run, { command: job.command ?? "", start });
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    const text = `Cannot do step '${job.stage}' in '${job.folder}' as an earlier one must be done`;
    throw new InputError(job.folder, `${text}: run 'n4 step ${error.command(job.folder)}' first`, { cause: error });
  }
}

/**
 * Ends a run that died while its outputs got their names, or has ended altogether.
 *
 * @returns whether there was such a run.
 */
export async function finishAgain(job: StepFileJob): Promise<boolean> {
  const { folder, listener } = job;
  const output = folder.replace(/\/+$/, "").replace(/\.partial$/, "");
  const log = new RunLog(listener);
  const ending = await readEnding({ path: `${output}.partial` });
  if (ending) {
    const request = requestOf(job, output, ending.record);
    const inputs = { input: request.input, ...pathsOfKind(CORRECT_OPTIONS, request.options, "input") };
    if (await finishEnded({ ...request, inputs }, log)) return true;
  }
  const is = async (path: string) => await Deno.stat(path).then(() => true, () => false);
  if (await is(folder) || !folder.replace(/\/+$/, "").endsWith(".partial") || !await is(output)) return false;
  log.note(`${output} is in place and ${folder} is gone: there is nothing left to do.`);
  return true;
}

function checkStep({ stage, options: { task, of } }: StepFileJob): void {
  if (!STEP_WORDS.includes(stage)) {
    throw new UsageError(`Cannot do a step as it must be one of ${STEP_WORDS.join(", ")}: current word is '${stage}'`);
  }
  const needs = (option: string, value: unknown, wanted: boolean) => {
    if (wanted === (value !== undefined)) return;
    const rule = wanted ? `needs option '${option}'` : `takes no option '${option}'`;
    throw new UsageError(`Cannot do step '${stage}' as it ${rule}: current value is ${value ?? "left out"}`);
  };
  needs("of", of, stage === "gather");
  needs("task", task, stage !== "gather" && stage !== "finish");
}

/** The run as it was planned, with what this machine does otherwise. */
function requestOf({ options: own, signal }: StepFileJob, output: string, record: RunRecord): OpenRequest {
  const { inputs, outputs, given, device } = record;
  const { input, memoryLimit, nProcesses, device: number, verbose } = own;
  const changed: Record<string, unknown> = { memoryLimit, nProcesses, device: number, verbose, backend: device.kind };
  for (const key of keysOfKind(CORRECT_OPTIONS, "input")) changed[key] = inputs[key]?.path;
  for (const key of keysOfKind(CORRECT_OPTIONS, "output", "report")) changed[key] = outputs[key];
  const named = Object.entries(changed).filter(([, value]) => value !== undefined);
  return { input: input ?? inputs.input.path, output, options: { ...given, ...Object.fromEntries(named) }, signal };
}

async function doStep({ stage: name, options: { task = 0, of } }: StepFileJob, run: Run): Promise<void> {
  const stage = stagesOf(run).find((stage) => stage.name === (of ?? name));
  const tasks = stage?.tasks ?? 0;
  if (!stage || tasks === 0) {
    return run.log.note(`The options of this run need no step '${of ?? name}': nothing to do.`);
  }
  if (of !== undefined) return await stage.gather?.();
  if (task < tasks) return await stage.task(task);
  throw new UsageError(
    `Cannot do task ${task} of '${name}' as it must be one of its ${tasks}, from 0 to ${
      tasks - 1
    }: current value is ${task}`,
  );
}

/** Refuses to end a run whose last stage has not been done. @throws {StepError} */
async function demandStages(run: Run): Promise<void> {
  const last = stagesOf(run).at(-1);
  for (let i = 0; last && i < last.tasks; i++) {
    if (!await run.store.has(`${last.name}.${i}`)) throw new StepError(`${last.name}.${i}`);
  }
}
