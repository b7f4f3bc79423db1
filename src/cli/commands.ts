/**
 * All commands, in the order of `n4 --help`. The program runs them by name; the documentation is made from what they
 * say of themselves.
 *
 * @module
 */

import type { OptionTable } from "../options/spec.ts";
import { applyCommand } from "./apply_command.ts";
import { benchmarkCommand } from "./benchmark_command.ts";
import { type CommandSpec, runCommand } from "./command.ts";
import { compareCommand } from "./compare_command.ts";
import { correctCommand } from "./correct_command.ts";
import { doctorCommand } from "./doctor_command.ts";
import { infoCommand } from "./info_command.ts";
import { normalizeCommand } from "./normalize_command.ts";
import { phantomCommand } from "./phantom_command.ts";
import { planCommand } from "./plan_command.ts";
import { stepCommand } from "./step_command.ts";

/** A command with any options: what the help and the documentation show of it, and its start. */
export interface NamedCommand extends Omit<CommandSpec<OptionTable>, "run"> {
  /** Runs it with the words after its name. @returns the exit code. */
  start(program: string, words: readonly string[]): Promise<number>;
}

/** The commands. */
export const COMMANDS: readonly NamedCommand[] = [
  named(correctCommand),
  named(planCommand),
  named(stepCommand),
  named(applyCommand),
  named(normalizeCommand),
  named(compareCommand),
  named(benchmarkCommand),
  named(phantomCommand),
  named(infoCommand),
  named(doctorCommand),
];

function named<Table extends OptionTable>(spec: CommandSpec<Table>): NamedCommand {
  const { name, summary, operands, options, footer } = spec;
  return { name, summary, operands, options, footer, start: (program, words) => runCommand(spec, program, words) };
}
