/**
 * `n4 step STAGE OUT.partial`.
 *
 * @module
 */

import { STEP_OPTIONS } from "../options/step_table.ts";
import { finishAgain, stepFile } from "../commands/step.ts";
import type { CommandSpec } from "./command.ts";

const FOOTER = `Examples:
  n4 step range corrected.ome.zarr.partial --task 0
  n4 step gather corrected.ome.zarr.partial --of range
  n4 step finish corrected.ome.zarr.partial

The order: range, histogram, mask and profile, each gathered once all its tasks are done; section; global; apply;
pyramid; finish. Stages that the options do not need have no tasks. 'n4 plan' shows how many each has.
A step may be repeated, and done twice at once, without harm; it needs the backend that was planned.

Permissions of 'deno run': read and write of OUT and OUT.partial, likewise for every --save-... and --report path of the
plan; read of IN, of the mask, weights and model, and of n4's own folder src. CUDA needs --allow-ffi as well.`;

/** The command. */
export const stepCommand: CommandSpec<typeof STEP_OPTIONS> = {
  name: "step",
  summary: "Do one step of a correction that 'n4 plan' has planned.",
  operands: {
    STAGE: "range, histogram, mask, profile, section, global, apply, pyramid, gather or finish",
    RUN: "folder of the run: OUT.partial",
  },
  options: STEP_OPTIONS,
  footer: FOOTER,
  async run([stage, folder], options, context) {
    const job = { stage, folder, options, ...context };
    if (stage === "finish" && await finishAgain(job)) return;
    const start = performance.now();
    const report = await stepFile(job);
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    const done = report ? `Wrote ${report.outputs.output}` : `Did '${stage}'`;
    return { report, text: `${done} in ${seconds} s.\n` };
  },
};
