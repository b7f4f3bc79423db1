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
  n4 phantom stack.nii.gz --shape 64 128 128 --looks 4

Writes OUT and beside it OUT's name with _truth, _field, _mask and _labels: OUT = truth x field x speckle. The mask is 1
in tissue; the labels are 0 agarose, 1 grey matter, 2 white matter, 3 ventricles. The same options give the same voxels
everywhere.

Permissions of 'deno run': read and write of each of the five and of the same with .partial.`;

const ROLES = {
  truth: "what the tissue is",
  field: "the bias field",
  mask: "1 in tissue",
  labels: "0 agarose, 1 grey matter, 2 white matter, 3 ventricles",
  source: "the image: truth x field x speckle",
} as const;

/** The command. */
export const phantomCommand: CommandSpec<typeof PHANTOM_OPTIONS> = {
  name: "phantom",
  summary: "Make a stack of OCT sections whose bias field is known, to try and to measure corrections on.",
  operands: { OUT: "image to write: .ome.zarr, .ozx, .ome.zarr.zip, .nii or .nii.gz" },
  options: PHANTOM_OPTIONS,
  footer: FOOTER,
  async run([output], options, context) {
    const paths = await phantomFile({ output, options, ...context });
    if (!options.quiet) {
      printRows(Object.entries(paths).map(([role, path]) => [path, ROLES[role as keyof typeof ROLES]]));
    }
  },
};
