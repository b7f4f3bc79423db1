/**
 * `n4 plan IN OUT`.
 *
 * @module
 */

import { PLAN_OPTIONS } from "../options/step_table.ts";
import { planFile } from "../commands/plan.ts";
import type { RunRecord } from "../store/run_record.ts";
import type { CommandSpec } from "./command.ts";
import { print } from "./console.ts";
import { jsonText } from "./plain_text.ts";
import { MAIN_OPTIONS } from "./correct_command.ts";

const FOOTER = `Examples:
  n4 plan stack.ome.zarr corrected.ome.zarr --n-serial-slices 40 --tasks 50
  n4 plan stack.ome.zarr corrected.ome.zarr --n-serial-slices 40 --tasks 50 --json

Makes OUT.partial, the folder of the run; 'n4 step' does its steps, in any process on any machine that sees the folder.
The tasks of a stage do not need each other; a stage needs those before it, gathered where the plan says so.
The table goes to standard output; with --json it is what OUT.partial/run.json holds.

Permissions of 'deno run': read and write of OUT and OUT.partial, likewise for every --save-... and --report path; read
of IN, of the mask, weights and model, and of n4's own folder src. CUDA needs --allow-ffi as well.`;

/** The command. */
export const planCommand: CommandSpec<typeof PLAN_OPTIONS> = {
  name: "plan",
  summary: "Plan a correction whose steps run one by one or on many machines; takes the options of 'correct'.",
  operands: {
    IN: "image to correct: .nii, .nii.gz, an OME-Zarr folder, .ozx or .ome.zarr.zip; or an https or s3 address of one",
    OUT: "image to write: .nii, .nii.gz, .ome.zarr, .ozx or .ome.zarr.zip",
  },
  options: PLAN_OPTIONS,
  main: ["tasks", ...MAIN_OPTIONS.filter((key) => key !== "html")],
  footer: FOOTER,
  async run([input, output], options, { listener }) {
    const { folder, record } = await planFile({ input, output, options, listener });
    print(options.json ? `${jsonText(record)}\n` : planText(folder, record));
  },
};

/** The stages as a table. */
function planText(folder: string, { stages }: RunRecord): string {
  const rows = stages.filter(({ tasks }) => tasks > 0).map(({ name, tasks, gather, memoryBytes, seconds }) => [
    name,
    String(tasks),
    gather ? "yes" : "",
    `${Math.ceil(memoryBytes / 2 ** 20)} MiB`,
    `${seconds} s`,
  ]);
  const all = [["stage", "tasks", "gather", "memory of a task", "time of a task, estimate"], ...rows];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
  return `${lines.join("\n")}\n\nn4 step <stage> ${folder} --task <i>, in this order; ` +
    `n4 step gather ${folder} --of <stage> after the tasks of a stage that is gathered; at last n4 step finish ${folder}\n`;
}
