/**
 * Benches that say more than `deno bench` does: what each costs per voxel, and its share of what the machine can do. Results are checked before their first time.
 *
 * @module
 */

import { print } from "../tests/helpers/print.ts";
import { copyRate, summarise } from "./measure.ts";

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

/** Registers benches with `deno bench`; when all have run their table is printed. */
export function registerBenches(benches: readonly Bench[]): void {
  for (const bench of benches) registerBench(bench);
  addEventListener("unload", () => print(table()));
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

const COLUMNS = ["what", "size", "counted", "ns each", "(min", "max)", "million/s", "GB/s", "copy GB/s", "share"];

/** Nanoseconds per element (median, shortest, longest), the rates of the median, and its share of the ceiling. */
function table(): string {
  const lines = rows.map(({ bench, elements, bytes, ceiling, times }) => {
    const { median, min, max } = summarise(times);
    const each = (ms: number) => ((1e6 * ms) / elements).toPrecision(3);
    const rate = bytes / (median / 1000);
    return [
      bench.name,
      bench.size,
      `${elements.toLocaleString("en")} ${bench.unit}s`,
      each(median),
      each(min),
      each(max),
      (elements / median / 1000).toFixed(1),
      (rate / 1e9).toFixed(2),
      (ceiling / 1e9).toFixed(1),
      `${((100 * rate) / ceiling).toFixed(1)} %`,
    ];
  });
  const all = [COLUMNS, ...lines];
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((line) => line[i].length)));
  return all.map((line) => line.map((text, i) => i < 3 ? text.padEnd(widths[i]) : text.padStart(widths[i])).join("  "))
    .join("\n");
}
