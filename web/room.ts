/**
 * Whether an image fits into a browser, asked before a voxel is read.
 *
 * @module
 */

import { DataError } from "../src/errors.ts";
import type { ImageFile } from "../src/io/image.ts";
import { WATCH_BYTES } from "../src/report/correction_watch.ts";
import { voxelCount } from "../src/volume.ts";

/** One array of a volume as float32 must stay below this everywhere. */
const LONGEST_ARRAY = 2 ** 31 - 1;

/** What the program itself, a fit on its samples and the boxes in flight take. */
const WORKING_BYTES = 512 * 2 ** 20;

/** `navigator.deviceMemory` says so where there may be more. */
const MOST_TOLD = 8;

/** Bytes that a correction holds at most: a volume and its copy as a file, the mean of several and its counts. */
export function heldBytes({ shape, volumes }: Pick<ImageFile, "shape" | "volumes">): number {
  return voxelCount(shape) * (4 * 2 + (volumes > 1 ? 8 : 0)) + WATCH_BYTES + WORKING_BYTES;
}

/**
 * Refuses an image that a browser cannot hold.
 *
 * @param command what to do instead.
 * @throws {DataError} with the numbers and that command.
 */
export function demandRoom(
  image: Pick<ImageFile, "path" | "shape" | "volumes">,
  deviceMemory: number | undefined,
  command: string,
): void {
  const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);
  const refuse = (rule: string, current: number) => {
    throw new DataError(
      `Cannot correct '${image.path}' in a browser as ${rule}: current value is ${mebibytes(current)} MiB. ` +
        `The command line can: ${command}`,
    );
  };
  const volume = 4 * voxelCount(image.shape);
  if (volume > LONGEST_ARRAY) refuse("a volume must take less than 2048 MiB as float32", volume);
  const held = heldBytes(image);
  if (deviceMemory !== undefined && deviceMemory < MOST_TOLD && held > deviceMemory * 2 ** 30) {
    refuse(`it must fit into the ${deviceMemory} GiB of this device`, held);
  }
}
