/**
 * A run that died while it gave its outputs their names: the names that are left are given, and nothing else is done.
 * Its input may be gone by then, where the output has taken the place of a link to it.
 *
 * @module
 */

import { resolve } from "node:path";
import { CANDIDATES } from "../backends/open.ts";
import { CorrectionPage } from "../report/correction_page.ts";
import { createText } from "../io/files/text_output.ts";
import { entryAt, namesOf } from "../io/files/output_guard.ts";
import { isUrl } from "../io/remote/url.ts";
import type { Reporting } from "./end.ts";
import type { OpenRequest } from "./open_run.ts";
import type { RunLog } from "../run_log.ts";
import { reportText, type RunReport } from "../report/run_report.ts";
import { type Ending, giveNames, readEnding } from "../store/ending.ts";
import { RunFolder } from "../store/run_folder.ts";
import { keysOf, type RecordedInput, recordOf, type RunRecord, text } from "../store/run_record.ts";
import { absolute, recordInput } from "./begin.ts";
import { isSamePath, outputPaths } from "./outputs.ts";

/** What is asked for of a run that may have ended. */
interface Asked extends Pick<OpenRequest, "output" | "options">, Pick<Reporting, "onNamed"> {
  /** Role to path of everything that the result depends on. */
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * Ends a run whose end is written down already.
 *
 * @returns its report; `undefined` where there is no such run.
 * @throws {WriteError} telling what has changed, where another run is asked for.
 */
export async function finishEnded(asked: Asked, log: RunLog): Promise<RunReport | undefined> {
  const { output, options, onNamed } = asked;
  const { overwrite = false } = options;
  const { partial } = namesOf(output);
  if ((await Deno.permissions.query({ name: "read", path: partial })).state !== "granted") return undefined;
  if (await readEnding({ path: partial }) === undefined) return undefined;
  await using folder = await RunFolder.join(partial, true);
  const ending = await readEnding(folder);
  if (ending === undefined) return undefined;
  folder.demandSame(ending.record, await recordAsked(ending, asked));
  log.note(`The run in ${partial} was done but for the names of its outputs.`);
  await log.stage("rename", () => giveNames({ ...ending, overwrite: ending.overwrite || overwrite }, folder.path));
  const report = ending.report as RunReport;
  const placed = ending.placements.map(({ to }) => resolve(to));
  const texts = [[options.report, reportText], [
    options.html,
    (r: RunReport) => new CorrectionPage().render(r),
  ]] as const;
  for (const [path, textOf] of texts) {
    // Another place than the run was given at first.
    if (path === undefined || placed.includes(resolve(path))) continue;
    await using file = await createText(path, { overwrite, inputs: [] });
    await file.commit(await textOf(report));
  }
  await onNamed?.(report);
  await folder.remove();
  return report;
}

/** The record of the run that is asked for, as far as it shows without an input being opened; the rest as it was. */
async function recordAsked(ending: Ending, { output, options, inputs }: Asked): Promise<RunRecord> {
  const { record: before } = ending;
  const given: Readonly<Record<string, unknown>> = { ...options };
  const changed = keysOf(before.given, given).filter((key) => text(before.given[key]) !== text(given[key]));
  const now: Record<string, RecordedInput> = {};
  for (const [role, path] of Object.entries(inputs)) now[role] = await stateNow(ending, path, before.inputs[role]);
  const { backend = "auto" } = options;
  const { kind } = before.device;
  return recordOf({
    inputs: now,
    given,
    options: { ...before.options, ...Object.fromEntries(changed.map((key) => [key, given[key]])) },
    // The folder is this one's, by whatever name.
    outputs: { ...absolute(outputPaths({}, output, options)), output: before.outputs.output },
    device: { ...before.device, kind: CANDIDATES[backend].includes(kind) ? kind : CANDIDATES[backend][0] },
    tasks: before.tasks,
    stages: before.stages,
  });
}

/** An input and its state; the one that it had, where an output has taken its place or it is gone. */
async function stateNow({ placements }: Ending, path: string, before?: RecordedInput): Promise<RecordedInput> {
  if (isUrl(path) || before?.path !== resolve(path)) return await recordInput(path);
  if (await Deno.stat(path).then(() => false, (error) => error instanceof Deno.errors.NotFound)) return before;
  for (const { from, to } of placements) {
    if (isSamePath(path, to) && await entryAt(from) === undefined) return before;
  }
  return await recordInput(path);
}
