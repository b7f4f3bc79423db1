/**
 * A phantom as files: what the instrument sees, and beside it what only a phantom can know.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { demandDistinct } from "../io/files/output_guard.ts";
import { linksReplaced } from "../io/files/place.ts";
import type { ImageOutput } from "../io/image.ts";
import { imageFormatFor } from "../io/image.ts";
import type { OctPhantom, OctPhantomOptions } from "../phantom/oct.ts";
import { threadedPhantom } from "../phantom/threaded.ts";
import { createFor, fillImage } from "../phantom/write_source.ts";
import type { PhantomOptions } from "../options/phantom_table.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { openThreads } from "../threads/pool.ts";

/** A phantom from options to paths. */
interface PhantomFileJob {
  /** Image to write; its name decides the format of all. */
  readonly output: string;
  /** What the user gave. */
  readonly options: PhantomOptions;
  /** Called with each event. */
  readonly listener?: RunListener;
  /** Ends the work; nothing is left behind. */
  readonly signal?: AbortSignal;
}

/** What each volume is, in a line; the image comes last, so that where it is the others are. */
const CONTENTS = {
  truth: "the tissue: intensities without field and speckle",
  field: "the bias field",
  mask: "1 in tissue",
  labels: "0 agarose, 1 grey matter, 2 white matter, 3 ventricle, 4 damaged",
  source: "the image: truth x field x speckle",
} as const satisfies Partial<Record<keyof OctPhantom, string>>;

type Volume = keyof typeof CONTENTS;

/** A file that was written, and what it holds. */
interface PhantomFile {
  readonly path: string;
  readonly contents: string;
}

/**
 * Paths of a phantom: `stack_truth.ome.zarr` for `stack.ome.zarr`, and likewise `_field`, `_mask`, `_labels`.
 *
 * @throws {UsageError} when the name says no format.
 */
export function phantomPaths(output: string): Readonly<Record<Volume, string>> {
  imageFormatFor(output);
  const [, stem, ending] = /^(.*?)((?:\.ome)?\.zarr(?:\.zip)?|\.ozx|\.nii(?:\.gz)?)\/*$/i.exec(output) ?? [];
  const beside = (what: string) => `${stem}_${what}${ending}`;
  return {
    truth: beside("truth"),
    field: beside("field"),
    mask: beside("mask"),
    labels: beside("labels"),
    source: output,
  };
}

/**
 * Writes a phantom, box by box: the image alone, or what only the phantom knows as well. The files get their names once
 * all of them are complete.
 *
 * @returns the files, the image last.
 * @throws {UsageError} when an option breaks its rule or the name says no format.
 * @throws {WriteError} when a file exists and may not be replaced, or cannot be written.
 */
export async function phantomFile(job: PhantomFileJob): Promise<PhantomFile[]> {
  const { options, signal } = job;
  const paths = phantomPaths(job.output);
  const written = (Object.keys(CONTENTS) as Volume[]).filter((name) => name === "source" || options.withTruth);
  demandDistinct({}, Object.fromEntries(written.map((name) => [name, paths[name]])));
  await using stack = new AsyncDisposableStack();
  const threads = stack.use(openThreads());
  const phantom = threadedPhantom(phantomOptions(options), threads);
  const log = new RunLog(job.listener);
  const files: ImageOutput[] = [];
  for (const name of written) {
    const create = { overwrite: options.overwrite ?? false, threads };
    files.push(stack.use(await createFor(phantom[name], paths[name], create)));
  }
  for (const text of await linksReplaced(written.map((name) => paths[name]))) log.warn(text);
  for (const [i, name] of written.entries()) await fillImage(phantom[name], files[i], { threads, log, signal });
  for (const file of files) await file.commit();
  return written.map((name) => ({ path: paths[name], contents: CONTENTS[name] }));
}

/** The phantom that options ask for. @throws {UsageError} when there are more sections than planes. */
function phantomOptions(options: PhantomOptions): OctPhantomOptions {
  const { shape = [64, 192, 192], nSerialSlices: sections = 8, seed = 1, looks = 20, voxelSizeMm, kind } = options;
  if (sections > shape[0]) {
    const text = `Cannot use option 'nSerialSlices' as it must be at most the ${shape[0]} planes of option 'shape'`;
    throw new UsageError(`${text}: current value is ${sections}`);
  }
  return { shape, sections, seed, looks, voxelSize: voxelSizeMm, kind };
}
