/**
 * `n4 apply MODEL IN OUT`.
 *
 * @module
 */

import { applyFile } from "../commands/apply.ts";
import { UsageError } from "../errors.ts";
import { APPLY_OPTIONS } from "../options/table.ts";
import type { CommandSpec } from "./command.ts";
import { wroteText } from "./correct_summary.ts";

const FOOTER = `Examples:
  n4 apply model.json channel1.ome.zarr corrected1.ome.zarr
  n4 apply model.json stack.ome.zarr coarse.ome.zarr --level 2

The image must have the model's field of view; its resolution is free. A model holds the field alone: matching and the
profile along z of the run that made it are not repeated.
A model is saved by 'n4 correct ... --save-bias-model model.json'.

Permissions of 'deno run': read and write of OUT and OUT.partial, likewise for --save-bias-field and --report; read of
MODEL, of IN and of n4's own folder src (its worker threads load from there; not needed with --n-processes 0). CUDA
needs --allow-ffi as well.`;

/** The command. */
export const applyCommand: CommandSpec<typeof APPLY_OPTIONS> = {
  name: "apply",
  summary:
    "Correct an image with a saved bias model: another channel, or another resolution of the same field of view.",
  operands: { MODEL: "bias model (JSON)", IN: "image to correct", OUT: "image to write" },
  options: APPLY_OPTIONS,
  main: ["strength", "outputType", "saveBiasField", "level", "channel", "html", "nProcesses", "overwrite"],
  footer: FOOTER,
  async run([model, input, output], options, context) {
    if (/\.json$/i.test(input) && !/\.json$/i.test(model)) {
      throw new UsageError(
        `Cannot apply '${model}' as the model comes first, then the image: current image is '${input}'`,
      );
    }
    const report = await applyFile({ model, input, output, options, ...context });
    return { report, text: `${wroteText(report.outputs, report.seconds)}.\n` };
  },
};
