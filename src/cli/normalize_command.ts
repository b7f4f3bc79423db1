/**
 * `n4 normalize IN OUT`, also `scripts/normalize.ts IN OUT`.
 *
 * @module
 */

import { normalizeFile } from "../commands/normalize.ts";
import { NORMALIZE_OPTIONS } from "../options/normalize_table.ts";
import type { CommandSpec } from "./command.ts";
import { wroteText } from "./correct_summary.ts";

const FOOTER = `Examples:
  n4 normalize corrected.ome.zarr normalized.ome.zarr
  n4 normalize stack.nii.gz normalized.nii.gz --percentile-max 99.5

Agarose is what is dark in the mean of all planes. Each plane is clipped at its own percentile and at the median of its
agarose, the median is taken off, and the whole volume is divided by one number (the 90th percentile over planes of what
is left): agarose becomes 0, bright tissue about 1, and sections keep their brightness to each other.

Permissions of 'deno run': read and write of OUT and OUT.partial, likewise for --report; read of IN and of n4's own
folder src (its worker threads load from there; not needed with --n-processes 0). CUDA needs --allow-ffi as well.`;

/** The command. */
export const normalizeCommand: CommandSpec<typeof NORMALIZE_OPTIONS> = {
  name: "normalize",
  summary:
    "Bring a stack in agarose to a common scale: agarose to 0, bright tissue to about 1, sections in proportion.",
  operands: {
    IN:
      "image to normalise: .nii, .nii.gz, an OME-Zarr folder, .ozx or .ome.zarr.zip; or an https or s3 address of one",
    OUT: "image to write, float32",
  },
  options: NORMALIZE_OPTIONS,
  main: ["percentileMax", "agaroseSigma", "zeroAgarose", "level", "channel", "nProcesses", "overwrite"],
  footer: FOOTER,
  async run([input, output], options, context) {
    const report = await normalizeFile({ input, output, options, ...context });
    return { report, text: `${wroteText(report.outputs, report.seconds)}.\n` };
  },
};
