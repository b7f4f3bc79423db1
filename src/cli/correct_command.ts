/**
 * `n4 correct IN OUT`, also `scripts/correct_bias_field.ts IN OUT`.
 *
 * @module
 */

import { correctFile } from "../commands/correct.ts";
import { PRESET_NAMES, presetWords } from "../options/presets.ts";
import { CORRECT_OPTIONS } from "../options/table.ts";
import { repeatReport } from "../report/repeat_report.ts";
import type { CommandSpec } from "./command.ts";
import { summaryText } from "./correct_summary.ts";

/**
 * Iterations between two progress reports of the fit: few where they are shown; else an interrupt may wait for them.
 */
const WATCHED_BATCH = 5;
const UNWATCHED_BATCH = 25;

const FOOTER = `Examples:
  n4 correct head.nii.gz corrected.nii.gz
  n4 correct head.nii.gz corrected.nii.gz --mask brain.nii.gz --shrink-factor 2 --save-bias-field field.nii.gz
  n4 correct stack.ome.zarr corrected.ome.zarr --n-serial-slices 40 --report run.json

Presets (a NIfTI is taken for a head: mri; an OME-Zarr for a stack of sections in agarose: oct):
${PRESET_NAMES.map(presetText).join("\n")}

A knot spacing of a preset gives way to a coarse sample grid; one that you give is refused where it does not fit.
The report, and the log with --verbose, show every value. An OME-Zarr gets coarser levels ('--n-levels 0': none).

Triples are Z Y X. Lengths are in mm. An underscore in an option is as good as a dash.

Permissions of 'deno run': read and write of OUT and OUT.partial, likewise for every --save-..., --report and --html
path; read of IN, of the mask, weights and model, and of n4's own folder src (its worker threads load from there; not
needed with --n-processes 0). CUDA needs --allow-ffi as well.`;

/** A preset's values, wrapped. */
function presetText(name: (typeof PRESET_NAMES)[number]): string {
  const lines = [`  ${name}:${name === "mri" ? "" : " as mri, but"}`];
  for (const word of presetWords(name)) {
    const last = lines.length - 1;
    const separator = lines[last].endsWith(":") || lines[last].endsWith("but") ? " " : ", ";
    if (lines[last].length + word.length + separator.length > 116) lines.push(`    ${word}`);
    else lines[last] += separator + word;
  }
  return lines.map((line, i) => i < lines.length - 1 ? `${line},` : line).join("\n");
}

/** The command. */
export const correctCommand: CommandSpec<typeof CORRECT_OPTIONS> = {
  name: "correct",
  summary: "Remove the intensity bias from a 3-D image (NIfTI or OME-Zarr) with the N4 algorithm.",
  operands: {
    IN: "image to correct: .nii, .nii.gz, an OME-Zarr folder, .ozx or .ome.zarr.zip",
    OUT: "image to write: .nii, .nii.gz, .ome.zarr, .ozx or .ome.zarr.zip",
  },
  options: CORRECT_OPTIONS,
  footer: FOOTER,
  optionalWith: "fromReport",
  async run([given, wanted], all, context) {
    const { fromReport, ...own } = all;
    const run = { input: given, output: wanted, options: own };
    const { input, output, options } = fromReport === undefined ? run : await repeatReport(fromReport, run);
    const batch = options.quiet ? UNWATCHED_BATCH : WATCHED_BATCH;
    // The report that is repeated is an input like any other: no output may take its place.
    const report = await correctFile({ input, output, options: { ...options, fromReport }, batch, ...context });
    return report && { report, text: summaryText(report, output) };
  },
};
