/**
 * A slab: some planes of an image, or a part of them, in memory; and the mask that figures and fits are confined to.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { checkVolume, chosenVolumes } from "../run/chosen_volumes.ts";
import { openInput } from "../run/inputs.ts";
import { NearestReader } from "../intensity/mask/mask.ts";
import { volumeHistogram, volumeThreshold } from "../intensity/mask/otsu.ts";
import { checkGeometry } from "../io/geometry.ts";
import type { ImageFile } from "../io/image.ts";
import { openImage } from "../io/open.ts";
import { type Box, boxShape, boxVoxels, type Geometry, type Shape3, type Triple, voxelCount } from "../volume.ts";
import { percentilesOf } from "../intensity/count/statistics.ts";

/** Part of a volume in memory; its place is that of its own first voxel. */
export interface Slab extends Pick<Geometry, "affine" | "frame"> {
  /** The image that it is part of. */
  readonly path: string;
  /** Its resolution level, 0 for the finest. */
  readonly level: number;
  /** Which of its volumes or channels. */
  readonly channel: number;
  /** Where it lies in the level. */
  readonly box: Box;
  /** Voxels `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edges, mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  /** Intensities, C order. */
  readonly data: Float32Array;
}

/** Where a slab lies: first voxel and most voxels of each axis; left out: from 0, all there are. */
export interface SlabPlace {
  /** First plane, and how many at most. */
  readonly z: readonly [first: number, most: number];
  /** First row, and how many at most. */
  readonly y: readonly [first: number, most: number];
  /** First column, and how many at most. */
  readonly x: readonly [first: number, most: number];
}

/** Most voxels of a slab: one array of float32 stays below 8 GiB, and its indices within 31 bits. */
const MOST_VOXELS = 2 ** 31 - 1;

/** The percentile of intensity that the mask lies above, as linumpy's tools have it. */
const MASK_PERCENTILE = 5;

/** What is known of an image before a voxel is read. */
export interface SlabFacts extends Omit<Slab, "data"> {
  /** The image, open. */
  readonly image: ImageFile;
}

/** How an image is opened. */
interface SlabRequest {
  /** Resolution level; left out: 1 where there is one, as in linumpy's tools, else 0. */
  readonly level?: number;
  /** Channel or volume, where there are several. */
  readonly channel?: number;
  /** Refuse a chunk that is not stored. */
  readonly requireAllChunks?: boolean;
}

/**
 * Opens an image and finds the slab in it.
 *
 * @throws {InputError} when the image cannot be opened, or a channel must be chosen.
 * @throws {UsageError} when the slab begins beyond the image, or is too large to be held.
 */
export async function openSlab(
  path: string,
  request: SlabRequest,
  placeOf: (image: ImageFile) => SlabPlace,
): Promise<SlabFacts> {
  const { channel: asked } = request;
  const { image, level } = await openLevel(path, request);
  try {
    const [channel] = asked === undefined ? chosenVolumes(image, undefined) : [asked];
    checkVolume(image, "--channel", channel);
    const box = boxAt(image, placeOf(image));
    const shape = boxShape(box);
    if (voxelCount(shape) > MOST_VOXELS) {
      const text = `Cannot hold the slab as it must have at most ${MOST_VOXELS} voxels`;
      throw new UsageError(`${text}: current shape is ${shape.join(" x ")}`);
    }
    const { voxelSize, affine, frame } = image;
    return { image, path, level, channel, box, shape, voxelSize, affine: affine && affineAt(affine, box), frame };
  } catch (error) {
    await image[Symbol.asyncDispose]();
    throw error;
  }
}

async function openLevel(
  path: string,
  { level, requireAllChunks }: SlabRequest,
): Promise<{ readonly image: ImageFile; readonly level: number }> {
  const open = (at: number) => openInput(path, { level: at, requireAllChunks });
  const image = await open(level ?? 0);
  if (level !== undefined || !("level 1" in image.details)) return { image, level: level ?? 0 };
  await image[Symbol.asyncDispose]();
  return { image: await open(1), level: 1 };
}

/** The affine of a part that begins at a box. */
function affineAt(affine: readonly number[], { z0, y0, x0 }: Box): number[] {
  return affine.map((value, i) =>
    i < 12 && i % 4 === 3 ? value + affine[i - 3] * x0 + affine[i - 2] * y0 + affine[i - 1] * z0 : value
  );
}

function boxAt({ shape, path }: ImageFile, place: SlabPlace): Box {
  const [[z0, z1], [y0, y1], [x0, x1]] = (["z", "y", "x"] as const).map((axis, a) => {
    const [first, most] = place[axis];
    if (first >= shape[a] || most < 1) {
      const text = `Cannot take a slab of '${path}' as it must begin before the end of axis ${axis}, ${shape[a]} long`;
      throw new UsageError(`${text}: current value is ${first}`);
    }
    return [first, Math.min(shape[a], first + most)];
  });
  return { z0, z1, y0, y1, x0, x1 };
}

/** Reads the voxels of a slab. @throws {CorruptDataError} when stored bytes are damaged. */
export async function readSlab({ image, ...facts }: SlabFacts): Promise<Slab> {
  const data = new Float32Array(boxVoxels(facts.box));
  await image.volume(facts.channel).read(facts.box, data);
  return { ...facts, data };
}

/**
 * The part of a mask's image, at any resolution of the same field of view, that lies in a slab: 1 where it is not 0.
 */
export async function readSlabMask(path: string, { image, box }: SlabFacts): Promise<Uint8Array> {
  await using file = await openImage(path);
  checkGeometry(image, file, { path, role: "mask", ignore: false, warn: () => {} });
  const values = new Float32Array(boxVoxels(box));
  await new NearestReader(file.volume(0), image).read(box, values);
  return Uint8Array.from(values, (value) => value !== 0 && !Number.isNaN(value) ? 1 : 0);
}

/** The mask where none is given: finite intensities above their 5th percentile and above 0. */
export function percentileMask(data: Float32Array): Uint8Array {
  return maskAbove(data, percentilesOf(data, [MASK_PERCENTILE])[0]);
}

/** Finite intensities above a threshold and above 0. */
function maskAbove(data: Float32Array, threshold: number): Uint8Array {
  return Uint8Array.from(data, (value) => value > threshold && value > 0 && value < Infinity ? 1 : 0);
}

/**
 * The mask of Otsu's threshold, as n4 makes one for a head: finite intensities above it and above 0; all above 0 where
 * they are equal.
 */
export function otsuMask(data: Float32Array): Uint8Array {
  const [lo, hi] = percentilesOf(data, [0, 100]);
  if (!(lo < hi)) return maskAbove(data, 0);
  const histogram = volumeHistogram(lo, hi);
  histogram.add(data);
  return maskAbove(data, volumeThreshold(histogram));
}

/** A mask without the voxels that have no logarithm; changed in place. */
export function withoutNonPositive(mask: Uint8Array, data: Float32Array): Uint8Array {
  for (let i = 0; i < mask.length; i++) if (!(data[i] > 0 && data[i] < Infinity)) mask[i] = 0;
  return mask;
}
