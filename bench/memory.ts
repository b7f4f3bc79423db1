/**
 * `deno task suite bench:memory`: the most memory that the whole command holds resident, whatever the size of the image: every stage on, 8 sections, two passes of fits, one memory limit.
 *
 *   deno task suite bench:memory                 a stack of 1 GiB of float32 as OME-Zarr, limit 1 GiB
 *   deno task suite bench:memory --gib 1,4,16    several sizes
 *   deno task suite bench:memory --nifti 4       a .nii.gz as well
 *   deno task suite bench:memory --limit N       another limit than 1 GiB, in GiB
 *
 * The images lie in /tmp while this runs. Fails where a run holds more than the limit, or where the OME-Zarr runs differ by more than 15 %.
 * Runs replace theirs of the same size and format in bench/results/memory.json; the others stay.
 *
 * @module
 */

import { writeSource } from "../src/phantom/write_source.ts";
import { openThreads } from "../src/threads/pool.ts";
import { print } from "../tests/helpers/print.ts";
import { measure, type Measured, N4 } from "./measured_command.ts";
import { makeStack, shapeOfGib } from "./stack.ts";

const RESULTS = new URL("./results/memory.json", import.meta.url);
const SECTIONS = 8;
const GIB = 2 ** 30;

/** How far the runs of a format may lie apart. */
const SPREAD = 0.15;

/** One run. */
interface MemoryRun extends Measured {
  readonly gib: number;
  readonly format: "OME-Zarr" | "NIfTI, gzip";
  /** What the run's own report says. */
  readonly reportedBytes: number;
}

async function main(args: readonly string[]): Promise<number> {
  const given = (name: string, otherwise: string) => args.includes(name) ? args[args.indexOf(name) + 1] : otherwise;
  const sizes = (name: string, otherwise: string) => given(name, otherwise).split(",").map(Number).filter((n) => n > 0);
  const limit = Number(given("--limit", "1")) * GIB;
  const how = { command: ["deno task suite bench:memory", ...args].join(" "), limitBytes: limit };
  const runs: MemoryRun[] = [];
  const add = async (gib: number, format: MemoryRun["format"]) => {
    runs.push(await run(gib, format, limit));
    await keep(runs, how);
  };
  for (const gib of sizes("--gib", "1")) await add(gib, "OME-Zarr");
  for (const gib of sizes("--nifti", "0")) await add(gib, "NIfTI, gzip");
  return judge(runs, limit);
}

/** Puts the runs into the file, after each of them: the largest take long. */
async function keep(runs: readonly MemoryRun[], how: { command: string; limitBytes: number }): Promise<void> {
  const { deno, v8 } = Deno.version;
  const device = `${navigator.hardwareConcurrency} cores, ${Deno.build.arch}`;
  const about = { date: new Date().toISOString().slice(0, 10), device, versions: { deno, v8 }, ...how };
  const text = await Deno.readTextFile(RESULTS).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "[]";
    throw error;
  });
  const same = (a: MemoryRun, b: MemoryRun) => a.gib === b.gib && a.format === b.format;
  const others = (JSON.parse(text) as MemoryRun[]).filter((old) => !runs.some((run) => same(run, old)));
  const all = [...others, ...runs.map((run) => ({ ...run, ...about }))].sort((a, b) => a.gib - b.gib);
  await Deno.writeTextFile(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
}

/** Makes an image, corrects it with every stage on, removes both. */
async function run(gib: number, format: MemoryRun["format"], limit: number): Promise<MemoryRun> {
  const folder = await Deno.makeTempDir({ prefix: "n4-memory-" });
  const end = format === "OME-Zarr" ? ".ome.zarr" : ".nii.gz";
  try {
    {
      using threads = openThreads();
      const { source } = await makeStack(shapeOfGib(gib), SECTIONS);
      await writeSource(source, `${folder}/in${end}`, { threads });
    }
    const paths = [`${folder}/in${end}`, `${folder}/out${end}`, "--report", `${folder}/report.json`];
    const options = ["--preset", "oct", "--histogram-match", "--n-serial-slices", `${SECTIONS}`, "--backend", "ts"];
    const measured = await measure([...N4, "correct", ...paths, ...options, "--memory-limit", `${limit}`, "--quiet"]);
    const report = JSON.parse(await Deno.readTextFile(`${folder}/report.json`));
    const result = { gib, format, ...measured, reportedBytes: report.peakMemoryBytes };
    print(
      `${gib} GiB, ${format}: ${mebibytes(result.peakBytes)} at most, ${
        mebibytes(result.reportedBytes)
      } by its report, ${measured.seconds.toFixed(0)} s`,
    );
    return result;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Says what broke a rule; the exit code. */
function judge(runs: readonly MemoryRun[], limit: number): number {
  const broken = runs.filter(({ peakBytes }) => peakBytes > limit).map(({ gib, format, peakBytes }) =>
    `${gib} GiB, ${format} must hold at most ${mebibytes(limit)}: current peak is ${mebibytes(peakBytes)}`
  );
  const peaks = runs.filter(({ format }) => format === "OME-Zarr").map(({ peakBytes }) => peakBytes);
  const [least, most] = [Math.min(...peaks), Math.max(...peaks)];
  if (peaks.length > 1 && most > (1 + SPREAD) * least) {
    broken.push(`runs must lie within 15 %: current peaks are ${mebibytes(least)} to ${mebibytes(most)}`);
  }
  for (const sentence of broken) print(`Memory: ${sentence}`);
  return broken.length === 0 ? 0 : 1;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
