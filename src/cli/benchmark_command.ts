/**
 * `n4 benchmark --output FOLDER`, also `scripts/benchmark_n4.ts`.
 *
 * @module
 */

import { BENCHMARK_OPTIONS } from "../options/benchmark_table.ts";
import type { CommandSpec } from "./command.ts";
import { consoleListener, logResult, print } from "./console.ts";

const FOOTER = `Examples:
  n4 benchmark --output bench --backends ts --phantom-shapes 64x128x128 128x256x256
  n4 benchmark --output bench --backends ts cuda --reference simpleitk --python python3 --peak-memory
  n4 benchmark --output bench --skip-phantoms --live-zarr stack.ome.zarr.zip --live-slice-index 12 --n-serial-slices 40
  deno run --allow-read=src,bench --allow-write=bench scripts/benchmark_n4.ts --output bench --backends ts

Everybody fits the same samples with the same control points, levels, iterations and threshold. Phantoms are an
ellipsoid in a shell under a known smooth bias, as linumpy's benchmark has them; without --phantom-shapes the sweep goes
up to 128 x 1536 x 1536 voxels and 12 GB of memory. The mask of a live volume is what is above the 5th percentile of the
part that is taken.

Writes n4_benchmark.json, n4_benchmark.md, n4_benchmark_time.svg and n4_benchmark_accuracy.svg into the folder; the
Markdown and the JSON say what each figure means. With --json the last event is the result.

Permissions of 'deno run': read and write of the folder (and of --json-file and --html); read of the live volume and of
n4's own folder src. CUDA needs --allow-ffi, simpleitk --allow-run=PYTHON, ants --allow-run=N4BiasFieldCorrection,
--peak-memory --allow-run=deno as well.`;

/** The command. */
export const benchmarkCommand: CommandSpec<typeof BENCHMARK_OPTIONS> = {
  name: "benchmark",
  summary: "Measure backends and other programs on phantoms and live volumes: time, agreement, accuracy, memory.",
  operands: {},
  options: BENCHMARK_OPTIONS,
  main: ["backends", "reference", "phantomShapes", "liveZarr", "repeats", "output", "html", "overwrite"],
  footer: FOOTER,
  async run(_operands, options, { command: line, signal }) {
    // Imported when asked for, so that no other command waits for renderer and plots.
    const { benchmarkFile } = await import("../evaluate/benchmark/benchmark.ts");
    const listener = consoleListener(options);
    const outcome = await benchmarkFile({ options, command: line, listener, signal });
    if (!outcome) return;
    if (options.json) logResult(options, { ...outcome.result, outputs: outcome.outputs }, "");
    else if (!options.quiet) { for (const path of Object.values(outcome.outputs)) print(`wrote ${path}\n`); }
  },
};
