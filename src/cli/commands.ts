/**
 * All commands, in the order of `n4 --help`. The program runs them by name; the documentation is made from what they
 * say of themselves.
 *
 * @module
 */

import type { OptionTable } from "../options/spec.ts";
import { applyCommand } from "./apply_command.ts";
import { benchmarkCommand } from "./benchmark_command.ts";
import type { CommandSpec } from "./command.ts";
import { compareCommand } from "./compare_command.ts";
import { correctCommand } from "./correct_command.ts";
import { doctorCommand } from "./doctor_command.ts";
import { infoCommand } from "./info_command.ts";
import { normalizeCommand } from "./normalize_command.ts";
import { phantomCommand } from "./phantom_command.ts";
import { planCommand } from "./plan_command.ts";
import { stepCommand } from "./step_command.ts";

/** The commands. */
export const COMMANDS: readonly CommandSpec<OptionTable>[] = [
  correctCommand,
  planCommand,
  stepCommand,
  applyCommand,
  normalizeCommand,
  compareCommand,
  benchmarkCommand,
  phantomCommand,
  infoCommand,
  doctorCommand,
];
