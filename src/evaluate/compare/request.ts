/**
 * What a user asks of a comparison, worked out and checked: the slab, the fit, the mask, the files.
 *
 * @module
 */

import { InputError, UsageError } from "../../errors.ts";
import { openImage } from "../../io/open.ts";
import { COMPARE_DEFAULTS, type CompareOptions } from "../../options/compare_table.ts";
import { voxelCount } from "../../volume.ts";
import type { ScheduleRequest } from "../contestants/schedule.ts";
import type { OpenSide } from "./sides.ts";
import {
  openSlab,
  otsuMask,
  percentileMask,
  readSlabMask,
  type Slab,
  type SlabFacts,
  withoutNonPositive,
} from "../slab.ts";

/** The options that must be there. @throws {UsageError} when one is missing, or two rule each other out. */
export function requiredOptions(options: CompareOptions): { zarr: string; output: string } {
  const { zarr, output, mask, maskMethod } = options;
  if (mask !== undefined && maskMethod !== undefined) {
    throw new UsageError("Cannot use '--mask' and '--mask-method' together as one rules out the other: leave one out");
  }
  if (zarr === undefined) {
    throw new UsageError("Cannot compare as '--zarr' must name an image: current value is missing");
  }
  if (output === undefined) {
    throw new UsageError("Cannot compare as '--output' must name a picture to write: current value is missing");
  }
  if (!/[^/]\.png$/i.test(output)) {
    throw new UsageError(`Cannot write '${output}' as the name of a picture must end in .png`);
  }
  return { zarr, output };
}

/**
 * Opens the image at the asked level, or at one that the other images have, and finds the slab in it.
 *
 * @throws {InputError | UsageError} as `openSlab` does.
 */
export async function openInputSlab(
  path: string,
  others: readonly string[],
  options: CompareOptions,
): Promise<SlabFacts> {
  const { dz = COMPARE_DEFAULTS.dz, y0 = 0, dy = Infinity, x0 = 0, dx = Infinity } = options;
  const { level = await onlyLevel(path, others), channel, requireAllChunks } = options;
  return await openSlab(path, { level, channel, requireAllChunks }, ({ shape: [nz], format }) => {
    // The first planes of a head are its neck.
    const middle = format === "nifti" ? Math.max(0, (nz - dz) >> 1) : COMPARE_DEFAULTS.z0;
    return { z: [options.z0 ?? middle, dz], y: [y0, dy], x: [x0, dx] };
  });
}

/** 0 where one of the others has one level alone, of the image's full shape, as a NIfTI has. */
async function onlyLevel(path: string, others: readonly string[]): Promise<0 | undefined> {
  for (const name of others) {
    await using image = await openImage(path);
    await using other = await openImage(name);
    if (other.levels === 1 && other.shape.every((n, a) => n === image.shape[a])) return 0;
  }
  return undefined;
}

/** The plane of the picture, from 0 in the slab. @throws {UsageError} when there is no such plane. */
export function shownPlane({ shape }: SlabFacts, { plane = shape[0] >> 1 }: CompareOptions): number {
  if (plane < shape[0]) return plane;
  throw new UsageError(
    `Cannot show '--plane' as it must be below the ${shape[0]} planes of the slab: current value is ${plane}`,
  );
}

/** What is asked of the fits. */
export function scheduleRequest({ image }: SlabFacts, options: CompareOptions): ScheduleRequest {
  const { shrink = COMPARE_DEFAULTS.shrink, nIterations: iterations = COMPARE_DEFAULTS.nIterations } = options;
  const { convergenceThreshold = COMPARE_DEFAULTS.convergenceThreshold } = options;
  return {
    iterations,
    coarsen: options.splineMm === undefined,
    shrinkFactors: [shrink, shrink, shrink],
    convergenceThreshold,
    splineDistance: options.splineMm ?? (image.format === "ome-zarr" ? COMPARE_DEFAULTS.splineMm : undefined),
  };
}

/**
 * Memory of a comparison for each voxel: slab, mask, corrected voxels and fields of both sides, and what is worked out
 * on the way. Measured: 1013 MiB for a result and a fit on 64 x 512 x 512 voxels, of which about 130 are the program's
 * own.
 */
const BYTES_PER_VOXEL = 56;

/** The slab in a sentence. */
export function describeSlab({ shape, box, voxelSize, path, level }: SlabFacts): string {
  const voxel = voxelSize.map((mm) => Number(mm.toPrecision(4))).join(" ");
  const place = `from plane ${box.z0}, row ${box.y0}, column ${box.x0} of '${path}', level ${level}`;
  const mebibytes = Math.ceil((voxelCount(shape) * BYTES_PER_VOXEL) / 2 ** 20);
  return `Slab ${shape.join(" ")} (Z Y X) ${place}; voxels ${voxel} mm; about ${mebibytes} MiB of memory for it.`;
}

/** Role to path: the picture, each panel by itself, the histograms. */
export function outputPaths(
  output: string,
  sides: readonly OpenSide[],
  { jsonFile, html }: CompareOptions,
): Record<string, string | undefined> {
  const stem = output.slice(0, -".png".length);
  const names = ["input", ...sides.map(({ name }) => name).filter((name) => name !== "input")];
  const panels = [...names, ...(names.length === 2 ? [`${names[1]}_field`] : []), "difference"];
  return {
    picture: output,
    ...Object.fromEntries(panels.map((name) => [name, `${stem}_${name}.png`])),
    histograms: `${stem}_histograms.svg`,
    histogramsPng: `${stem}_histograms.png`,
    json: jsonFile,
    html,
  };
}

/** A mask and how it was made. */
interface SlabMask {
  /** 1 inside. */
  readonly mask: Uint8Array;
  /** In a few words. */
  readonly description: string;
}

/** The mask for fits and figures. @throws {InputError} when it holds no voxel > 0. */
export async function slabMask(facts: SlabFacts, { data }: Slab, options: CompareOptions): Promise<SlabMask> {
  const { mask: path, maskMethod = COMPARE_DEFAULTS.maskMethod } = options;
  const made = path === undefined ? MASKS[maskMethod] : {
    description: `every non-zero voxel of ${path} above 0`,
    make: async () => withoutNonPositive(await readSlabMask(path, facts), data),
  };
  const mask = await made.make(data);
  if (mask.includes(1)) return { mask, description: made.description };
  const source = path ?? facts.path;
  throw new InputError(
    source,
    `Cannot compare as the mask must hold at least one voxel > 0 of the slab: current count is 0 (${source})`,
  );
}

/** The masks that are made from a slab. */
const MASKS = {
  percentile: {
    description: "intensities above 0 and above the 5th percentile of the slab",
    make: percentileMask,
  },
  otsu: { description: "intensities above 0 and above Otsu's threshold of the slab", make: otsuMask },
} as const;

/**
 * Whether a head's face is at the last row, so that a picture must begin there: where a NIfTI's second axis points to
 * the front.
 */
export function isHeadUp({ image: { format, affine } }: SlabFacts): boolean {
  return format === "nifti" && affine !== undefined && affine[5] > 0;
}
