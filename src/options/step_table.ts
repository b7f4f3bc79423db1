/**
 * The options of `n4 plan` and `n4 step`: a correction cut into steps that may run on many machines.
 *
 * @module
 */

import { COUNT, INDEX, INPUT_FILE, type OptionTable, type OptionValues } from "./spec.ts";
import { RUN_OPTIONS } from "./run_table.ts";
import { CORRECT_OPTIONS } from "./table.ts";

const PLANNED: Omit<typeof CORRECT_OPTIONS, "dryRun" | "html" | "fromReport"> =
  (({ dryRun: _dry, html: _html, fromReport: _report, ...planned }) => planned)(CORRECT_OPTIONS);

/** Options of `plan`: those of `correct` but for what only a run in one process can do. */
export const PLAN_OPTIONS = {
  tasks: {
    ...COUNT,
    kind: "run",
    group: "Run",
    help:
      "Cut each stage that reads or writes the volume into this many tasks, or as many as its chunks allow; default: 1.",
  },
  ...PLANNED,
} as const satisfies OptionTable;

/** Options of `step`. */
export const STEP_OPTIONS = {
  task: { ...INDEX, metavar: "i", group: "Step", help: "Which task of the stage, from 0." },
  of: {
    type: "choice",
    words: ["range", "histogram", "mask", "profile"],
    group: "Step",
    help: "Of 'gather': the stage whose tasks are all done.",
  },
  input: {
    ...INPUT_FILE,
    group: "Step",
    help: "Where the input is now, should this machine see it under another path.",
  },
  nProcesses: RUN_OPTIONS.nProcesses,
  device: RUN_OPTIONS.device,
  memoryLimit: RUN_OPTIONS.memoryLimit,
  verbose: RUN_OPTIONS.verbose,
  quiet: RUN_OPTIONS.quiet,
  json: RUN_OPTIONS.json,
} as const satisfies OptionTable;

/** What the user gave `plan`. */
export type PlanOptions = OptionValues<typeof PLAN_OPTIONS>;
/** What the user gave `step`. */
export type StepOptions = OptionValues<typeof STEP_OPTIONS>;
