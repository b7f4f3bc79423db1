/**
 * The whole tool as one command: `n4 correct`, `n4 apply`, `n4 normalize`, `n4 compare`, `n4 benchmark`, `n4 phantom`, `n4 info`,
 * `n4 doctor`. See `n4 --help`.
 *
 * @module
 */

import { applyCommand } from "../src/cli/apply_command.ts";
import { benchmarkCommand } from "../src/cli/benchmark_command.ts";
import { runCommand } from "../src/cli/command.ts";
import { compareCommand } from "../src/cli/compare_command.ts";
import { print, tell } from "../src/cli/console.ts";
import { correctCommand } from "../src/cli/correct_command.ts";
import { doctorCommand } from "../src/cli/doctor_command.ts";
import { infoCommand } from "../src/cli/info_command.ts";
import { normalizeCommand } from "../src/cli/normalize_command.ts";
import { phantomCommand } from "../src/cli/phantom_command.ts";
import { planCommand } from "../src/cli/plan_command.ts";
import { stepCommand } from "../src/cli/step_command.ts";
import { VERSION } from "../src/version.ts";

const SUMMARIES = [
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
].map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}\n`).join("");

const HELP = `Usage: n4 <command> [options]

Removes intensity bias from 3-D images with the N4 algorithm.

Commands:
${SUMMARIES}
'n4 <command> --help' says more. 'n4 --version' shows the version.
`;

async function main([name, ...words]: readonly string[]): Promise<number> {
  const program = `n4 ${name}`;
  switch (name) {
    case "correct":
      return await runCommand(correctCommand, program, words);
    case "plan":
      return await runCommand(planCommand, program, words);
    case "step":
      return await runCommand(stepCommand, program, words);
    case "apply":
      return await runCommand(applyCommand, program, words);
    case "normalize":
      return await runCommand(normalizeCommand, program, words);
    case "compare":
      return await runCommand(compareCommand, program, words);
    case "benchmark":
      return await runCommand(benchmarkCommand, program, words);
    case "phantom":
      return await runCommand(phantomCommand, program, words);
    case "info":
      return await runCommand(infoCommand, program, words);
    case "doctor":
      return await runCommand(doctorCommand, program, words);
    case "--version":
      print(`${VERSION}\n`);
      return 0;
    case "--help":
    case "help":
      print(HELP);
      return 0;
    default:
      tell(
        `n4: Cannot run n4 as the first word must be a command: current word is ${name ?? "missing"} (see n4 --help)\n`,
      );
      return 2;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
