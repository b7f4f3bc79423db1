/**
 * A phantom as files: what the instrument sees, and beside it what only a phantom can tell.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { demandDistinct } from "../io/files/output_guard.ts";
import type { ImageOutput } from "../io/image.ts";
import { imageFormatFor } from "../io/open.ts";
import { type OctPhantom, octPhantom } from "../phantom/oct.ts";
import { createFor, fillImage } from "../phantom/write_source.ts";
import type { PhantomOptions } from "../options/phantom_table.ts";
import { type RunListener, RunLog } from "../run_log.ts";

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

/** Volumes that are written, in this order; the image itself last, so that where it is the others are. */
const WRITTEN = ["truth", "field", "mask", "labels", "source"] as const satisfies (keyof OctPhantom)[];

/** Path of each volume of a phantom. */
type PhantomPaths = Readonly<Record<typeof WRITTEN[number], string>>;

/**
 * Paths of a phantom: `stack_truth.ome.zarr` for `stack.ome.zarr`, and likewise `_field`, `_mask`, `_labels`.
 *
 * @throws {UsageError} when the name says no format.
 */
export function phantomPaths(output: string): PhantomPaths {
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
 * Writes a phantom, box by box. The files get their names once all of them are complete.
 *
 * @throws {UsageError} when an option breaks its rule or the name says no format.
 * @throws {WriteError} when a file exists and may not be replaced, or cannot be written.
 */
export async function phantomFile(job: PhantomFileJob): Promise<PhantomPaths> {
  const { options, signal } = job;
  const paths = phantomPaths(job.output);
  demandDistinct({}, paths);
  const phantom = phantomOf(options);
  const log = new RunLog(job.listener);
  await using stack = new AsyncDisposableStack();
  const files: ImageOutput[] = [];
  for (const name of WRITTEN) {
    const create = { overwrite: options.overwrite ?? false };
    files.push(stack.use(await createFor(phantom[name], paths[name], create)));
  }
  for (const [i, name] of WRITTEN.entries()) {
    await fillImage(phantom[name], files[i], { log, signal });
  }
  for (const file of files) await file.commit();
  return paths;
}

/** The phantom that options ask for. @throws {UsageError} when there are more sections than planes. */
function phantomOf(options: PhantomOptions): OctPhantom {
  const { shape = [64, 192, 192], nSerialSlices: sections = 8, seed = 1, looks = 20, voxelSizeMm } = options;
  if (sections > shape[0]) {
    const text = `Cannot use option 'nSerialSlices' as it must be at most the ${shape[0]} planes of option 'shape'`;
    throw new UsageError(`${text}: current value is ${sections}`);
  }
  return octPhantom({ shape, sections, seed, looks, voxelSize: voxelSizeMm });
}
