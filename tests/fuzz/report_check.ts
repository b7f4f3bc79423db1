/**
 * Repeating a run from a damaged report: it is refused, or the options are those that its text gives, and they can be run.
 *
 * @module
 */

import { correctFile } from "../../src/commands/correct.ts";
import { N4Error } from "../../src/errors.ts";
import { readOption } from "../../src/options/parsers.ts";
import { flagOf, type OptionTable } from "../../src/options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../../src/options/table.ts";
import { repeatReport } from "../../src/report/repeat_report.ts";
import { BrokenPromise } from "./checks.ts";
import type { Job } from "./case_worker.ts";
import { withPatience } from "./correction_check.ts";
import { MEMORY_LIMIT } from "./image_checks.ts";

/** Repeats a run in the output folder. */
export async function checkReport(job: Job): Promise<string> {
  const path = `${job.input}/${job.open}`;
  const { options } = await repeatReport(path, { options: {} });
  expectGiven(options, await Deno.readTextFile(path));
  await Deno.copyFile(`${job.input}/in.nii`, `${job.output}/in.nii`);
  const own = { backend: "ts", nProcesses: 0, memoryLimit: MEMORY_LIMIT } as const;
  const [input, output] = [`${job.output}/in.nii`, `${job.output}/again.nii`];
  const again = await repeatReport(path, { input, output, options: own });
  try {
    return await withPatience(job, output, (signal) => correctFile({ ...again, signal, batch: 1 }));
  } catch (error) {
    // A report may name any path, as a user may.
    if (error instanceof N4Error && /without permission/.test(error.message)) return "another path, out of bounds";
    throw error;
  }
}

/** What is taken is what the text gives, and what a command line would take. */
function expectGiven(options: CorrectOptions, text: string): void {
  const { given } = JSON.parse(text);
  const table: OptionTable = CORRECT_OPTIONS;
  for (const [key, value] of Object.entries(options)) {
    const { [key]: spec } = table;
    const said = given[key];
    const same = spec.type === "flag" ? value === said : JSON.stringify(value) ===
      JSON.stringify(readOption(spec, Array.isArray(said) ? said.join(" ") : String(said), flagOf(key)));
    if (!same) {
      throw new BrokenPromise(`'${key}' of ${JSON.stringify(said).slice(0, 99)} is taken for ${String(value)}`);
    }
  }
}
