/**
 * Small images on disk for tests of whole commands, written and read through `src/io`.
 *
 * @module
 */

import { planBoxes } from "../../src/io/flow/boxes.ts";
import type { ImageSpec } from "../../src/io/image.ts";
import { createImage, openImage } from "../../src/io/open.ts";
import { writePyramid } from "../../src/io/pyramid/pass.ts";
import { RunLog } from "../../src/run_log.ts";
import { type Shape3, voxelCount, wholeBox } from "../../src/volume.ts";
import { cut } from "./nifti_files.ts";
import { randomVolume } from "./volumes.ts";

/** What an image is made of. */
export interface ImageRecipe extends Partial<Omit<ImageSpec, "shape" | "volumes">> {
  readonly shape: Shape3;
  /** Intensities of each volume; left out: one volume of tissue under a bias. */
  readonly volumes?: readonly (readonly number[] | Float32Array)[];
  /** Chunk of an OME-Zarr. */
  readonly chunk?: Shape3;
}

/** Writes an image in the format that its name tells. */
export async function writeImage(path: string, recipe: ImageRecipe): Promise<string> {
  const { shape, volumes = [randomVolume({ shape, seed: 1 }).intensity], chunk, ...rest } = recipe;
  const spec = { voxelSize: [1, 1, 1] as const, dataType: "float32" as const, ...rest, shape, volumes: volumes.length };
  await using image = await createImage(path, spec, chunk ? { chunk } : {});
  for (const [index, values] of volumes.entries()) {
    const sink = image.volume(index);
    for (const box of planBoxes(shape, sink.chunk, voxelCount(shape))) {
      await sink.write(box, cut(Float32Array.from(values), shape, box));
    }
  }
  if (rest.pyramid) await writePyramid(image, volumes.length, { log: new RunLog(), memory: 0 });
  await image.commit();
  return path;
}

/** The voxels of an image's volume. */
export async function readImage(path: string, index = 0, level = 0): Promise<Float32Array> {
  await using image = await openImage(path, { level });
  const values = new Float32Array(voxelCount(image.shape));
  await image.volume(index).read(wholeBox(image.shape), values);
  return values;
}

/** The largest |a - b| / |b|, or |a| where b is 0. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs(a[i] - b[i]) / (Math.abs(b[i]) || 1);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
