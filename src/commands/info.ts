/**
 * What an image is: shape, levels, units, types, codecs; the range of its values on request.
 *
 * @module
 */

import { findSections } from "../intensity/stacks/detect_sections.ts";
import { chosenVolumes } from "../run/chosen_volumes.ts";
import { openImage } from "../io/open.ts";
import { tellMissingChunks } from "../io/image.ts";
import { type PassContext, scan } from "../io/flow/passes.ts";
import type { InfoOptions } from "../options/table.ts";
import { RunLog } from "../run_log.ts";
import { type VolumeSource, voxelCount } from "../volume.ts";

/** The values of one volume. */
export interface ValueStatistics {
  /** Smallest finite value; `null` where none is finite. */
  readonly smallest: number | null;
  /** Largest finite value; `null` where none is finite. */
  readonly largest: number | null;
  /** Voxels that are not finite. */
  readonly nonFinite: number;
  /** Voxels <= 0, which have no logarithm. */
  readonly nonPositive: number;
}

/** Facts about an image, as JSON. */
export interface ImageInfo {
  /** Path as given. */
  readonly path: string;
  /** `nifti` or `ome-zarr`. */
  readonly format: string;
  /** Voxels `[z, y, x]`. */
  readonly shape: readonly number[];
  /** Voxel size `[z, y, x]`. */
  readonly voxelSizeMm: readonly number[];
  /** Numeric type as stored. */
  readonly dataType: string;
  /** Volumes or channels. */
  readonly volumes: number;
  /** Smallest block that is read alone, `[z, y, x]`. */
  readonly chunk: readonly number[];
  /** More facts, name to value, in display order. */
  readonly details: Readonly<Record<string, string>>;
  /** How many serial sections the brightness along z shows, and how many of their borders are jumps, on request. */
  readonly sections?: { readonly count: number; readonly jumps: number };
  /** What the file leaves open and had to be guessed, in sentences. */
  readonly warnings: readonly string[];
  /** One entry a volume, on request. */
  readonly values?: readonly ValueStatistics[];
}

/** Boxes of 16 MiB, one at a time: looking needs no hurry. */
const BOX_VOXELS = 2 ** 22;
/** Blocks of a box at most: an interrupt waits for the end of one, and 100,000 tiny files take seconds to open. */
const BOX_BLOCKS = 4096;

/**
 * Describes an image.
 *
 * @param signal ends the search for the range between two boxes.
 * @throws {InputError} when it cannot be opened.
 */
export async function describeFile(path: string, options: InfoOptions, signal?: AbortSignal): Promise<ImageInfo> {
  const warnings: string[] = [];
  const warn = (text: string) => void (warnings.includes(text) || warnings.push(text));
  const { level, time, unit, voxelSize: stated } = options;
  await using image = await openImage(path, { level, time, unit, voxelSize: stated, warn });
  const { shape, voxelSize, dataType, volumes, format, details } = image;
  const labels = await image.labels?.() ?? [];
  const look = { boxVoxels: BOX_VOXELS, slots: 1, log: new RunLog(), signal };
  const facts: ImageInfo = {
    path,
    format,
    shape,
    voxelSizeMm: voxelSize,
    dataType,
    volumes,
    chunk: image.volume(0).chunk,
    details: labels.length > 0 ? { ...details, labels: labels.join(", ") } : details,
    warnings,
  };
  const info = options.sections ? { ...facts, sections: await findSections(image.volume(0), look) } : facts;
  if (!options.range) return info;
  const values: ValueStatistics[] = [];
  const boxVoxels = Math.min(BOX_VOXELS, BOX_BLOCKS * voxelCount(image.volume(0).chunk));
  const passes = { boxVoxels, slots: 1, log: new RunLog(), signal };
  for (const volume of chosenVolumes(image, "all")) values.push(await statisticsOf(image.volume(volume), passes));
  const missing = tellMissingChunks(image);
  if (missing !== undefined) warn(missing);
  return { ...info, values };
}

async function statisticsOf(source: VolumeSource, passes: PassContext): Promise<ValueStatistics> {
  let [smallest, largest, nonFinite, nonPositive] = [Infinity, -Infinity, 0, 0];
  await scan("value range", source, passes, {
    work(box, slot) {
      for (const value of slot.data(box)) {
        if (!isFinite(value)) {
          nonFinite++;
          continue;
        }
        if (value < smallest) smallest = value;
        if (value > largest) largest = value;
        if (value <= 0) nonPositive++;
      }
    },
  });
  const known = smallest <= largest;
  return { smallest: known ? smallest : null, largest: known ? largest : null, nonFinite, nonPositive };
}
