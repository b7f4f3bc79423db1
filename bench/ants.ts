/**
 * `deno task suite bench:ants`: N4BiasFieldCorrection of ANTs (antspyx's library, without its Python) and ours on whole
 * heads, process against process in turns, with the command lines of niworkflows and antsAtroposN4. Before that the
 * fields are compared. Results go to bench/results/ants.json and docs/from_ants.md. Needs `reference:setup` and Debian's
 * mricron-data.
 *
 *   deno task suite bench:ants                  1 round, a quarter of an hour on two quiet cores
 *   deno task suite bench:ants --rounds N       N rounds
 *   deno task suite bench:ants --iterations N   N iterations a level in the place of 50: kinder to ANTs
 *   deno task suite bench:ants --try            prints, keeps nothing
 *
 * @module
 */

import { readAntsArguments } from "../src/cli/ants/arguments.ts";
import { antsRequest } from "../src/cli/ants/request.ts";
import { correctFile } from "../src/commands/correct.ts";
import { openImage } from "../src/io/open.ts";
import type { Shape3 } from "../src/volume.ts";
import { readImage, writeImage } from "../tests/helpers/images.ts";
import { print } from "../tests/helpers/print.ts";
import { head } from "../tests/reference/ants_images.ts";
import { type AntsProgram, compareImages, PROGRAMS } from "../tests/reference/ants_programs.ts";
import { measure, type Measured } from "./measured_command.ts";
import { summarise } from "./measure.ts";
import {
  brief,
  markdownTable,
  type Origin,
  originOf,
  originSentence,
  writeResult,
  writeSection,
} from "./results_page.ts";

/** Of the head that is made. */
const SHAPE: Shape3 = [176, 256, 256];

const CH2BETTER = "/usr/share/mricron/templates/ch2better.nii.gz";
const PAGE = new URL("../docs/from_ants.md", import.meta.url);

/** Command lines but for images: NAME is the head, MASK its mask, which both read. */
const LINES = {
  niworkflows: "--bspline-fitting [ 200 ] -d 3 --input-image NAME --convergence [ 50x50x50x50x50, 1e-07 ] -r " +
    "--shrink-factor 4",
  antsAtroposN4: "-d 3 -i NAME -x MASK -s 2 -c [ 50x50x50x50,0.0000000001 ] -b [ 200 ] --verbose 1",
} as const;

/** Stages of a run of ours by the parts that the table shows. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  fit: ["fit", "section", "global"],
  "read and sample": ["opening", "planning", "beginning", "range", "histogram", "mask", "profile", "sample"],
  "divide and write": ["rescale range", "apply", "bias field", "finish"],
};

/** One line on one head. */
interface Case {
  readonly title: string;
  /** Of each program, one entry a round. */
  readonly runs: Readonly<Record<AntsProgram, readonly Measured[]>>;
  /** Largest difference of the log fields. */
  readonly difference: number;
  /** Seconds of our stages, of one run without the start of a process. */
  readonly parts: Readonly<Record<string, number>>;
}

interface AntsResult extends Origin {
  readonly cases: readonly Case[];
  /** Of each program that only tells its version. */
  readonly start: Readonly<Record<AntsProgram, number>>;
}

/** Times a line in turns, and our stages once. */
async function timeLine(title: string, line: string, folder: string, rounds: number): Promise<Case> {
  const runs: Record<AntsProgram, Measured[]> = { ants: [], n4: [] };
  const wordsOf = (which: AntsProgram) =>
    `${line} -o [${folder}/${which}.nii.gz,${folder}/${which}_bias.nii.gz]`.split(" ");
  for (let round = 0; round < rounds; round++) {
    for (const which of ["n4", "ants"] as const) {
      runs[which].push(await measure([...PROGRAMS[which], ...wordsOf(which)]));
    }
  }
  const { difference } = await compareImages(`${folder}/ants_bias.nii.gz`, `${folder}/n4_bias.nii.gz`, true);
  const request = antsRequest(readAntsArguments(wordsOf("n4")), () => undefined, navigator.hardwareConcurrency);
  const report = await correctFile(request);
  const parts: Record<string, number> = {};
  for (const { name, seconds } of report?.stages ?? []) {
    const [part = name] = Object.entries(PARTS).find(([, names]) => names.includes(name)) ?? [];
    parts[part] = (parts[part] ?? 0) + seconds;
  }
  return { title, runs, difference, parts };
}

/** Writes the heads and their masks. @returns name to path, without the ending. */
async function writeHeads(folder: string): Promise<Readonly<Record<string, string>>> {
  const { intensity, mask } = head(SHAPE, 1);
  const at = { shape: SHAPE, voxelSize: [1, 1, 1] as const };
  await writeImage(`${folder}/head.nii.gz`, { ...at, dataType: "int16", volumes: [intensity.map((v) => 20 * v)] });
  await writeImage(`${folder}/head_mask.nii.gz`, { ...at, dataType: "uint8", volumes: [mask] });
  await Deno.copyFile(CH2BETTER, `${folder}/ch2better.nii.gz`);
  const { shape, voxelSize, affine } = await openImage(CH2BETTER);
  const inside = (await readImage(CH2BETTER)).map((v) => v > 20 ? 1 : 0);
  await writeImage(`${folder}/ch2better_mask.nii.gz`, {
    shape,
    voxelSize,
    affine,
    dataType: "uint8",
    volumes: [inside],
  });
  return { "256x256x176": `${folder}/head`, ch2better: `${folder}/ch2better` };
}

async function measureAll(rounds: number, iterations: string): Promise<Pick<AntsResult, "cases" | "start">> {
  const folder = await Deno.makeTempDir({ prefix: "n4-bench-ants-" });
  try {
    const cases: Case[] = [];
    for (const [name, path] of Object.entries(await writeHeads(folder))) {
      for (const [client, line] of Object.entries(LINES)) {
        const words = line.replaceAll("50", iterations).replace("NAME", `${path}.nii.gz`).replace(
          "MASK",
          `${path}_mask.nii.gz`,
        );
        cases.push(await timeLine(`${name}, ${client}`, words, folder, rounds));
        print(`${cases.slice(-1).map(rowOf).join()}`);
      }
    }
    const start = async (which: AntsProgram) => (await measure([...PROGRAMS[which], "--version"])).seconds;
    return { cases, start: { ants: await start("ants"), n4: await start("n4") } };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function rowOf({ title, runs, difference, parts }: Case): string[] {
  const median = (which: AntsProgram, name: "seconds" | "processorSeconds") =>
    summarise(runs[which].map((run) => run[name])).median;
  const ratio = (name: "seconds" | "processorSeconds") =>
    summarise(runs.ants.map((run, i) => run[name] / runs.n4[i][name])).median;
  return [
    title,
    ...[median("ants", "seconds"), median("n4", "seconds"), ratio("seconds"), ratio("processorSeconds")].map(brief),
    Object.entries(parts).map(([name, seconds]) => `${name} ${brief(seconds)}`).join(", "),
    difference.toExponential(1),
  ];
}

function markdownOf({ cases, start, ...origin }: AntsResult): string {
  const header = ["", "ANTs s", "n4 s", "times", "times, processor", "of n4's", "log fields apart"];
  const rounds = `Rounds: ${cases[0].runs.n4.length}; medians, ratios of the runs of a round.`;
  const starts = `\`--version\` takes ${brief(start.ants)} s and ${brief(start.n4)} s.`;
  return `${originSentence(origin)} ${rounds} ${starts}\n\n${markdownTable(header, cases.map(rowOf))}`;
}

async function main(args: readonly string[]): Promise<void> {
  const valueOf = (name: string, byDefault: string) => args.includes(name) ? args[args.indexOf(name) + 1] : byDefault;
  const rounds = Number(valueOf("--rounds", "1"));
  const origin = originOf("suite bench:ants", args);
  const versions = { ...origin.versions, antspyx: "0.6.3" };
  const result: AntsResult = { ...origin, versions, ...await measureAll(rounds, valueOf("--iterations", "50")) };
  const markdown = markdownOf(result);
  print(markdown);
  if (args.includes("--try")) return;
  await writeResult("ants", result);
  await writeSection("ants", markdown, PAGE);
}

if (import.meta.main) await main(Deno.args);
