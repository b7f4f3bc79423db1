/**
 * `n4 compare --zarr IN --output PICTURE`, also `scripts/n4_visual_compare.ts`.
 *
 * @module
 */

import { COMPARE_OPTIONS } from "../options/compare_table.ts";
import type { CommandSpec } from "./command.ts";
import { consoleListener, logResult, print } from "./console.ts";

/** Iterations between two progress reports of the fit, where they are shown. */
const WATCHED_BATCH = 5;

const FOOTER = `Examples:
  n4 compare --zarr head.nii.gz --output p.png
  n4 compare --zarr stack.ome.zarr.zip --z0 150 --dz 96 --first simpleitk --python python3 --second gpu --output p.png
  n4 compare --zarr stack.ome.zarr --level 0 --first corrected.ome.zarr --second ts --output p.png

A side is 'input', a backend (auto, ts, webgpu, cuda, cpu, gpu), 'simpleitk', 'ants', or the path of a corrected
image of the input's shape. Both sides are fitted on the same samples with the same levels, iterations and threshold.

Writes, beside the picture X.png of the input, both sides and the difference of their fields: X_input.png, X_<side>.png,
X_difference.png (one pixel a voxel), X_histograms.svg and .png (log intensity before and after, difference). Beside
the input there is one correction, and its field takes the place of the other. Prints the figures of linumpy's tool and
more; --json-file says what each means. With --json the last event is the result.

Permissions of 'deno run': read and write of the folder of --output (and of --json-file and --html); read of the
image, the other image, the mask, the truth, n4's own folder src and Deno's cache (renderer and font). CUDA needs
--allow-ffi, simpleitk --allow-run=PYTHON, ants --allow-run=N4BiasFieldCorrection as well.`;

/** The command. */
export const compareCommand: CommandSpec<typeof COMPARE_OPTIONS> = {
  name: "compare",
  summary: "Compare two bias corrections of a slab: picture, histograms and figures of agreement.",
  operands: {},
  wayOut: "; give '--zarr IMAGE --second CORRECTED --output picture.png'",
  options: COMPARE_OPTIONS,
  main: ["zarr", "first", "second", "mask", "z0", "dz", "output", "html", "overwrite"],
  footer: FOOTER,
  async run(_operands, options, { command: line, signal }) {
    // Imported when asked for, so that no other command waits for renderer and plots.
    const { compareFile } = await import("../evaluate/compare/compare.ts");
    const { comparisonJson, comparisonLines } = await import("../evaluate/compare/text.ts");
    const result = await compareFile({
      options,
      command: line,
      listener: consoleListener(options),
      signal,
      batch: options.quiet ? undefined : WATCHED_BATCH,
    });
    if (!result) return;
    if (options.json) logResult(options, comparisonJson(result, line), "");
    else if (!options.quiet) print(`${comparisonLines(result).join("\n")}\n`);
  },
};
