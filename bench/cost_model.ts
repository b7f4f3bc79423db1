/**
 * `deno task suite bench:model`: what a fit costs by its size. Fits from 1e5 to 1e8 samples are measured on one and two workers, each in a process of its own; the terms of
 * the model come from their parts, and the model is held against whole fits and memory. Results go to bench/results/cost_model.json and docs/performance.md.
 *
 *   deno task suite bench:model              1e5 to 1e8 samples; needs 2 GB
 *   deno task suite bench:model --most 1e7   no more samples than that
 *   deno task suite bench:model --try        1e5 and 3e5 samples; prints, keeps nothing
 *
 * @module
 */

import { print } from "../tests/helpers/print.ts";
import { type CostRun, WHOLE_ITERATIONS } from "./cost_run.ts";
import { fitRelative } from "./least_squares.ts";
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

const SCRIPT = new URL("./cost_run.ts", import.meta.url).pathname;

/** Samples of the runs; half of the grid takes part. */
const SIZES = [1e5, 3e5, 1e6, 3e6, 1e7, 3e7, 1e8];

/** Shares of the grid that take part, at one size. */
const FRACTIONS = { samples: 1e6, values: [0.1, 1] } as const;

const WORKERS = [1, 2] as const;

/** Where the time of an iteration must not depend on the size. */
const FLAT_FROM = 9e5;

/** Coefficients in ms; per sample those of one worker. */
interface Model {
  /** Opening, a sample; it is copied by one thread. */
  readonly openSample: number;
  /** Beginning a level: a sample, and what does not depend on them. */
  readonly levelSample: number;
  readonly level: number;
  /** An iteration: a sample, and what does not depend on them. */
  readonly iterationSample: number;
  readonly iteration: number;
  /** Bytes that do not depend on the samples: the engine's own, by the run with the fewest samples. */
  readonly bytes: number;
}

/** The result. */
interface ModelResult extends Origin {
  readonly model: Model;
  readonly runs: readonly (CostRun & { readonly predictedMs: number; readonly predictedBytes: number })[];
  /** Slowest over fastest iteration a sample, from 1e6 samples on, by workers. */
  readonly flatness: Readonly<Record<string, number>>;
  /** Time of one worker's iteration over that of two, by samples. */
  readonly speedUps: Readonly<Record<string, number>>;
}

async function runOnce(samples: number, fraction: number, workers: number): Promise<CostRun> {
  const args = ["run", "--no-prompt", "--allow-read", "--allow-sys", SCRIPT, `${samples}`, `${fraction}`, `${workers}`];
  const { success, stdout, stderr } = await new Deno.Command("deno", { args }).output();
  const said = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot model the cost as every run must succeed: it said ${said(stderr)}`);
  const run = JSON.parse(said(stdout)) as CostRun;
  const each = (1e6 * run.iterationMs) / run.samples;
  print(`${run.samples} samples, ${100 * fraction} % of the grid, ${workers} workers: ${each.toFixed(2)} ns each`);
  return run;
}

function modelOf(runs: readonly CostRun[]): Model {
  const smallest = runs.reduce((least, run) => run.samples < least.samples ? run : least);
  const bytes = Math.max(0, smallest.bytes - sampleBytes(smallest));
  const shared = runs.map(({ samples, workers }) => [samples / workers, 1]);
  const [iterationSample, iteration] = fitRelative(shared, runs.map(({ iterationMs }) => iterationMs));
  const [levelSample, level] = fitRelative(shared, runs.map(({ levelMs }) => levelMs));
  const [openSample] = fitRelative(runs.map(({ samples }) => [samples]), runs.map(({ openMs }) => openMs));
  return { openSample, levelSample, level, iterationSample, iteration, bytes };
}

/** ms of a whole fit. */
function predict(model: Model, samples: number, workers: number, iterations: readonly number[]): number {
  const levels = iterations.length;
  const all = iterations.reduce((sum, count) => sum + count, 0);
  const each = (all * model.iterationSample + levels * model.levelSample) / workers + model.openSample;
  return samples * each + all * model.iteration + levels * model.level;
}

/** Bytes of a sample: value and column as they are given; both again and u in the fit. */
const [GIVEN_BYTES, FIT_BYTES] = [4 + 2, 4 + 2 + 4];

/** Bytes that the process holds for a fit: the samples as they are given, the fit's own, and a start of each row in both. */
function sampleBytes({ samples, fraction }: CostRun): number {
  const rows = Math.cbrt(samples / fraction) ** 2;
  return samples * (GIVEN_BYTES + FIT_BYTES) + 2 * 4 * rows;
}

function judge(runs: readonly CostRun[], args: readonly string[]): ModelResult {
  const model = modelOf(runs);
  const half = runs.filter(({ fraction }) => fraction === 0.5);
  const flatness = WORKERS.map((count) => {
    const large = half.filter(({ workers, samples }) => workers === count && samples >= FLAT_FROM);
    const each = summarise(large.map(({ iterationMs, samples }) => iterationMs / samples));
    return [`${count}`, large.length > 0 ? each.max / each.min : NaN];
  });
  const speedUps = half.filter(({ workers }) => workers === 1).flatMap((one) => {
    const two = half.find(({ workers, samples }) => workers === 2 && samples === one.samples);
    return two ? [[`${one.samples}`, one.iterationMs / two.iterationMs]] : [];
  });
  return {
    ...originOf("suite bench:model", args),
    model,
    runs: runs.map((run) => ({
      ...run,
      predictedMs: predict(model, run.samples, run.workers, WHOLE_ITERATIONS),
      predictedBytes: model.bytes + sampleBytes(run),
    })),
    flatness: Object.fromEntries(flatness),
    speedUps: Object.fromEntries(speedUps),
  };
}

function markdownOf({ model, runs, flatness, speedUps, ...origin }: ModelResult): string {
  const ns = (ms: number) => brief(1e6 * ms);
  const off = (predicted: number, measured: number) => `${(100 * (predicted / measured - 1)).toFixed(0)} %`;
  const rows = runs.map((run) => [
    run.samples.toLocaleString("en"),
    `${100 * run.fraction} %`,
    `${run.workers}`,
    brief((1e6 * run.iterationMs * run.workers) / run.samples),
    brief(run.wholeMs / 1000),
    off(run.predictedMs, run.wholeMs),
    brief(run.bytes / 2 ** 20),
    off(run.predictedBytes, run.bytes),
  ]);
  const header = [
    "samples",
    "of the grid",
    "workers",
    "ns a sample, iteration and worker",
    `fit of ${WHOLE_ITERATIONS.length} x ${WHOLE_ITERATIONS[0]} iterations, s`,
    "model",
    "memory, MiB",
    "model",
  ];
  const list = (record: Readonly<Record<string, number>>) =>
    Object.entries(record).map(([key, value]) => `${value.toFixed(2)} (${Number(key).toLocaleString("en")})`).join(
      ", ",
    );
  return [
    originSentence(origin),
    "",
    "```text",
    `seconds = samples x (${ns(model.iterationSample)} ns x iterations / workers + ${
      ns(model.levelSample)
    } ns x levels / workers + ${ns(model.openSample)} ns)`,
    `          + ${brief(1000 * model.iteration)} us x iterations + ${brief(1000 * model.level)} us x levels`,
    `bytes   = samples x (6 given + 10 of the fit) + 8 x rows + ${brief(model.bytes / 2 ** 20)} MiB`,
    "```",
    "",
    markdownTable(header, rows),
    "",
    `Slowest over fastest iteration a sample, from 1e6 samples on, by workers: ${
      list(flatness)
    }. One worker over two, by samples: ${list(speedUps)}.`,
  ].join("\n");
}

async function main(args: readonly string[]): Promise<void> {
  const trying = args.includes("--try");
  const most = args.includes("--most") ? Number(args[args.indexOf("--most") + 1]) : Infinity;
  const sizes = trying ? SIZES.slice(0, 2) : SIZES.filter((size) => size <= most);
  const runs: CostRun[] = [];
  for (const workers of WORKERS) {
    for (const size of sizes) runs.push(await runOnce(size, 0.5, workers));
    for (const fraction of trying ? [] : FRACTIONS.values) {
      runs.push(await runOnce(FRACTIONS.samples, fraction, workers));
    }
  }
  const result = judge(runs, args);
  const markdown = markdownOf(result);
  print(markdown);
  if (trying) return;
  await writeResult("cost_model", result);
  await writeSection("cost model", markdown);
}

if (import.meta.main) await main(Deno.args);
