/**
 * A run that died while it gave its outputs their names: the names that are left are given, and nothing else is done.
 * Its input may be gone by then, where the output has taken the place of a link to it.
 *
 * @module
 */

import { resolve } from "node:path";
import { CorrectionPage } from "../report/correction_page.ts";
import { createText } from "../io/files/text_output.ts";
import { namesOf } from "../io/files/output_guard.ts";
import type { Reporting } from "./end.ts";
import type { OpenRequest } from "./open_run.ts";
import type { RunLog } from "../run_log.ts";
import { reportText, type RunReport } from "../report/run_report.ts";
import { giveNames, readEnding } from "../store/ending.ts";
import { RunFolder } from "../store/run_folder.ts";

/** Ends a run whose end is written down already. @returns its report; `undefined` where there is no such run. */
export async function finishEnded(
  { output, options, onNamed }: Pick<OpenRequest, "output" | "options"> & Pick<Reporting, "onNamed">,
  log: RunLog,
): Promise<RunReport | undefined> {
  const { partial } = namesOf(output);
  if ((await Deno.permissions.query({ name: "read", path: partial })).state !== "granted") return undefined;
  if (await readEnding({ path: partial }) === undefined) return undefined;
  await using folder = await RunFolder.join(partial, true);
  const ending = await readEnding(folder);
  if (ending === undefined) return undefined;
  log.note(`The run in ${partial} was done but for the names of its outputs.`);
  await log.stage("rename", () => giveNames(ending, folder.path));
  const report = ending.report as RunReport;
  const placed = ending.placements.map(({ to }) => resolve(to));
  const texts = [[options.report, reportText], [
    options.html,
    (r: RunReport) => new CorrectionPage().render(r),
  ]] as const;
  for (const [path, textOf] of texts) {
    // Another place than the run was given at first.
    if (path === undefined || placed.includes(resolve(path))) continue;
    await using file = await createText(path, { overwrite: options.overwrite ?? false, inputs: [] });
    await file.commit(await textOf(report));
  }
  await onNamed?.(report);
  await folder.remove();
  return report;
}
