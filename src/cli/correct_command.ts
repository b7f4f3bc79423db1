/**
 * `n4 correct IN OUT`, also `scripts/correct_bias_field.ts IN OUT`.
 *
 * @module
 */

import { correctFile } from "../commands/correct.ts";
import { correctMany } from "../commands/batch.ts";
import { SUMMARY } from "../commands/batch_checks.ts";
import { InputError, UsageError } from "../errors.ts";
import { withFlags } from "../options/spec.ts";
import { BATCH_OPTIONS, type BatchOptions } from "../options/batch_table.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import { repeatReport } from "../report/repeat_report.ts";
import { batchTelling } from "./batch_telling.ts";
import { type CommandContext, type CommandSpec, type Outcome, sentence, SEVERAL } from "./command.ts";
import { consoleListener } from "./console.ts";
import { summaryText } from "./correct_summary.ts";

/** Iterations between two progress reports of the fit, where they are shown. */
const WATCHED_BATCH = 5;

const FOOTER = `Examples:
  n4 correct head.nii.gz corrected.nii.gz
  n4 correct head.nii.gz corrected.nii.gz --mask brain.nii.gz --shrink-factor 2 --save-bias-field field.nii.gz
  n4 correct stack.ome.zarr corrected.ome.zarr --n-serial-slices 40 --report run.json
  n4 correct sub-*_T1w.nii.gz --output-folder corrected --html page.html
  n4 correct bids --output-folder bids/derivatives/n4 --resume

Presets: a NIfTI, or an OME-Zarr with voxels above 0.1 mm, is taken for a head (mri), any other OME-Zarr for sections
in agarose (oct); linumpy has the numbers of that program. A knot spacing of a preset gives way to a coarse sample
grid; one that you give is refused where it does not fit. The report, and the log with --verbose, show every value.
An OME-Zarr gets coarser levels ('--n-levels 0': none).

Triples are Z Y X. Lengths are in mm. An underscore in an option is as good as a dash, a beginning as good as the whole.

Permissions of 'deno run': read and write of OUT and OUT.partial, likewise for every --save-..., --report and --html
path; read of IN, of the mask, weights and model, and of n4's own folder src (its worker threads load from there; not
needed with --n-processes 0). CUDA needs --allow-ffi as well, inputs on a server --allow-net=HOST.`;

/** What `--help` shows of the options, here and for `plan`. */
export const MAIN_OPTIONS = [
  "preset",
  "nSerialSlices",
  "mask",
  "shrinkFactor",
  "splineDistanceMm",
  "nIterations",
  "saveBiasField",
  "html",
  "outputFolder",
  "overwrite",
] as const;

const OPTIONS = { ...CORRECT_OPTIONS, ...BATCH_OPTIONS };

/** The command. */
export const correctCommand: CommandSpec<typeof OPTIONS> = {
  name: "correct",
  summary: "Remove the intensity bias from a 3-D image (NIfTI or OME-Zarr) with the N4 algorithm.",
  operands: {
    IN: "image to correct: .nii, .nii.gz, an OME-Zarr folder, .ozx or .ome.zarr.zip; or an https or s3 address of one",
    OUT: "image to write: .nii, .nii.gz, .ome.zarr, .ozx or .ome.zarr.zip",
  },
  options: OPTIONS,
  main: MAIN_OPTIONS,
  footer: FOOTER,
  optionalWith: "fromReport",
  manyWith: "outputFolder",
  async run(operands, { outputFolder, list, ...all }, context) {
    if (outputFolder !== undefined) return await runMany(operands, { ...all, outputFolder, list }, context);
    if (list !== undefined) throw new UsageError("Cannot use '--list' as it needs '--output-folder' as well");
    const [given, wanted] = operands;
    const { fromReport, ...own } = all;
    const run = { input: given, output: wanted, options: own, states: {} };
    const { input, output, options, states } = fromReport === undefined ? run : await repeatReport(fromReport, run);
    const batch = options.quiet ? undefined : WATCHED_BATCH;
    // The report that is repeated is an input like any other: no output may take its place.
    const job = { input, output, options: { ...options, fromReport }, states, batch, ...context };
    const report = await correctFile(job).catch(async (error) => {
      const isFolder = error instanceof InputError && error.path === input && await isPlainFolder(input) ||
        error instanceof UsageError && error.message.startsWith(`Cannot create '${output}'`) &&
          (output.endsWith("/") || await isPlainFolder(input));
      if (isFolder) error.message += SEVERAL;
      throw error;
    });
    return report && { report, text: summaryText(report, options.verbose) };
  },
};

/** Whether a path is a folder without an image's metadata. */
async function isPlainFolder(path: string): Promise<boolean> {
  const lacks = (name: string) =>
    Deno.stat(`${path}/${name}`).then(() => false, (error) => error instanceof Deno.errors.NotFound);
  const isFolder = await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
  return isFolder && await lacks("zarr.json") && await lacks(".zattrs");
}

/** Corrects many images. @throws {InputError} at the end, when some could not be corrected. */
async function runMany(
  inputs: readonly string[],
  options: CorrectOptions & BatchOptions & { readonly outputFolder: string },
  context: CommandContext,
): Promise<Outcome | void> {
  const start = performance.now();
  const { outputFolder: folder } = options;
  const listener = consoleListener(options);
  const telling = batchTelling(listener, options);
  const { command, signal } = context;
  signal.addEventListener("abort", () => context.onKept(folder));
  const results = await correctMany({
    ...{
      inputs,
      options,
      command,
      signal,
      listener,
      describe: (error: unknown) => withFlags(sentence(error)),
    },
    ...telling,
  }).catch((error) => {
    // The last one may have been meant as the output.
    const isLast = error instanceof InputError && inputs.length > 1 && error.path === inputs.at(-1);
    if (isLast) error.message += "; with '--output-folder' every path is an input";
    throw error;
  });
  if (results.length === 0) return;
  const failed = results.filter(({ state }) => state === "failed");
  if (failed.length > 0) {
    const names = failed.map(({ input }) => input).join(", ");
    const text = `Cannot correct ${failed.length} of ${results.length} images: ${names}`;
    throw new InputError(failed[0].input, `${text} (see ${folder}/${SUMMARY.table})`);
  }
  const corrected = results.filter(({ state }) => state === "corrected").length;
  const before = results.length - corrected;
  const done = before > 0 ? `, ${before} ${before === 1 ? "was" : "were"} done before` : "";
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  const places = `${folder}, with ${SUMMARY.table} and ${SUMMARY.page}`;
  return {
    text: `Wrote ${corrected} ${corrected === 1 ? "image" : "images"} into ${places} in ${seconds} s${done}.\n`,
  };
}
