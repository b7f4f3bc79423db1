/**
 * `deno task suite bench:edges`: stacks at the edges of what is usual, tiny chunks, one huge chunk, a wide plane, a long thin stack: every stage of a correction beside a plain copy of the same
 * store by zarr-python with two threads, in turns. Fails where a stage takes more than five times the copy.
 *
 *   deno task suite bench:edges                 three rounds
 *   deno task suite bench:edges --rounds N      another number of rounds
 *   deno task suite bench:edges --only TEXT     the stacks whose name has this in it
 *
 * Needs `deno task suite interop:setup`. The stacks, 64 MiB each, lie in /tmp while this runs. Results go to bench/results/edges.json, where those of stacks that are not run stay.
 *
 * @module
 */

import { writeSource } from "../src/phantom/write_source.ts";
import { openThreads } from "../src/threads/pool.ts";
import type { Shape3 } from "../src/volume.ts";
import { print } from "../tests/helpers/print.ts";
import { demandNeeded, measure, N4 } from "./measured_command.ts";
import { makeStack } from "./stack.ts";

const PYTHON = new URL("../.venv/interop/bin/python", import.meta.url).pathname;
const COPY = new URL("./copy_zarr.py", import.meta.url).pathname;
const RESULTS = new URL("./results/edges.json", import.meta.url);

/** Most that a stage may take of the copy. */
const MOST = 5;

const EDGES: Readonly<Record<string, { readonly shape: Shape3; readonly chunk: Shape3; readonly sections: number }>> = {
  "tiny chunks": { shape: [256, 256, 256], chunk: [8, 8, 8], sections: 8 },
  "one huge chunk": { shape: [256, 256, 256], chunk: [256, 256, 256], sections: 8 },
  "a wide plane": { shape: [1, 4096, 4096], chunk: [1, 512, 512], sections: 1 },
  "long and thin": { shape: [4096, 64, 64], chunk: [64, 64, 64], sections: 8 },
};

/** Seconds by stage of a run, and of the copy. */
interface Round {
  readonly copy: number;
  readonly stages: Readonly<Record<string, number>>;
}

async function main(args: readonly string[]): Promise<number> {
  await demandNeeded("zarr-python");
  const given = (name: string, otherwise: string) => args.includes(name) ? args[args.indexOf(name) + 1] : otherwise;
  const [rounds, only] = [Number(given("--rounds", "3")), given("--only", "")];
  const { results } = JSON.parse(await Deno.readTextFile(RESULTS).catch(() => '{"results": {}}'));
  let slow = 0;
  print("| stack | copy, s | slowest stages, times the copy |\n| ----- | ------: | ------------------------------ |");
  for (const [name, stack] of Object.entries(EDGES).filter(([name]) => name.includes(only))) {
    const found = await runAll(stack, rounds);
    const copy = median(found.map((round) => round.copy));
    const times = Object.keys(found[0].stages).map((stage): [string, number] => [
      stage,
      median(found.map((round) => round.stages[stage] / round.copy)),
    ]).sort(([, a], [, b]) => b - a);
    slow += times.filter(([, most]) => most > MOST).length;
    const shown = times.slice(0, 3).map(([stage, most]) => `${stage} ${most.toFixed(2)}`).join(", ");
    print(`| ${name} | ${copy.toFixed(2)} | ${shown} |`);
    results[name] = { ...stack, rounds, copySeconds: copy, timesTheCopy: Object.fromEntries(times) };
  }
  const { deno, v8 } = Deno.version;
  const device = `${navigator.hardwareConcurrency} cores, ${Deno.build.arch}`;
  const about = { date: new Date().toISOString().slice(0, 10), device, versions: { deno, v8 } };
  const command = ["deno task suite bench:edges", ...args].join(" ");
  await Deno.writeTextFile(RESULTS, `${JSON.stringify({ ...about, command, results }, null, 2)}\n`);
  return slow === 0 ? 0 : 1;
}

async function runAll(stack: (typeof EDGES)[string], rounds: number): Promise<Round[]> {
  const folder = await Deno.makeTempDir({ prefix: "n4-edges-" });
  const found: Round[] = [];
  try {
    const [input, output, report] = [`${folder}/in.ome.zarr`, `${folder}/out.ome.zarr`, `${folder}/report.json`];
    {
      using threads = openThreads();
      const { source } = await makeStack(stack.shape, stack.sections);
      await writeSource(source, input, { chunk: stack.chunk, threads });
    }
    const how = ["--preset", "oct", "--n-serial-slices", `${stack.sections}`, "--histogram-match", "--overwrite"];
    const chunks = ["--chunk-shape", ...stack.chunk.map(String), "--backend", "ts", "--quiet", "--report", report];
    for (let round = 0; round < rounds; round++) {
      const { seconds } = await measure([PYTHON, COPY, `${input}/0`, `${folder}/copy.zarr`]);
      await Deno.remove(`${folder}/copy.zarr`, { recursive: true });
      await measure([...N4, "correct", input, output, ...how, ...chunks]);
      const { stages } = JSON.parse(await Deno.readTextFile(report)) as {
        stages: readonly { readonly name: string; readonly seconds: number }[];
      };
      found.push({ copy: seconds, stages: Object.fromEntries(stages.map(({ name, seconds }) => [name, seconds])) });
    }
    return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
