/**
 * Storing a computed volume as an image file, box by box.
 *
 * @module
 */

import type { ImageOutput } from "../io/image.ts";
import { createImage, type CreateOptions } from "../io/open.ts";
import { generate } from "../io/flow/passes.ts";
import { RunLog } from "../run_log.ts";
import { CALLING_THREAD, type Threads } from "../thread_job.ts";
import type { VolumeSource } from "../volume.ts";

/**
 * Most voxels of a box (8 MiB of float32), unless a chunk is larger; one is in flight for each thread that computes,
 * and one more that is written.
 */
const BOX_VOXELS = 2 ** 21;

/** Who watches a volume being written. */
interface WriteContext {
  /** Who computes and encodes; left out: the calling thread. */
  readonly threads?: Threads;
  /** Hears what happens; left out: nobody. */
  readonly log?: RunLog;
  /** Ends the work between two boxes. */
  readonly signal?: AbortSignal;
}

/** How a volume is stored. */
interface WriteSourceOptions extends CreateOptions, WriteContext {}

/**
 * Writes a volume to `path`, in the format that its name says (`.ome.zarr`, `.nii`, `.nii.gz`), with the source's
 * geometry and numeric type.
 *
 * @throws {UsageError} when the name says no format.
 * @throws {WriteError} when the output exists and may not be replaced, or cannot be written.
 */
export async function writeSource(source: VolumeSource, path: string, options: WriteSourceOptions = {}): Promise<void> {
  await using output = await createFor(source, path, options);
  await fillImage(source, output, options);
  await output.commit();
}

/** Creates the image that is to hold a volume. @throws {UsageError | WriteError} as {@linkcode writeSource}. */
export function createFor(source: VolumeSource, path: string, options: CreateOptions): Promise<ImageOutput> {
  const { shape, voxelSize, dataType } = source;
  return createImage(path, { shape, voxelSize, dataType, volumes: 1 }, options);
}

/**
 * Writes a volume into an image made for it; the image is not committed.
 *
 * @throws {WriteError} when it cannot be written.
 */
export async function fillImage(source: VolumeSource, output: ImageOutput, context: WriteContext): Promise<void> {
  const { threads = CALLING_THREAD, log = new RunLog(), signal } = context;
  const sink = output.volume(0);
  const passes = { boxVoxels: BOX_VOXELS, slots: 1 + Math.max(1, threads.count), log, signal };
  await generate(`write ${output.path}`, sink, passes, (box, slot) => source.read(box, slot.data(box)));
}
