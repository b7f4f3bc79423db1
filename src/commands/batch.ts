/**
 * Many images in one process: threads and device are opened once, a failure is reported and passed over, what is done
 * is skipped by a later run.
 *
 * @module
 */

import { basename, dirname, join, relative } from "node:path";
import { MemoryLimitError, UsageError, WriteError } from "../errors.ts";
import { readFailure, writeFailure } from "../io/files/file_errors.ts";
import { isUrl } from "../io/remote/url.ts";
import { demandOwnText, demandReplaceable, guardInputs, namesOf, stateOf } from "../io/files/output_guard.ts";
import { replaceText } from "../io/files/text_output.ts";
import type { BatchOptions } from "../options/batch_table.ts";
import { PRESETS } from "../options/presets.ts";
import { keysOfKind, pathsOfKind } from "../options/spec.ts";
import { CORRECT_OPTIONS, type CorrectOptions } from "../options/table.ts";
import { type BatchResult, summaryCsv, summaryPage } from "../report/batch_summary.ts";
import type { RunReport } from "../report/run_report.ts";
import { openMachine } from "../run/device.ts";
import { inputPaths, withPairs } from "../run/outputs.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { type BatchImage, batchImages, stemOf } from "./batch_inputs.ts";
import {
  demandDone,
  RECORD,
  RECORD_MARK,
  recordedResults,
  recordResult,
  resultsBeside,
  statesOf,
} from "./batch_record.ts";
import { DATASET_TEXTS, demandOwnSidecar, describeDerivatives, sidecarOf, writeSidecar } from "./bids.ts";
import { correctFile, type CorrectFileJob } from "./correct.ts";

/** Many corrections. */
interface BatchJob extends Pick<CorrectFileJob, "command" | "batch" | "signal"> {
  /** Images, folders of images, BIDS data sets. */
  readonly inputs: readonly string[];
  readonly options: BatchOptions & CorrectOptions & { readonly outputFolder: string };
  /** Called with events of all images. */
  readonly listener?: RunListener;
  /** The listener of an image. */
  readonly listenerOf?: (image: BatchImage) => RunListener;
  /** Called with the images, before any work. */
  readonly onImages?: (images: readonly BatchImage[]) => void;
  /** Called with what became of an image. */
  readonly onResult?: (result: BatchResult) => void;
  /** What went wrong, as a sentence. */
  readonly describe: (error: unknown) => string;
}

/** What lies in the folder beside the images. */
export const SUMMARY = { table: "n4_summary.csv", page: "index.html" } as const;

/**
 * Corrects many images.
 *
 * @returns what became of each, in their order; nothing after a dry run.
 * @throws {UsageError} when there is no image, two have one name, or the folder is a file or that of an input.
 * @throws {InputError} when a path, a mask, weights or a model are not there.
 * @throws {WriteError} when the folder, or what lies in it beside the images, cannot be written, or when an output or
 *   a file beside the images that is not of n4 exists and may neither be skipped nor replaced.
 */
export async function correctMany(job: BatchJob): Promise<BatchResult[]> {
  const { options: { outputFolder: folder, list, ...given } } = job;
  const images = await batchImages(job.inputs, folder, list);
  await checkPaths(folder, given);
  const done = await checkOutputs(images, folder, given, list);
  if (given.dryRun) {
    job.onImages?.(images);
    return [];
  }
  const table = join(folder, SUMMARY.table);
  await makeFolder(folder);
  // Lines are added to it; one that is not of n4, or is a link, gives way.
  const record = join(folder, RECORD);
  if (given.overwrite) await demandOwnText(record, RECORD_MARK).catch(() => replaceText(record, ""));
  for (const dataset of new Set(images.flatMap((image) => image.dataset ?? []))) {
    await describeDerivatives(dataset, folder, given);
  }
  let beside = await resultsBeside(folder, images);
  const results = new Map<BatchImage, BatchResult>();
  const inOrder = () => images.flatMap((image) => results.get(image) ?? []);
  let written = Promise.resolve();
  const note: Note = async (image, outcome) => {
    const result = { ...image, ...outcome };
    results.set(image, result);
    job.onResult?.(result);
    // Two images that end at once write one after the other.
    written = written.then(async () => {
      if (result.state !== "done before") await recordResult(folder, result);
      await replaceText(table, summaryCsv([...beside, ...inOrder()]));
    });
    await written;
  };
  await using stack = new AsyncDisposableStack();
  const machine = await openMachine(given, new RunLog(job.listener), stack);
  job.onImages?.(images);
  for (const [image, report] of done) {
    await completeSidecar(image, report);
    await note(image, { state: "done before", report });
  }
  await correctAll(images.filter((image) => !done.has(image)), { ...job, folder, options: given, machine }, note);
  // A run for each image, one after the other or at once, leaves what a run for all of them does: whoever writes last
  // has read what all others recorded.
  const place = (path: string) => encodeURI(relative(folder, path));
  for (let rows = "";;) {
    beside = await resultsBeside(folder, images);
    const all = summaryCsv([...beside, ...inOrder()]);
    if (all === rows) return inOrder();
    rows = all;
    await replaceText(table, rows);
    await replaceText(join(folder, SUMMARY.page), await summaryPage([...beside, ...inOrder()], place));
  }
}

/** Takes down what became of an image. */
type Note = (image: BatchImage, result: Pick<BatchResult, "state" | "error" | "report" | "made">) => Promise<void>;

/** Refuses a folder that is a file, and files for all images that are not there. @throws {InputError | UsageError} */
async function checkPaths(folder: string, given: CorrectOptions): Promise<void> {
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
 * @returns the images to skip, each with the report of its run.
 * @throws {WriteError} when images are done, but with other options, or may neither be skipped nor replaced.
 */
async function checkOutputs(
  images: readonly BatchImage[],
  folder: string,
  given: CorrectOptions,
  list: string | undefined,
): Promise<Map<BatchImage, RunReport>> {
  const { fromReport, resume, overwrite, dryRun } = given;
  if (fromReport !== undefined) {
    throw new UsageError(
      "Cannot use option 'fromReport' and option 'outputFolder' together as one rules out the other",
    );
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
  const done = new Map<BatchImage, RunReport>();
  if (overwrite || dryRun) return done;
  await demandOwnText(join(folder, SUMMARY.table), "input,output,state");
  await demandOwnText(join(folder, RECORD), RECORD_MARK);
  await demandOwnText(join(folder, SUMMARY.page), '<meta name="generator" content="n4');
  for (const { dataset, output } of images) if (dataset !== undefined) await demandOwnSidecar(output);
  const there: BatchImage[] = [];
  for (const image of images) if (await isThere(image.output)) there.push(image);
  if (there.length > 0 && !resume) {
    const text = `Cannot write into ${folder} as ${there.length} of ${images.length} outputs exist already`;
    throw new WriteError(
      folder,
      `${text}: give option 'resume' to skip what is done, or option 'overwrite' to replace it`,
    );
  }
  // After what is there: another run may have ended in between.
  const earlier = await recordedResults(folder);
  for (const image of there) {
    const result = earlier.get(relative(folder, image.output));
    // Of a run that died among the names of its outputs the next one gives those that are left.
    const isUnfinished = !result?.report && await isThere(namesOf(image.output).partial);
    if (!isUnfinished) done.set(image, await demandDone(folder, image, given, result));
  }
  return done;
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
    for (const path of [image.output, ...sidecar, ...Object.values(besideOutput(image, given)).map(String)]) {
      const other = owners.get(path);
      owners.set(path, image.input);
      if (other === undefined) continue;
      const text = "Cannot correct them in one run as the names of outputs must differ";
      throw new UsageError(`${text}: '${path}' would be that of '${other}' and of '${image.input}'`);
    }
  }
  return [...owners.keys()];
}

/** Corrects images, two at a time on a processor: while one is read and written by few threads, the other is fitted. */
async function correctAll(
  images: readonly BatchImage[],
  job: Omit<BatchJob, "options"> & {
    readonly folder: string;
    readonly options: CorrectOptions;
    readonly machine: CorrectFileJob["machine"];
  },
  note: Note,
): Promise<void> {
  const { folder, options: given, machine, signal } = job;
  const memory = given.memoryLimit ?? PRESETS.mri.memoryLimit;
  const lanes = machine?.backend.device.kind === "ts" ? 2 : 1;
  const waiting = [...images];
  const large: BatchImage[] = [];
  const made = new Set<string>();
  const correctOne = async (image: BatchImage, share: number): Promise<void> => {
    try {
      for (const path of await makeFolder(dirname(image.output))) made.add(path);
      const options = { ...given, ...besideOutput(image, given) };
      const report = await correctFile({ ...job, ...image, options, share, listener: job.listenerOf?.(image) });
      if (report) await completeSidecar(image, report, true);
      const paths = [image.output, ...Object.values(pathsOfKind(CORRECT_OPTIONS, options, "output"))];
      await note(image, { state: "corrected", report, made: await statesOf(folder, paths) });
    } catch (error) {
      signal?.throwIfAborted();
      // It may have the memory of all lanes, once the others are done.
      if (error instanceof MemoryLimitError && share < memory) large.push(image);
      else await note(image, { state: "failed", error: job.describe(error) });
    }
  };
  const lane = async () => {
    for (let image = waiting.shift(); image; image = waiting.shift()) {
      await correctOne(image, Math.floor(memory / lanes));
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
    for (const image of large) await correctOne(image, memory);
  } finally {
    // Of images that failed: a folder in which something lies is not removed.
    for (const path of [...made].sort((a, b) => b.length - a.length)) await Deno.remove(path).catch(() => {});
  }
}

/** Writes what stands beside an image of a data set, anew or where it is not there. */
async function completeSidecar(image: BatchImage, report: RunReport, anew = false): Promise<void> {
  if (image.dataset === undefined || !anew && await isThere(sidecarOf(image.output))) return;
  await writeSidecar(image.dataset, image, report);
}

/** Makes a folder and those above it. @returns what was not there. @throws {WriteError} when the system refuses. */
async function makeFolder(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; !await isThere(at); at = dirname(at)) missing.push(at);
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
  return missing;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Where an image's other outputs go: beside the corrected one, its name before what was given. */
function besideOutput(image: BatchImage, given: CorrectOptions): Partial<CorrectOptions> {
  const named = keysOfKind(CORRECT_OPTIONS, "output", "report").flatMap((key) => {
    const end = given[key as keyof CorrectOptions];
    if (typeof end !== "string") return [];
    if (dirname(end) === ".") return [[key, `${stemOf(image)}_${end}`]];
    throw new UsageError(
      `Cannot use option '${key}' as with option 'outputFolder' it must be the end of a name: current value is ${end}`,
    );
  });
  return Object.fromEntries(named);
}
