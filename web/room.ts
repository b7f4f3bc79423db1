/**
 * Whether an image fits into a browser, asked before a voxel is read.
 *
 * @module
 */

import { DataError } from "../src/errors.ts";
import type { ImageFile } from "../src/io/image.ts";
import { WATCH_BYTES } from "../src/report/correction_watch.ts";
import { voxelCount } from "../src/volume.ts";
import type { SavedFormat } from "./messages.ts";

/** One array of a volume as float32 must stay below this everywhere. */
const LONGEST_ARRAY = 2 ** 31 - 1;

/** What the program itself, a fit on its samples and the boxes in flight take. */
const WORKING_BYTES = 512 * 2 ** 20;

/** `navigator.deviceMemory` says so where there may be more. */
const MOST_TOLD = 8;

/** Voxels of an image with its coarser levels, of those of the finest: a pyramid of halvings. */
const WITH_LEVELS = 8 / 7;

/** What is corrected. */
type Sized = Pick<ImageFile, "path" | "shape" | "volumes">;

/**
 * Bytes that a correction holds at most. Of a NIfTI a volume and its copy as a file, the mean of several and its
 * counts; of an OME-Zarr what is to be downloaded: image and field, should nothing of them be compressed.
 */
export function heldBytes({ shape, volumes }: Omit<Sized, "path">, format: SavedFormat): number {
  const voxel = format === "ozx" ? 4 * (WITH_LEVELS + 1) + 1 : 4 * 2 + (volumes > 1 ? 8 : 0);
  return voxelCount(shape) * voxel + WATCH_BYTES + WORKING_BYTES;
}

/** How an image is saved, and what the browser reports of the device. */
interface Room {
  readonly format: SavedFormat;
  readonly deviceMemory?: number;
}

/**
 * Refuses an image that a browser cannot hold.
 *
 * @param command what to do instead.
 * @throws {DataError} with the numbers and that command.
 */
export function demandRoom(image: Sized, { format, deviceMemory }: Room, command: string): void {
  const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);
  const refuse = (rule: string, current: number) => {
    const reason = `${rule}: current value is ${mebibytes(current)} MiB`;
    throw new DataError(`Cannot correct '${image.path}' in a browser as ${reason}. The command line can: ${command}`);
  };
  const volume = 4 * voxelCount(image.shape);
  if (volume > LONGEST_ARRAY) refuse("a volume must take less than 2048 MiB as float32", volume);
  const held = heldBytes(image, format);
  if (deviceMemory !== undefined && deviceMemory < MOST_TOLD && held > deviceMemory * 2 ** 30) {
    refuse(`it must fit into the ${deviceMemory} GiB of this device`, held);
  }
}

/** Refuses channels and times of an OME-Zarr, which have a field each. @throws {DataError} with the command. */
export function demandOneField(
  { path, format }: Pick<ImageFile, "path" | "format">,
  count: number,
  command: string,
): void {
  if (format === "nifti" || count === 1) return;
  const rule = "a browser takes one volume of an OME-Zarr at a time";
  throw new DataError(
    `Cannot correct '${path}' as ${rule}: current count is ${count}. The command line can take all: ${command}`,
  );
}
