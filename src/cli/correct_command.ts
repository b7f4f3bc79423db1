/**
 * `n4 correct IN OUT`, also `scripts/correct_bias_field.ts IN OUT`.
 *
 * @module
 */

import { correctFile } from "../correct_file.ts";
import { PRESET_NAMES, presetWords } from "../options/presets.ts";
import { CORRECT_OPTIONS } from "../options/table.ts";
import type { ReportedFit, RunReport } from "../run_report.ts";
import type { CommandSpec } from "./command.ts";
import { consoleListener, tellResult } from "./console.ts";

/** Iterations between two looks at the fit: few while somebody watches; else what an interrupt may wait for. */
const WATCHED_BATCH = 5;
const UNWATCHED_BATCH = 25;

const FOOTER = `Examples:
  n4 correct head.nii.gz corrected.nii.gz
  n4 correct head.nii.gz corrected.nii.gz --mask brain.nii.gz --shrink-factor 2 --save-bias-field field.nii.gz
  n4 correct stack.ome.zarr corrected.ome.zarr --n-serial-slices 40 --report run.json

Presets (a NIfTI is taken for a head: mri; an OME-Zarr for a stack of sections in agarose: oct):
${PRESET_NAMES.map(presetText).join("\n")}

A knot spacing of a preset gives way to a coarse sample grid; one that you give is refused where it does not fit.
The log and the report show every value that was used. An OME-Zarr gets coarser levels ('--n-levels 0': none).

Triples are Z Y X. Lengths are in mm. An underscore in an option is as good as a dash.

Permissions of 'deno run': read and write of OUT and OUT.partial (OUT.replaced too with --overwrite of a directory),
likewise for every --save-..., --report and --html path; read of IN, of the mask, weights and model, and of n4's own
folder src (its worker threads load from there; not needed with --n-processes 0). CUDA needs --allow-ffi as well.`;

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
    IN: "image to correct: .nii, .nii.gz, an OME-Zarr folder or .ome.zarr.zip",
    OUT: "image to write: .nii, .nii.gz, .ome.zarr or .ome.zarr.zip",
  },
  options: CORRECT_OPTIONS,
  footer: FOOTER,
  async run([input, output], options, { line, signal, onKept }) {
    const report = await correctFile({
      input,
      output,
      options,
      command: line,
      listener: consoleListener(options),
      signal,
      onKept,
      batch: options.quiet ? UNWATCHED_BATCH : WATCHED_BATCH,
    });
    if (report) tellResult(options, report, summaryText(report, output));
  },
};

/** Fits that are told one by one; of more only the range, since nobody reads forty. */
const MOST_TOLD_FITS = 4;

/** Samples and iterations of the fits. */
function fitsText(fits: readonly ReportedFit[]): string {
  if (fits.length <= MOST_TOLD_FITS) {
    const iterations = fits.map(({ levels }) => levels.map((level) => level.iterations).join(" + ") || "no");
    return `${fits.map(({ samples }) => samples.used).join(", ")} samples in ${iterations.join("; ")}`;
  }
  const samples = rangeText(fits.map((fit) => fit.samples.used));
  const iterations = fits.map(({ levels }) => levels.reduce((sum, level) => sum + level.iterations, 0));
  return `${samples} samples in each of ${fits.length} fits, in ${rangeText(iterations)}`;
}

function rangeText(values: readonly number[]): string {
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  return lo === hi ? `${lo}` : `${lo} to ${hi}`;
}

/** What a run came to, in a few lines. */
function summaryText(report: RunReport, output: string): string {
  const fit = report.stages.filter((stage) => stage.name === "fit").reduce((sum, stage) => sum + stage.seconds, 0);
  const stored = report.storage
    ? `\n${report.storage.clamped} voxels were clamped to the range of the output type, ${report.storage.nonFinite} were not finite.`
    : "";
  return `Fitted ${fitsText(report.fits)} iterations (${fit.toFixed(2)} s).${stored}\n` +
    `Wrote ${output} in ${report.seconds.toFixed(2)} s, peak memory ${
      Math.ceil(report.peakMemoryBytes / 2 ** 20)
    } MiB.\n`;
}
