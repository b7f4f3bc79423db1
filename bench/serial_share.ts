/**
 * `deno task suite bench:serial`: what each stage of a command leaves to its main thread, which no further core makes
 * faster: processor seconds by thread, and their share of the whole run (Amdahl's). Results go to
 * bench/results/serial_share.json and docs/performance.md. Needs Linux and Debian's mricron-data; the stack lies in
 * /tmp while this runs.
 *
 *   deno task suite bench:serial            a head of 35 million voxels, a stack of 1 GiB with every stage on
 *   deno task suite bench:serial --gib N    a stack of N GiB
 *   deno task suite bench:serial --try      prints, keeps nothing
 *
 * @module
 */

import { writeSource } from "../src/phantom/write_source.ts";
import { openThreads } from "../src/threads/pool.ts";
import { print } from "../tests/helpers/print.ts";
import { demandNeeded, N4 } from "./measured_command.ts";
import {
  brief,
  markdownTable,
  type Origin,
  originOf,
  originSentence,
  writeResult,
  writeSection,
} from "./results_page.ts";
import { makeStack, shapeOfGib } from "./stack.ts";

const SCRIPT = new URL("./thread_times.py", import.meta.url).pathname;
const CH2BETTER = "/usr/share/mricron/templates/ch2better.nii.gz";
const SECTIONS = 8;

/** Most that a stage's main thread may be of a run. */
const MOST = 0.05;

/** Cores that the last column is worked out for. */
const MANY_CORES = 32;

/** Processor seconds of a stage by thread (`main`, `worker-1`, ..., `other`), and its wall seconds as `wall`. */
type StageTimes = Readonly<Record<string, number>>;

/** One command. */
interface ShareCase {
  readonly title: string;
  readonly stages: Readonly<Record<string, StageTimes>>;
}

interface ShareResult extends Origin {
  readonly cases: readonly ShareCase[];
}

/** Runs a correction and says what each stage took of each thread. @throws {Error} when it fails, with its last words. */
async function timeThreads(title: string, words: readonly string[]): Promise<ShareCase> {
  const args = [SCRIPT, ...N4, "correct", ...words, "--backend", "ts", "--overwrite", "--json"];
  const { stdout } = await new Deno.Command("python3", { args, stderr: "inherit" }).output();
  const { code, stderr, stages } = JSON.parse(new TextDecoder().decode(stdout));
  if (code !== 0) throw new Error(`Cannot measure '${title}' as it must succeed: ${stderr}`);
  return { title, stages };
}

/** Processor seconds of a stage: of the main thread, of all workers, of everybody. */
function processorsOf(times: StageTimes): { main: number; workers: number; all: number } {
  const sum = (chosen: (name: string) => boolean) =>
    Object.entries(times).reduce((all, [name, seconds]) => chosen(name) ? all + seconds : all, 0);
  const all = sum((name) => name !== "wall");
  return { main: times.main ?? 0, workers: sum((name) => name.startsWith("worker-")), all };
}

function tableOf({ title, stages }: ShareCase): string {
  const all = Object.entries(stages).map(([name, times]) => ({ name, wall: times.wall, ...processorsOf(times) }));
  const total = all.reduce(
    (sum, each) => ({
      wall: sum.wall + each.wall,
      main: sum.main + each.main,
      workers: sum.workers + each.workers,
      all: sum.all + each.all,
    }),
    { wall: 0, main: 0, workers: 0, all: 0 },
  );
  const share = (seconds: number) => `${(100 * seconds / total.all).toFixed(1)} %`;
  const rows = [...all, { name: "whole run", ...total }].map((each) => [
    each.name,
    ...[each.wall, each.main, each.workers, each.all - each.main - each.workers].map(brief),
    share(each.main),
    brief(each.main + (each.all - each.main) / MANY_CORES),
  ]);
  const header = [
    "stage",
    "wall s",
    "main thread",
    "workers",
    "runtime",
    "main of the run",
    `s on ${MANY_CORES} cores`,
  ];
  const [most] = all.toSorted((a, b) => b.main - a.main);
  const verdict = `Most serial: ${most.name}, ${share(most.main)} (at most ${100 * MOST} %).`;
  return `**${title}**. ${verdict}\n\n${markdownTable(header, rows)}`;
}

async function measureAll(gib: number): Promise<ShareCase[]> {
  const folder = await Deno.makeTempDir({ prefix: "n4-serial-" });
  try {
    const shape = shapeOfGib(gib);
    const stack = await makeStack(shape, SECTIONS);
    {
      using threads = openThreads();
      await writeSource(stack.source, `${folder}/in.ome.zarr`, { chunk: [128, 128, 128], threads });
    }
    const every = ["--preset", "oct", "--histogram-match", "--n-serial-slices", `${SECTIONS}`];
    const title = `a stack of ${shape.join(" x ")} voxels, every stage`;
    return [
      await timeThreads("ch2better, default preset", [CH2BETTER, `${folder}/head.nii.gz`]),
      await timeThreads(title, [`${folder}/in.ome.zarr`, `${folder}/out.ome.zarr`, ...every]),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function main(args: readonly string[]): Promise<void> {
  await demandNeeded("heads");
  const gib = args.includes("--gib") ? Number(args[args.indexOf("--gib") + 1]) : 1;
  const result: ShareResult = { ...originOf("suite bench:serial", args), cases: await measureAll(gib) };
  const markdown = `${originSentence(result)} Processor seconds.\n\n${result.cases.map(tableOf).join("\n\n")}`;
  print(markdown);
  if (args.includes("--try")) return;
  await writeResult("serial_share", result);
  await writeSection("serial share", markdown);
}

if (import.meta.main) await main(Deno.args);
