/**
 * The whole tool as one command: `n4 correct`, `n4 apply`, `n4 compare` and the others of `n4 --help`.
 *
 * @module
 */

import { runAnts } from "../src/cli/ants/command.ts";
import { runCommand } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { runCompletions } from "../src/cli/completions.ts";
import { runProgram } from "../src/cli/program.ts";

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  const named = (word: string) => COMMANDS.find((known) => known.name === word);
  const command = named(name);
  if (command) return await runCommand(command, `n4 ${name}`, rest);
  if (name === "ants") return await runAnts(rest);
  if (name === "completions") return runCompletions(rest);
  if (name !== "help" || rest.length === 0) return runProgram(words);
  return await main(named(rest[0]) || rest[0] === "ants" ? [rest[0], "--help"] : [rest[0]]);
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
