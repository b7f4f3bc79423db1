/**
 * Benches that say more than `deno bench` does: what each costs per voxel, and its share of what the machine can do. Results are checked before their first time.
 *
 * @module
 */

import { print } from "../tests/helpers/print.ts";
import { copyRate, summarise, type Summary } from "./measure.ts";
import { brief, keepNow, markdownTable, type Origin, originOf, originSentence } from "./results_page.ts";

/** Work that is ready to be timed. */
export interface Prepared {
  /** Samples, voxels or what else `unit` names, that one call of `work` does. */
  readonly elements: number;
  /** Bytes that one call must read and write at least. */
  readonly bytes: number;
  /** Throws where the result of the work is wrong; called once, after the work ran once. */
  check(): void;
  /** The work. */
  work(): void | Promise<unknown>;
}

/** One thing to measure. */
export interface Bench {
  /** Stage, or what else is measured. */
  readonly name: string;
  /** Its size, for people. */
  readonly size: string;
  /** What is counted, in the singular. */
  readonly unit: string;
  /** Makes its arrays; called when its turn comes. */
  prepare(): Prepared | Promise<Prepared>;
}

interface Row extends Pick<Prepared, "elements" | "bytes"> {
  readonly bench: Bench;
  /** Bytes a second of a copy of as many bytes. */
  readonly ceiling: number;
  readonly times: number[];
}

const rows: Row[] = [];

/** The bench whose turn it is; the arrays of the one before are let go. */
let current: { bench: Bench; prepared: Prepared; row: Row } | undefined;

/** Registers benches with `deno bench`; when all have run they are told in a table. */
export function registerBenches(benches: readonly Bench[]): void {
  for (const bench of benches) registerBench(bench);
  addEventListener("unload", report);
}

function registerBench(bench: Bench): void {
  const fn = async (timer: Deno.BenchContext) => {
    if (current?.bench !== bench) current = await begin(bench);
    const { prepared, row } = current;
    const start = performance.now();
    timer.start();
    const running = prepared.work();
    if (running) await running;
    timer.end();
    row.times.push(performance.now() - start);
  };
  Deno.bench({ name: `${bench.name}, ${bench.size}`, group: bench.name, n: 10, warmup: 3, fn });
}

async function begin(bench: Bench): Promise<{ bench: Bench; prepared: Prepared; row: Row }> {
  current = undefined;
  const prepared = await bench.prepare();
  await prepared.work();
  prepared.check();
  const { elements, bytes } = prepared;
  const row = { bench, elements, bytes, ceiling: copyRate(bytes), times: [] };
  rows.push(row);
  return { bench, prepared, row };
}

/** One line of what is kept. */
interface StageResult extends Pick<Prepared, "elements" | "bytes"> {
  readonly name: string;
  readonly size: string;
  readonly unit: string;
  /** ms of a call. */
  readonly times: Summary;
  /** Bytes a second of a copy of as many bytes, read and written together. */
  readonly ceiling: number;
}

const COLUMNS = ["what", "size", "counted", "ns each", "(min", "max)", "million/s", "GB/s", "copy GB/s", "share"];

function results(): StageResult[] {
  return rows.map(({ bench: { name, size, unit }, elements, bytes, ceiling, times }) => ({
    name,
    size,
    unit,
    elements,
    bytes,
    times: summarise(times),
    ceiling,
  }));
}

/** Nanoseconds per element (median, shortest, longest), the rates of the median, and its share of the ceiling. */
function cellsOf({ name, size, unit, elements, bytes, times: { median, min, max }, ceiling }: StageResult): string[] {
  const each = (ms: number) => brief((1e6 * ms) / elements);
  const rate = bytes / (median / 1000);
  return [
    name,
    size,
    `${elements.toLocaleString("en")} ${unit}s`,
    each(median),
    each(min),
    each(max),
    (elements / median / 1000).toFixed(1),
    (rate / 1e9).toFixed(2),
    (ceiling / 1e9).toFixed(1),
    `${((100 * rate) / ceiling).toFixed(1)} %`,
  ];
}

function plainTable(found: readonly StageResult[]): string {
  const all = [COLUMNS, ...found.map(cellsOf)];
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((line) => line[i].length)));
  return all.map((line) => line.map((text, i) => i < 3 ? text.padEnd(widths[i]) : text.padStart(widths[i])).join("  "))
    .join("\n");
}

/** The largest size of everything: how a time grows with the size is told by the file beside it. */
function markdownOf(found: readonly StageResult[], origin: Origin): string {
  const largest = found.filter(({ name }, i) => found.findLastIndex((other) => other.name === name) === i);
  const header = ["", "size", "ns", "shortest", "million/s", "GB/s", "share of a copy's rate", "ns at each size"];
  const lines = largest.map((result) => {
    const [name, size, , each, min, , rate, bytes, , share] = cellsOf(result);
    const growth = found.filter((other) => other.name === name).map((other) => cellsOf(other)[3]).join(", ");
    return [`${name}, a ${result.unit}`, size, each, min, rate, bytes, share, growth];
  });
  return `${originSentence(origin)}\n\n${markdownTable(header, lines)}`;
}

/** Prints the table; with `--keep` after `--` it goes to bench/results/stages.json and docs/performance.md as well. */
function report(): void {
  const found = results();
  print(plainTable(found));
  if (!Deno.args.includes("--keep")) return;
  const origin = originOf("bench", ["--", ...Deno.args]);
  keepNow("stages", { ...origin, stages: found }, markdownOf(found, origin));
}
