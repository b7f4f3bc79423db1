/**
 * Which volumes of an image are worked on.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import type { ImageFile } from "../io/image.ts";

/** Checks that a time point is chosen where there are several. @throws {InputError} when none is. */
export function demandTime({ path, timePoints = 1 }: ImageFile, time: number | "all" | undefined): void {
  if (timePoints === 1 || time !== undefined) return;
  const text = `Cannot work on '${path}' as it has ${timePoints} time points and one must be chosen`;
  throw new InputError(
    path,
    `${text} with option 'time: 0' to option 'time: ${timePoints - 1}', or option 'time: all'`,
  );
}

/**
 * The volumes to correct.
 *
 * @throws {InputError} when a channel must be chosen, or there is no such one.
 */
export function chosenVolumes(image: ImageFile, channel: number | "all" | undefined): number[] {
  const { volumes, times = 1 } = image;
  const channels = volumes / times;
  const all = Array.from({ length: volumes }, (_, i) => i);
  if (channel === "all" || channels === 1 && channel === undefined) return all;
  if (channel === undefined) {
    if (image.format === "nifti") return all;
    const text = `Cannot correct '${image.path}' as it has ${channels} channels and one must be chosen`;
    const last = `option 'channel: ${channels - 1}'`;
    throw new InputError(image.path, `${text} with option 'channel: 0' to ${last}, or option 'channel: all'`);
  }
  checkVolume(image, "channel", channel, channels);
  return all.filter((index) => index % channels === channel);
}

/** Checks that an image has the volume that an option names. @throws {InputError} when it has not. */
export function checkVolume(image: ImageFile, option: string, index: number, count: number = image.volumes): void {
  if (index < count) return;
  const rule = count === 1 ? "0, its only volume" : `from 0 to ${count - 1}`;
  throw new InputError(
    image.path,
    `Cannot correct '${image.path}' as option '${option}' must be ${rule}: current value is ${index}`,
  );
}
