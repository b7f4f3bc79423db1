/**
 * `deno task suite bench:throughput`: the whole command beside a plain copy of the same store by zarr-python with the same codec and two threads, in turns; where its seconds go; and the floor.
 *
 *   deno task suite bench:throughput               a stack of 1 GiB of float32 in 8 sections, 3 rounds
 *   deno task suite bench:throughput --gib 4       another size
 *   deno task suite bench:throughput --rounds N    N runs of each
 *   deno task suite bench:throughput --chunk N     chunks of N voxels along every axis
 *   deno task suite bench:throughput --limit SIZE  another memory limit than the default
 *
 * Needs `deno task suite interop:setup`. The stack lies in /tmp while this runs. Results go to bench/results/throughput.json.
 *
 * @module
 */

import { writeSource } from "../src/phantom/write_source.ts";
import { openThreads } from "../src/threads/pool.ts";
import { type Shape3, voxelCount } from "../src/volume.ts";
import { print } from "../tests/helpers/print.ts";
import { summarise } from "./measure.ts";
import { demandNeeded, measure, type Measured, N4 } from "./measured_command.ts";
import { makeStack, shapeOfGib } from "./stack.ts";
import { measureParts } from "./throughput_parts.ts";
import { stageRows, stageTable } from "./throughput_table.ts";

const PYTHON = new URL("../.venv/interop/bin/python", import.meta.url).pathname;
const COPY = new URL("./copy_zarr.py", import.meta.url).pathname;
const RESULTS = new URL("./results/throughput.json", import.meta.url);
const SECTIONS = 8;

/** What is run; every stage on: matching, tissue mask, profile along z, two passes of fits, pyramid. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  "mask given": ["--preset", "oct", "--mask", "MASK"],
  "every stage": ["--preset", "oct", "--histogram-match"],
};

/** The copy, and the most that each run may take of it: the target, then the aim. */
const COPIED = "copy by zarr-python";
const TIMES: Readonly<Record<string, readonly [target: number, aim: number]>> = {
  "mask given": [3, 2.2],
  "every stage": [6, 3.9],
};

async function main(args: readonly string[]): Promise<void> {
  await demandNeeded("zarr-python");
  const given = (name: string) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
  const [rounds, edge] = [Number(given("--rounds") ?? 3), Number(given("--chunk") ?? 128)];
  const shape = shapeOfGib(Number(given("--gib") ?? 1));
  const folder = await Deno.makeTempDir({ prefix: "n4-throughput-" });
  try {
    const stack = await makeStack(shape, SECTIONS);
    const costs = await measureParts(stack);
    using threads = openThreads();
    const stored = { chunk: [edge, edge, edge] as Shape3, threads };
    await writeSource(stack.source, `${folder}/in.ome.zarr`, stored);
    await writeSource(stack.mask, `${folder}/mask.ome.zarr`, stored);
    const runs = await runAll(folder, rounds, given("--limit"));
    const reports = await readReports(folder);
    const command = ["deno task suite bench:throughput", ...args].join(" ");
    const result = { ...about(command), shape, chunk: edge, costs, runs, ...summary(runs, reports, costs, shape) };
    await Deno.writeTextFile(RESULTS, `${JSON.stringify(result, null, 2)}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everybody's runs, in turns. */
async function runAll(folder: string, rounds: number, limit?: string): Promise<Record<string, Measured[]>> {
  const runs: Record<string, Measured[]> = {};
  const run = async (name: string, command: readonly string[], output: string) => {
    const measured = await measure(command);
    (runs[name] ??= []).push(measured);
    print(`${name}: ${measured.seconds.toFixed(2)} s, ${measured.processorSeconds.toFixed(2)} s of processors`);
    await Deno.remove(output, { recursive: true });
  };
  for (let round = 0; round < rounds; round++) {
    await run(COPIED, [PYTHON, COPY, `${folder}/in.ome.zarr/0`, `${folder}/copy.zarr`], `${folder}/copy.zarr`);
    for (const [name, options] of Object.entries(OPTIONS)) {
      const words = options.map((word) => word === "MASK" ? `${folder}/mask.ome.zarr` : word);
      const paths = [
        `${folder}/in.ome.zarr`,
        `${folder}/out.ome.zarr`,
        "--report",
        reportOf(folder, name),
        "--overwrite",
      ];
      const how = [
        "--backend",
        "ts",
        "--n-serial-slices",
        `${SECTIONS}`,
        "--quiet",
        ...(limit ? ["--memory-limit", limit] : []),
      ];
      await run(name, [...N4, "correct", ...paths, ...words, ...how], `${folder}/out.ome.zarr`);
    }
  }
  return runs;
}

function reportOf(folder: string, name: string): string {
  return `${folder}/${name.replace(" ", "_")}.json`;
}

async function readReports(folder: string) {
  const names = Object.keys(OPTIONS);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, JSON.parse(await Deno.readTextFile(reportOf(folder, name)))] as const),
    ),
  );
}

/** Prints the tables and what is kept of each. */
function summary(
  runs: Record<string, Measured[]>,
  reports: Awaited<ReturnType<typeof readReports>>,
  costs: Awaited<ReturnType<typeof measureParts>>,
  shape: Shape3,
) {
  const cores = navigator.hardwareConcurrency;
  const seconds = (name: string) => summarise(runs[name].map((run) => run.seconds));
  const processors = (name: string) => summarise(runs[name].map((run) => run.processorSeconds));
  print(
    `\nParts, ns a voxel of one core: ${
      Object.entries(costs).map(([name, ns]) => `${name} ${ns.toFixed(1)}`).join(", ")
    }`,
  );
  const tables = Object.keys(OPTIONS).map((name) => {
    const rows = stageRows(reports[name].stages, costs, {
      voxels: voxelCount(shape),
      cores,
      masked: name === "mask given",
    });
    const floor = rows.reduce((sum, row) => sum + row.floor, 0);
    const [copied, ours] = [seconds(COPIED), seconds(name)];
    const times = { median: ours.median / copied.median, shortest: ours.min / copied.min };
    const busy = processors(name).min / processors(COPIED).min;
    const [target, aim] = TIMES[name];
    print(
      `\n${name}: ${times.median.toFixed(2)} times the copy (${times.shortest.toFixed(2)} of the shortest runs, ${
        busy.toFixed(2)
      } of processor time; at most ${target}, aim ${aim}), ${(ours.min / floor).toFixed(2)} times the floor of ${
        floor.toFixed(2)
      } s (at most 1.5)\n${stageTable(rows)}`,
    );
    return [name, { times, processorTimes: busy, floor, overFloor: ours.min / floor, rows }] as const;
  });
  return { tables: Object.fromEntries(tables) };
}

function about(command: string) {
  const { deno, v8 } = Deno.version;
  const device = `${navigator.hardwareConcurrency} cores, ${Deno.build.arch}`;
  return { date: new Date().toISOString().slice(0, 10), command, device, versions: { deno, v8 } };
}

if (import.meta.main) await main(Deno.args);
