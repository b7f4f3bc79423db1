/**
 * The demo: `deno task demo`. See `--help`.
 *
 * @module
 */

import { type CommandSpec, runCommand } from "../src/cli/command.ts";
import { print } from "../src/cli/console.ts";
import { runDemo } from "../src/demo/demo.ts";
import { COUNTS, INDEX, OUTPUT_FILE } from "../src/options/spec.ts";

const OPTIONS = {
  shape: { ...COUNTS, from: 16, group: "Demo", help: "Voxels of the phantom; default: 64 192 192." },
  seed: { ...INDEX, to: 2 ** 32 - 1, group: "Demo", help: "Another phantom; default: 7." },
  output: {
    ...OUTPUT_FILE,
    group: "Demo",
    help: "Folder for its files, empty or of an earlier demo, which is replaced; default: demo-output.",
  },
} as const;

const demoCommand: CommandSpec<typeof OPTIONS> = {
  name: "demo",
  summary: "Make an OCT phantom with a known bias, correct it with the real command, compare with the truth, draw it.",
  operands: {},
  options: OPTIONS,
  footer:
    "Permissions of 'deno run': run of deno; read and write of the folder; read of n4's own folder and of Deno's " +
    "cache, where the figure's renderer and fonts lie.",
  async run(_operands, { shape = [64, 192, 192], seed = 7, output = "demo-output" }) {
    await runDemo({ shape, seed, output, say: (line) => print(`${line}\n`) });
  },
};

if (import.meta.main) Deno.exitCode = await runCommand(demoCommand, "demo", Deno.args);
