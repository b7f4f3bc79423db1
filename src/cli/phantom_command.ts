/**
 * `n4 phantom OUT`.
 *
 * @module
 */

import { PHANTOM_OPTIONS } from "../options/phantom_table.ts";
import { phantomFile } from "../commands/phantom.ts";
import type { CommandSpec } from "./command.ts";
import { printRows } from "./console.ts";

const FOOTER = `Examples:
  n4 phantom stack.ome.zarr
  n4 phantom stack.ome.zarr --shape 256 1024 1024 --n-serial-slices 16 --seed 3
  n4 phantom stack.nii.gz --shape 64 128 128 --looks 4 --with-truth
  n4 phantom hot.ome.zarr --kind hot_pixels

OUT = truth x field x speckle; --with-truth writes these beside it, with a mask (1 in tissue) and labels (0 agarose, 1
grey matter, 2 white matter, 3 ventricles, 4 damaged: the image holds something else there). The same options give the
same voxels everywhere.

Permissions of 'deno run': read and write of OUT, of the others where they are written, and of the same with .partial;
read of n4's own folder src lets worker threads help.`;

/** The command. */
export const phantomCommand: CommandSpec<typeof PHANTOM_OPTIONS> = {
  name: "phantom",
  summary: "Make a stack of OCT sections whose bias field is known, to try and to measure corrections on.",
  operands: { OUT: "image to write: .ome.zarr, .ozx, .ome.zarr.zip, .nii or .nii.gz" },
  options: PHANTOM_OPTIONS,
  footer: FOOTER,
  async run([output], options, context) {
    const files = await phantomFile({ output, options, ...context });
    if (!options.quiet) printRows(files.map(({ path, contents }) => [path, contents]));
  },
};
