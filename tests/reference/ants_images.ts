/**
 * Images for those that compare ANTs' N4BiasFieldCorrection with ours.
 *
 * @module
 */

import type { Shape3, Triple } from "../../src/volume.ts";
import { type ImageRecipe, writeImage } from "../helpers/images.ts";
import { Random } from "../helpers/random.ts";
import { forEachVoxel } from "../helpers/volumes.ts";

/** A head of sorts, in noise under a bias: tissue of three levels in an ellipsoid. */
export function head(shape: Shape3, seed: number): { readonly intensity: Float32Array; readonly mask: Float32Array } {
  const random = new Random(seed);
  const [nz, ny, nx] = shape;
  const intensity = new Float32Array(nz * ny * nx);
  const mask = new Float32Array(intensity.length);
  forEachVoxel(shape, (i, ...at) => {
    const [z, y, x] = at.map((index, a) => 2 * index / Math.max(1, shape[a] - 1) - 1);
    const [depth, height] = [nz > 1 ? z : 0, 1.1 * y];
    const radius = Math.hypot(depth, height, x) * (1 + 0.05 * Math.sin(7 * x) * Math.cos(5 * y));
    const tissue = radius > 0.85 ? 6 : radius > 0.7 ? 60 : radius > 0.3 ? 110 : 160;
    const bias = Math.exp(0.3 * x + 0.2 * y * y - 0.25 * depth);
    intensity[i] = tissue * bias * (1 + 0.05 * random.normal()) + random.between(1, 3);
    mask[i] = radius > 0.85 ? 0 : 1;
  });
  return { intensity, mask };
}

/** An affine with this voxel size `[z, y, x]`, turned by an angle about z. */
function affine([dz, dy, dx]: Triple, angle: number, [x, y, z]: Triple): number[] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * dx, -s * dy, 0, x, s * dx, c * dy, 0, y, 0, 0, dz, z, 0, 0, 0, 1];
}

/** Writes the images that a line of the referee may name. */
export async function writeRefereeImages(folder: string): Promise<void> {
  const shape: Shape3 = [105, 129, 117];
  const voxelSize: Triple = [2, 2, 2];
  const { intensity, mask } = head(shape, 1);
  const where = { shape, voxelSize, affine: affine(voxelSize, 0, [-70, -90, -60]) };
  const float = async (name: string, values: Float32Array, at: ImageRecipe = where) =>
    await writeImage(`${folder}/${name}.nii.gz`, { ...at, volumes: [values] });
  const bytes = async (name: string, values: Float32Array, at: ImageRecipe = where) =>
    await writeImage(`${folder}/${name}.nii.gz`, { ...at, dataType: "uint8", volumes: [values] });
  await float("head", intensity);
  await float("weight", mask.map((m, i) => m * (0.2 + 0.8 * (i % 100) / 99)));
  await bytes("mask", mask);
  await bytes("mask255", mask.map((m) => 255 * m));
  await bytes("labels", mask.map((m, i) => m === 0 ? 0 : i < mask.length / 2 ? 1 : 2));
  await bytes("uint8", intensity.map((v) => Math.min(v, 255)));
  await writeImage(`${folder}/int16.nii.gz`, { ...where, dataType: "int16", volumes: [intensity.map((v) => 20 * v)] });
  const thick: Triple = [3, 1.1, 0.9];
  const slab: Shape3 = [25, 91, 85];
  const at = { shape: slab, voxelSize: thick, affine: affine(thick, 0, [-31.25, -54.5, 12.75]) };
  await float("flat", head(slab, 2).intensity, at);
  await bytes("slab", head(slab, 2).mask, at);
  await float("oblique", head(slab, 3).intensity, { ...at, affine: affine(thick, 0.2, [-31.2, -54.1, 12.7]) });
  const plane = { shape: [1, 121, 135] as const, voxelSize: [1, 1, 1] as const };
  await float("slice", head(plane.shape, 4).intensity, plane);
  await bytes("slice_mask", head(plane.shape, 4).mask, plane);
}

/** Writes the images that the clients are given: a head, a few planes, a diffusion series with its gradients. */
export async function writeClientImages(folder: string): Promise<void> {
  const shape: Shape3 = [70, 86, 78];
  const voxelSize: Triple = [3, 3, 3];
  const { intensity, mask } = head(shape, 1);
  const write = async (name: string, ...volumes: readonly Float32Array[]) =>
    await writeImage(`${folder}/${name}.nii.gz`, {
      shape,
      voxelSize,
      affine: affine(voxelSize, 0, [-70, -90, -60]),
      volumes,
    });
  await write("head", intensity);
  await write("mask", mask);
  await write("weight", mask.map((m, i) => m * (0.2 + 0.8 * (i % 100) / 99)));
  await write("negative", intensity.map((v) => v - 20));
  await write("dwi", intensity, ...[0.5, 0.45, 0.4].map((share) => intensity.map((v) => share * v)));
  await Deno.writeTextFile(`${folder}/bvals`, "0 1000 1000 1000\n");
  await Deno.writeTextFile(`${folder}/bvecs`, "0 1 0 0\n0 0 1 0\n0 0 0 1\n");
  const few: Shape3 = [4, 60, 66];
  await writeImage(`${folder}/few.nii.gz`, { shape: few, voxelSize, volumes: [head(few, 2).intensity] });
}
