/**
 * The options of `n4 plan` and `n4 step`: a correction cut into steps that may run on many machines.
 *
 * @module
 */

import { atLeast, choice, number, type OptionSpecs, type OptionValues, path } from "./parsers.ts";
import { RUN_OPTIONS, type RunValues } from "./run_table.ts";
import type { CorrectValues } from "./correct_values.ts";
import { CORRECT_OPTIONS } from "./table.ts";

const { dryRun: _dry, html: _html, fromReport: _report, ...PLANNED } = CORRECT_OPTIONS;

/** Types of the values of {@linkcode PLAN_OPTIONS}, which says what each of them is. */
export type PlanValues = Omit<CorrectValues, "dryRun" | "html" | "fromReport"> & { readonly tasks: number };

/** Options of `plan`: those of `correct` but for what only a run in one process can do. */
export const PLAN_OPTIONS: OptionSpecs<PlanValues> = {
  tasks: number(
    {
      group: "Run",
      value: "<n>",
      help:
        "Cut each stage that reads or writes the volume into so many tasks, or as many as its chunks allow; default: 1.",
    },
    "an integer >= 1",
    atLeast(1),
  ),
  ...PLANNED,
};

/** Types of the values of {@linkcode STEP_OPTIONS}, which says what each of them is. */
export type StepValues = Pick<RunValues, "nProcesses" | "device" | "memoryLimit" | "verbose" | "quiet" | "json"> & {
  readonly task: number;
  readonly of: "range" | "histogram" | "mask" | "profile";
  readonly input: string;
};

/** Options of `step`. */
export const STEP_OPTIONS: OptionSpecs<StepValues> = {
  task: number(
    { group: "Step", value: "<i>", help: "Which task of the stage, from 0." },
    "an integer >= 0",
    atLeast(0),
  ),
  of: choice({ group: "Step", help: "Of 'gather': the stage whose tasks are all done." }, [
    "range",
    "histogram",
    "mask",
    "profile",
  ]),
  input: path({ group: "Step", help: "Where the input is now, should this machine see it under another path." }),
  nProcesses: RUN_OPTIONS.nProcesses,
  device: RUN_OPTIONS.device,
  memoryLimit: RUN_OPTIONS.memoryLimit,
  verbose: RUN_OPTIONS.verbose,
  quiet: RUN_OPTIONS.quiet,
  json: RUN_OPTIONS.json,
};

/** What the user gave `plan`. */
export type PlanOptions = OptionValues<typeof PLAN_OPTIONS>;
/** What the user gave `step`. */
export type StepOptions = OptionValues<typeof STEP_OPTIONS>;
