/**
 * `deno task suite bench:startup`: how long commands of the bundle take, as it is installed: the help, and a small volume corrected end to end. Each is a process of its own,
 * started in turns; the bare runtime stands beside them. Results go to bench/results/startup.json and docs/performance.md.
 *
 *   deno task suite bench:startup              7 runs each
 *   deno task suite bench:startup --rounds N   N runs each
 *   deno task suite bench:startup --try        prints, keeps nothing
 *
 * @module
 */

import { bundleProgram } from "../scripts/bundle.ts";
import { PERMISSIONS } from "../scripts/compile.ts";
import { octPhantom } from "../src/phantom/oct.ts";
import { type Shape3, voxelCount, wholeBox } from "../src/volume.ts";
import { writeImage } from "../tests/helpers/images.ts";
import { print } from "../tests/helpers/print.ts";
import { summarise, type Summary } from "./measure.ts";
import {
  brief,
  markdownTable,
  type Origin,
  originOf,
  originSentence,
  writeResult,
  writeSection,
} from "./results_page.ts";

const ENTRY = new URL("../scripts/n4.ts", import.meta.url).pathname;

/** The volume that is corrected. */
const SHAPE: Shape3 = [64, 128, 128];

/** A command and what it should take at most. */
interface Command {
  readonly name: string;
  readonly args: readonly string[];
  /** Seconds. */
  readonly target?: number;
}

/** One line of the result. */
interface CommandTimes extends Command {
  readonly seconds: readonly number[];
  readonly summary: Summary;
}

/** The result. */
interface StartupResult extends Origin {
  readonly commands: readonly CommandTimes[];
}

function commandsIn(folder: string): Command[] {
  const n4 = (...words: string[]) => ["run", "--no-config", ...PERMISSIONS, `${folder}/n4.js`, ...words];
  const correct = (input: string, output: string) =>
    n4("correct", `${folder}/${input}`, `${folder}/${output}`, "--backend", "ts", "--quiet", "--overwrite");
  return [
    { name: "deno run of an empty file", args: ["run", "--no-prompt", `${folder}/empty.ts`] },
    { name: "n4 --help", args: n4("--help"), target: 0.15 },
    { name: "n4 correct --help", args: n4("correct", "--help"), target: 0.15 },
    { name: "n4 correct, 64x128x128, .nii.gz", args: correct("in.nii.gz", "out.nii.gz"), target: 0.6 },
    { name: "n4 correct, 64x128x128, .ome.zarr", args: correct("in.ome.zarr", "out.ome.zarr"), target: 0.6 },
  ];
}

async function writeInputs(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/empty.ts`, "");
  const { source } = octPhantom({ shape: SHAPE, voxelSize: [0.015, 0.015, 0.015], sections: 1, seed: 1 });
  const intensity = new Float32Array(voxelCount(SHAPE));
  await source.read(wholeBox(SHAPE), intensity);
  for (const name of ["in.nii.gz", "in.ome.zarr"]) {
    await writeImage(`${folder}/${name}`, { shape: SHAPE, voxelSize: [1, 1, 1], volumes: [intensity] });
  }
}

async function timeOnce({ name, args }: Command): Promise<number> {
  const command = new Deno.Command("deno", { args: [...args], stdout: "null", stderr: "piped" });
  const begin = performance.now();
  const { success, stderr } = await command.output();
  const seconds = (performance.now() - begin) / 1000;
  if (!success) {
    throw new Error(`Cannot time '${name}' as it must succeed: it said ${new TextDecoder().decode(stderr)}`);
  }
  return seconds;
}

/** Runs every command `rounds` times, in turns, after one run that fills the runtime's caches. */
async function measure(rounds: number): Promise<CommandTimes[]> {
  const folder = await Deno.makeTempDir({ prefix: "n4_startup_" });
  try {
    await writeInputs(folder);
    await bundleProgram({ entry: ENTRY, output: `${folder}/n4.js` });
    const commands = commandsIn(folder);
    const seconds = commands.map((): number[] => []);
    for (const command of commands) await timeOnce(command);
    for (let round = 0; round < rounds; round++) {
      for (const [i, command] of commands.entries()) seconds[i].push(await timeOnce(command));
    }
    return commands.map(({ name, target }, i) => ({
      name,
      args: commands[i].args.map((word) => word.replaceAll(folder, ".")),
      ...(target === undefined ? {} : { target }),
      seconds: seconds[i],
      summary: summarise(seconds[i]),
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function markdownOf({ commands, ...origin }: StartupResult): string {
  const rows = commands.map(({ name, target, summary, seconds }) => [
    name,
    brief(summary.median),
    `${brief(summary.min)} .. ${brief(summary.max)}`,
    `${seconds.length}`,
    target === undefined ? "" : `${target}`,
  ]);
  const header = ["", "median s", "shortest .. longest", "runs", "at most"];
  return `${originSentence(origin)}\n\n${markdownTable(header, rows)}`;
}

async function main(args: readonly string[]): Promise<void> {
  const rounds = args.includes("--rounds") ? Number(args[args.indexOf("--rounds") + 1]) : 7;
  const result: StartupResult = { ...originOf("suite bench:startup", args), commands: await measure(rounds) };
  const markdown = markdownOf(result);
  print(markdown);
  if (args.includes("--try")) return;
  await writeResult("startup", result);
  await writeSection("startup", markdown);
}

if (import.meta.main) await main(Deno.args);
