/**
 * Many images in one process: threads and device are opened once, a failure is reported and passed over, what is done
 * is skipped by a later run.
 *
 * @module
 */

import { dirname, join, relative } from "node:path";
import { MemoryLimitError } from "../errors.ts";
import { writeFailure } from "../io/files/file_errors.ts";
import { demandOwnText, entryAt, namesOf } from "../io/files/output_guard.ts";
import { replaceText } from "../io/files/text_output.ts";
import type { BatchOptions } from "../options/batch_table.ts";
import { PRESETS } from "../options/presets.ts";
import type { CorrectOptions } from "../options/table.ts";
import { type BatchResult, summaryCsv, summaryPage } from "../report/batch_summary.ts";
import type { RunReport } from "../report/run_report.ts";
import { openMachine } from "../run/device.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { checkOutputs, checkPaths, SUMMARY } from "./batch_checks.ts";
import { type BatchImage, batchImages, besideOutput } from "./batch_inputs.ts";
import { RECORD, RECORD_MARK, recordResult, resultsBeside, statesOf } from "./batch_record.ts";
import { describeDerivatives, sidecarOf, writeSidecar } from "./bids.ts";
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
  const standings = await checkOutputs(images, folder, given, list, job.describe);
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
  const log = new RunLog(job.listener);
  const machine = await openMachine(given, log, stack);
  job.onImages?.(images);
  const open = new Map<BatchImage, CorrectOptions>();
  for (const image of images) {
    const standing = standings.get(image);
    const options = { ...given, ...besideOutput(image, given) };
    if (standing?.state === "done before") {
      await completeSidecar(image, standing.report);
      const { out, partial } = namesOf(image.output);
      if (await entryAt(partial)) log.warn(`${out} is as it was before the run in ${partial}, which has not ended.`);
    }
    if (standing && standing.state !== "again") await note(image, standing);
    else open.set(image, standing ? { ...options, overwrite: true } : options);
  }
  await correctAll(open, { ...job, folder, options: given, machine }, note);
  // A run for each image, one after the other or at once, leaves what a run for all of them does: whoever writes last
  // has read what all others recorded.
  const place = (path: string) => relative(folder, path).split("/").map(encodeURIComponent).join("/");
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

/** Corrects images, two at a time on a processor: while one is read and written by few threads, the other is fitted. */
async function correctAll(
  images: ReadonlyMap<BatchImage, CorrectOptions>,
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
  const waiting = [...images.keys()];
  const large: BatchImage[] = [];
  const made = new Set<string>();
  const correctOne = async (image: BatchImage, share: number): Promise<void> => {
    try {
      for (const path of await makeFolder(dirname(image.output))) made.add(path);
      const options = images.get(image) ?? given;
      const onNamed = async (report: RunReport) => {
        await completeSidecar(image, report, true);
        const paths = [image.output, ...Object.values(besideOutput(image, given))];
        await note(image, { state: "corrected", report, made: await statesOf(folder, paths) });
      };
      await correctFile({ ...job, ...image, options, share, listener: job.listenerOf?.(image), onNamed });
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
  if (image.dataset === undefined || !anew && await entryAt(sidecarOf(image.output))) return;
  await writeSidecar(image.dataset, image, report);
}

/** Makes a folder and those above it. @returns what was not there. @throws {WriteError} when the system refuses. */
async function makeFolder(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; await entryAt(at) === undefined; at = dirname(at)) missing.push(at);
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw writeFailure(path, [path], cause);
  }
  return missing;
}
