/**
 * `n4` without a command that it knows: its help, its version, or what may have been meant.
 *
 * @module
 */

import { CommanderError } from "npm:commander@15.0.0";
import { COMMANDS } from "./commands.ts";
import { sentence } from "./command.ts";
import { logFailure } from "./console.ts";
import { newCommand } from "./help.ts";

/** What is no option table, and so no {@linkcode COMMANDS}. */
const OTHERS = {
  ants: "Correct as ANTs' N4BiasFieldCorrection does, by its own command line (n4 ants -h).",
  completions: "Print completions of commands and options for bash, zsh or fish.",
};

/** Runs `n4` with words that begin with no command. @returns the exit code. */
export function runProgram(words: readonly string[]): number {
  const program = newCommand("n4").usage("<command> [options]")
    .description("Removes intensity bias from 3-D images with the N4 algorithm.")
    .helpCommand("help [command]", "Show the help of a command.")
    .addHelpText("after", "\n'n4 <command> --help' shows the main options, '--help-all' all of them.");
  for (const { name, summary } of COMMANDS) program.command(name).description(summary);
  for (const [name, summary] of Object.entries(OTHERS)) program.command(name).description(summary);
  if (words.length === 0) program.outputHelp();
  if (words.length === 0) return 0;
  try {
    program.parse(words, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    logFailure(sentence(error));
    if (!(error instanceof CommanderError)) return 1;
  }
  return 2;
}
