/**
 * `n4 correct IN OUT`, also `scripts/correct_bias_field.ts IN OUT`.
 *
 * @module
 */

import { correctFile } from "../correct_file.ts";
import { CORRECT_OPTIONS } from "../options/table.ts";
import type { RunReport } from "../run_report.ts";
import type { CommandSpec } from "./command.ts";
import { consoleListener, tell } from "./console.ts";

/** Iterations between two looks at the fit: few while somebody watches; else what an interrupt may wait for. */
const WATCHED_BATCH = 5;
const UNWATCHED_BATCH = 25;

const FOOTER = `Examples:
  n4 correct head.nii.gz corrected.nii.gz
  n4 correct head.nii.gz corrected.nii.gz --mask brain.nii.gz --shrink-factor 2 --save-bias-field field.nii.gz
  n4 correct stack.ome.zarr corrected.ome.zarr --spline-distance-mm 2 --n-iterations 25 25 25 --report run.json

Defaults (preset mri): mode global; shrink factor 4; control points 4 4 4; iterations 50 50 50 50; lattice refine
(OME-Zarr: fixed); 200 bins; FWHM 0.15; Wiener noise 0.01; threshold 0.001; mask by Otsu; voxels <= 0 left out;
strength 1; no rescaling; float32 out; memory limit 2GiB.
An OME-Zarr gets coarser levels, halved until one fits in a chunk ('--n-levels 0': none).
The log and the report show every value that was used.

Triples are Z Y X. Lengths are in mm. An underscore in an option is as good as a dash.

Permissions of 'deno run': read and write of OUT and OUT.partial (OUT.replaced too with --overwrite of a directory),
likewise for every --save-... and --report path; read of IN, of the mask, weights and model, and of n4's own folder src
(its worker threads load from there; not needed with --n-processes 0).`;

/** The command. */
export const correctCommand: CommandSpec<typeof CORRECT_OPTIONS> = {
  name: "correct",
  summary: "Remove the intensity bias from a 3-D image (NIfTI or OME-Zarr) with the N4 algorithm.",
  operands: {
    IN: "image to correct: .nii, .nii.gz or an OME-Zarr folder",
    OUT: "image to write: .nii, .nii.gz or .ome.zarr",
  },
  options: CORRECT_OPTIONS,
  footer: FOOTER,
  async run([input, output], options, { line, signal }) {
    const report = await correctFile({
      input,
      output,
      options,
      command: line,
      listener: consoleListener(options),
      signal,
      batch: options.quiet ? UNWATCHED_BATCH : WATCHED_BATCH,
    });
    if (report && !options.json && !options.quiet) tell(summaryText(report, output));
  },
};

/** What a run came to, in a few lines. */
function summaryText(report: RunReport, output: string): string {
  const fit = report.stages.filter((stage) => stage.name === "fit").reduce((sum, stage) => sum + stage.seconds, 0);
  const iterations = report.fits.map(({ levels }) => levels.map((level) => level.iterations).join(" + ")).join("; ");
  const used = report.fits.map(({ samples }) => samples.used).join(", ");
  const stored = report.storage
    ? `\n${report.storage.clamped} voxels were clamped to the range of the output type, ${report.storage.nonFinite} were not finite.`
    : "";
  return `Fitted ${used} samples in ${iterations} iterations (${fit.toFixed(2)} s).${stored}\n` +
    `Wrote ${output} in ${report.seconds.toFixed(2)} s, peak memory ${
      Math.ceil(report.peakMemoryBytes / 2 ** 20)
    } MiB.\n`;
}
