/**
 * The whole tool as one command: `n4 correct`, `n4 apply`, `n4 compare` and the others of `n4 --help`.
 *
 * @module
 */

import { runAnts } from "../src/cli/ants/command.ts";
import { runCommand } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { log, print } from "../src/cli/console.ts";
import { VERSION } from "../src/version.ts";

const HELP = `Usage: n4 <command> [options]

Removes intensity bias from 3-D images with the N4 algorithm.

Commands:
${
  COMMANDS.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}\n`).join("")
}  ants      Correct as ANTs' N4BiasFieldCorrection does, by its own command line (n4 ants -h).

'n4 <command> --help' says more. 'n4 --version' shows the version.
`;

async function main([name, ...words]: readonly string[]): Promise<number> {
  const command = COMMANDS.find((known) => known.name === name);
  if (command) return await runCommand(command, `n4 ${name}`, words);
  switch (name) {
    case "ants":
      return await runAnts(words);
    case "--version":
      print(`${VERSION}\n`);
      return 0;
    case "--help":
    case "help":
      print(HELP);
      return 0;
    default:
      log(
        `n4: Cannot run n4 as the first word must be a command: current word is ${name ?? "missing"} (see n4 --help)\n`,
      );
      return 2;
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
