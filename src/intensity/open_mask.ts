/**
 * Opens the mask of a run: a given one, or one made from the intensities. Otsu's threshold takes two reads: the range, then the histogram.
 *
 * @module
 */

import { DataError } from "../errors.ts";
import { type PassContext, scan } from "../io/passes.ts";
import type { VolumeSource } from "../volume.ts";
import { type MaskMethod, type MaskReader, nonzeroMask, thresholdMask, volumeMask, wholeMask } from "./mask.ts";
import { EvenHistogram, otsuBin } from "./otsu.ts";

/** Bins of Otsu's histogram, as in ITK's use for N4. */
const OTSU_BINS = 256;

/** ITK's histogram reaches one hundredth of a bin beyond the maximum. */
const OTSU_MARGIN = 1 / 100;

/** A mask given as a volume. */
export interface GivenMask {
  /** The mask's voxels. */
  readonly source: VolumeSource;
  /** Its name in messages. */
  readonly name: string;
  /** The value that counts; left out: any that is not 0. */
  readonly label?: number;
}

/**
 * The mask over `input`: the given one, or what `method` makes.
 *
 * @throws {DataError} when no voxel is finite.
 */
export async function openMask(
  input: VolumeSource,
  given: GivenMask | undefined,
  method: Exclude<MaskMethod, "tissue">,
  passes: PassContext,
): Promise<MaskReader> {
  if (given) return volumeMask(given.source, input, given.name, given.label);
  if (method === "none") return wholeMask();
  if (method === "nonzero") return nonzeroMask();
  const [lo, hi] = await valueRange(input, passes);
  if (lo === hi) return wholeMask();
  const threshold = await otsuThreshold(input, [lo, hi], passes);
  return thresholdMask(threshold, `Otsu, ${OTSU_BINS} bins over ${lo} to ${hi}`);
}

/** Smallest and largest finite voxel. @throws {DataError} when there is none. */
async function valueRange(input: VolumeSource, passes: PassContext): Promise<[lo: number, hi: number]> {
  let [lo, hi] = [Infinity, -Infinity];
  await scan("value range", input, passes, {
    work(box, slot) {
      const data = slot.data(box);
      for (let i = 0; i < data.length; i++) {
        const value = data[i];
        if (value < lo && value !== -Infinity) lo = value;
        if (value > hi && value !== Infinity) hi = value;
      }
    },
  });
  if (lo > hi) {
    throw new DataError("Cannot fit the bias field as at least one voxel must be finite: current count is 0");
  }
  return [lo, hi];
}

async function otsuThreshold(input: VolumeSource, [lo, hi]: [number, number], passes: PassContext): Promise<number> {
  const histogram = new EvenHistogram(OTSU_BINS, lo, hi + (OTSU_MARGIN * (hi - lo)) / OTSU_BINS);
  await scan("otsu histogram", input, passes, { work: (box, slot) => histogram.add(slot.data(box)) });
  return histogram.upperEnd(otsuBin(histogram.counts));
}
