/**
 * What is decided of many images before any work: whether their outputs may be written, and which of them a later run
 * has to make.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { UsageError, WriteError } from "../errors.ts";
import { readFailure } from "../io/files/file_errors.ts";
import { demandOwnText, demandReplaceable, guardInputs, stateOf } from "../io/files/output_guard.ts";
import { isUrl } from "../io/remote/url.ts";
import { pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import { inputPaths, withPairs } from "../run/outputs.ts";
import { type BatchImage, besideOutput, whatIsThere } from "./batch_inputs.ts";
import { demandSameSettings, RECORD, RECORD_MARK, recordedResults, type Standing, standingOf } from "./batch_record.ts";
import { DATASET_TEXTS, demandDescribable, demandOwnSidecar, sidecarOf } from "./bids.ts";

/** What lies in the folder beside the images. */
export const SUMMARY = { table: "n4_summary.csv", page: "index.html" } as const;

/** Refuses a folder that is a file, and files for all images that are not there. @throws {InputError | UsageError} */
export async function checkPaths(folder: string, given: CorrectOptions): Promise<void> {
  if (await Deno.stat(folder).then(({ isDirectory }) => !isDirectory, () => false)) {
    throw new UsageError(
      `Cannot use option 'outputFolder' as it must be a folder: current value is the file ${folder}`,
    );
  }
  for (const path of Object.values(pathsOfKind(CORRECT_OPTIONS, given, "input"))) {
    await Deno.stat(path).catch((error) => {
      // 'labels/NAME' is a label of each image; what is on a server is asked for when it is opened.
      const isFile = !path.startsWith("labels/") && !isUrl(path);
      if (error instanceof Deno.errors.NotFound && isFile) throw readFailure(path, error);
    });
  }
}

/**
 * Refuses what no image could be corrected with.
 *
 * @param describe an error as a sentence.
 * @returns how images stand of which something is there already; the others are to be made.
 * @throws {WriteError} when images are done, but with other options, or may neither be skipped nor replaced.
 */
export async function checkOutputs(
  images: readonly BatchImage[],
  folder: string,
  given: CorrectOptions,
  list: string | undefined,
  describe: (error: unknown) => string,
): Promise<Map<BatchImage, Standing>> {
  const { fromReport, resume, overwrite, dryRun } = given;
  if (fromReport !== undefined) {
    throw new UsageError(
      "Cannot use option 'fromReport' and option 'outputFolder' together as one rules out the other",
    );
  }
  for (const dataset of new Set(images.flatMap((image) => image.dataset ?? []))) {
    await demandDescribable(dataset, folder);
  }
  const outputs = demandOwnPlaces(images, folder, given);
  const sources = Object.fromEntries(images.map(({ input }, i) => [`image ${i}`, input]));
  const inputs = withPairs({ ...sources, ...inputPaths(list ?? images[0].input, given) });
  await guardInputs(outputs, Object.values(inputs), false);
  // A pipe would keep its reader waiting for ever.
  const texts = textsOf(images).map((name) => join(folder, name));
  const sidecars = images.filter(({ dataset }) => overwrite && dataset !== undefined).map(({ output }) =>
    sidecarOf(output)
  );
  for (const path of [...texts, ...sidecars]) {
    // What describes a data set is completed, and may be protected.
    const isCompleted = DATASET_TEXTS.includes(basename(path)) && (await stateOf(path))?.isFile;
    if (!isCompleted) await demandReplaceable(path, "file", true);
  }
  const standings = new Map<BatchImage, Standing>();
  if (overwrite || dryRun) return standings;
  await demandOwnText(join(folder, SUMMARY.table), "input,output,state");
  await demandOwnText(join(folder, RECORD), RECORD_MARK);
  await demandOwnText(join(folder, SUMMARY.page), '<meta name="generator" content="n4');
  for (const { dataset, output } of images) if (dataset !== undefined) await demandOwnSidecar(output);
  const there = new Map<BatchImage, Awaited<ReturnType<typeof whatIsThere>>>();
  for (const image of images) there.set(image, await whatIsThere(image, given));
  if (!resume) {
    const taken = images.filter((image) => there.get(image)?.paths.includes(image.output));
    if (taken.length === 0) return standings;
    const text = `Cannot write into ${folder} as ${taken.length} of ${images.length} outputs exist already`;
    throw new WriteError(
      folder,
      `${text}: give option 'resume' to skip what is done, or option 'overwrite' to replace it`,
    );
  }
  // After what is there: another run may have ended in between.
  const earlier = await recordedResults(folder);
  for (const [image, { paths, isEnding }] of there) {
    // Of a run that died among the names of its outputs the next one gives those that are left.
    if (paths.length === 0 || isEnding) continue;
    const result = earlier.get(relative(folder, image.output));
    if (result?.report) await demandSameSettings(result, image, given);
    const standing = standingOf(folder, image, given, paths, result);
    standings.set(image, await standing.catch((error) => ({ state: "failed", error: describe(error) })));
  }
  return standings;
}

/** What is written into the folder beside the images. */
function textsOf(images: readonly BatchImage[]): string[] {
  const isBids = images.some(({ dataset }) => dataset !== undefined);
  return [SUMMARY.table, SUMMARY.page, RECORD, ...isBids ? DATASET_TEXTS : []];
}

/**
 * Refuses outputs of one name, be they of two images or of the whole folder.
 *
 * @returns all outputs.
 * @throws {UsageError} naming both.
 */
function demandOwnPlaces(images: readonly BatchImage[], folder: string, given: CorrectOptions): string[] {
  const owners = new Map<string, string>();
  for (const name of textsOf(images)) owners.set(join(folder, name), folder);
  for (const image of images) {
    const sidecar = image.dataset === undefined ? [] : [sidecarOf(image.output)];
    for (const path of [image.output, ...sidecar, ...Object.values(besideOutput(image, given))]) {
      const other = owners.get(path);
      owners.set(path, image.input);
      if (other === undefined) continue;
      const text = "Cannot correct them in one run as the names of outputs must differ";
      throw new UsageError(`${text}: '${path}' would be that of '${other}' and of '${image.input}'`);
    }
  }
  return [...owners.keys()];
}
