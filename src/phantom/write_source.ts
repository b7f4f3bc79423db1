/**
 * Storing a computed volume as an image file, box by box.
 *
 * @module
 */

import { createImage, type CreateOptions } from "../io/open.ts";
import { generate } from "../io/passes.ts";
import { RunLog } from "../report.ts";
import type { VolumeSource } from "../volume.ts";

/** Most voxels of a box (8 MiB of float32), unless a chunk is larger; two are in flight, one computed while the other is written. */
const BOX_VOXELS = 2 ** 21;
const SLOTS = 2;

/** How a volume is stored. */
export interface WriteSourceOptions extends CreateOptions {
  /** Told what happens; left out: nobody. */
  readonly log?: RunLog;
}

/**
 * Writes a volume to `path`, in the format that its name says (`.ome.zarr`, `.nii`, `.nii.gz`), with the source's geometry and numeric type.
 *
 * @throws {UsageError} when the name says no format.
 * @throws {WriteError} when the output exists and may not be replaced, or cannot be written.
 */
export async function writeSource(source: VolumeSource, path: string, options: WriteSourceOptions = {}): Promise<void> {
  const { log = new RunLog(), ...create } = options;
  await using output = await createImage(path, { ...source, volumes: 1 }, create);
  const sink = output.volume(0);
  const passes = { block: sink.chunk, boxVoxels: BOX_VOXELS, slots: SLOTS, log };
  await generate(`write ${path}`, sink, passes, (box, slot) => source.read(box, slot.data(box)));
  await output.commit();
}
