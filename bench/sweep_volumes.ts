/**
 * The volumes of the sweep that the preset of heads is chosen by: phantoms, heads, an EPI, each with a mask; and the biases and the noise that are put on them.
 *
 * @module
 */

import type { FitSamples } from "../src/backends/backend.ts";
import { openImage } from "../src/io/open.ts";
import { spherePhantom } from "../src/phantom/sphere.ts";
import { perAxis, type Shape3, type Triple, voxelCount, wholeBox } from "../src/volume.ts";
import { print } from "../tests/helpers/print.ts";
import { Random } from "../tests/helpers/random.ts";
import { forEachVoxel, randomVolume, smoothLogField } from "../tests/helpers/volumes.ts";

/** A volume before bias and noise. */
export interface SweepVolume {
  readonly title: string;
  readonly shape: Shape3;
  /** Edges in mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  readonly intensity: Float32Array;
  /** 1 where the bias that is left is measured. */
  readonly mask: Uint8Array;
}

/** Debian's package mricron-data. */
const TEMPLATES = "/usr/share/mricron/templates";

/**
 * The volumes by title.
 *
 * @param folder holds `mni152.nii.gz` (nilearn's mni_icbm152_t1_tal_nlin_sym_09a_converted) and `epi.nii.gz` (nibabel's example4d).
 */
const VOLUMES: Readonly<Record<string, (folder: string) => Promise<Omit<SweepVolume, "title">>>> = {
  "phantom of blocks": () => Promise.resolve(blocks()),
  "phantom of a sphere": () => Promise.resolve(sphere()),
  "ch2better at 1 mm": () => headWithBrain(`${TEMPLATES}/ch2better.nii.gz`, 2, `${TEMPLATES}/ch2bet.nii.gz`),
  "inia19, a macaque": () => readStrided(`${TEMPLATES}/inia19-t1-brain.nii.gz`, 1),
  "MNI152": (folder) => readStrided(`${folder}/mni152.nii.gz`, 1),
  "EPI": (folder) => readStrided(`${folder}/epi.nii.gz`, 1, 0.2),
};

/** The volumes whose files are here and whose titles hold `text`, one after the other. */
export async function* sweepVolumes(folder: string, text: string): AsyncGenerator<SweepVolume> {
  for (const [title, make] of Object.entries(VOLUMES)) {
    if (!title.includes(text)) continue;
    try {
      yield { title, ...await make(folder) };
    } catch (error) {
      print(`${title} is left out: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function blocks(): Omit<SweepVolume, "title"> {
  const shape: Shape3 = [90, 108, 90];
  const { intensity, mask = new Uint8Array(intensity.length) } = randomVolume({
    shape,
    seed: 1,
    masked: true,
    bias: 0,
  });
  return { shape, voxelSize: [2, 2, 2], mask, intensity: intensity.map((value, i) => mask[i] * value) };
}

function sphere(): Omit<SweepVolume, "title"> {
  const shape: Shape3 = [96, 128, 128];
  const { intensity, field, mask } = spherePhantom(shape, 1);
  return {
    shape,
    voxelSize: [1.5, 1.5, 1.5],
    mask,
    intensity: intensity.map((value, i) => mask[i] * value / field[i]),
  };
}

/** Every n-th voxel of the first volume; the mask is what lies above a share of the largest value. */
async function readStrided(
  path: string,
  stride: number,
  share = 0,
): Promise<Omit<SweepVolume, "title"> & { affine?: readonly number[] }> {
  await using image = await openImage(path);
  const all = new Float32Array(voxelCount(image.shape));
  await image.volume(0).read(wholeBox(image.shape), all);
  const [, ny, nx] = image.shape;
  const shape = perAxis((a) => Math.ceil(image.shape[a] / stride));
  const intensity = new Float32Array(voxelCount(shape));
  forEachVoxel(shape, (i, z, y, x) => intensity[i] = all[((z * ny + y) * nx + x) * stride]);
  const least = share * intensity.reduce((most, value) => Math.max(most, value), 0);
  const mask = Uint8Array.from(intensity, (value) => value > least ? 1 : 0);
  return { shape, voxelSize: perAxis((a) => image.voxelSize[a] * stride), intensity, mask, affine: image.affine };
}

/** A head whose mask is a brain on another grid; the axes of both lie along those of the world. */
async function headWithBrain(path: string, stride: number, brainPath: string): Promise<Omit<SweepVolume, "title">> {
  const head = await readStrided(path, stride);
  const brain = await readStrided(brainPath, 1);
  const [from = [], to = []] = [head.affine, brain.affine];
  const nearest = perAxis((a) => {
    const row = 4 * (2 - a) + 2 - a;
    const offset = 4 * (2 - a) + 3;
    return (i: number) => Math.round((from[row] * i * stride + from[offset] - to[offset]) / to[row]);
  });
  const mask = new Uint8Array(head.intensity.length);
  forEachVoxel(head.shape, (i, ...at) => {
    const [z, y, x] = at.map((index, a) => nearest[a](index));
    const inside = [z, y, x].every((index, a) => index >= 0 && index < brain.shape[a]);
    mask[i] = inside && head.intensity[i] > 0 ? brain.mask[(z * brain.shape[1] + y) * brain.shape[2] + x] : 0;
  });
  return { ...head, mask };
}

/** The biases by name: the log field of a shape. */
export const BIASES: Readonly<Record<string, (shape: Shape3) => Float64Array>> = {
  faint: (shape) => smoothLogField(shape, 3, 0.02),
  weak: (shape) => smoothLogField(shape, 5, 0.08),
  strong: (shape) => smoothLogField(shape, 7, 0.4),
  coil: surfaceCoil,
};

/** A loop below the head: sensitivity on its axis falls as (1 + d^2)^(-3/2), d in radii of the coil. */
function surfaceCoil(shape: Shape3): Float64Array {
  const field = new Float64Array(voxelCount(shape));
  forEachVoxel(shape, (i, z, y, x) => {
    const [w, v, u] = [z / shape[0] - 0.5, y / shape[1] + 0.15, x / shape[2] - 0.5];
    field[i] = -1.5 * Math.log(1 + (w * w + v * v + u * u) / 0.64);
  });
  return field;
}

/** Intensities under a log bias, with noise of a share of the mean in the mask; magnitudes, as of a scanner. */
export function observe({ intensity, mask }: SweepVolume, log: Float64Array | undefined, noise: number): Float32Array {
  const random = new Random(11);
  const inside = intensity.filter((_, i) => mask[i] === 1);
  const sigma = noise * inside.reduce((sum, value) => sum + value, 0) / inside.length;
  return intensity.map((value, i) => {
    const seen = log ? value * Math.exp(log[i]) : value;
    return sigma === 0 ? seen : Math.hypot(seen + sigma * random.normal(), sigma * random.normal());
  });
}

/** Every how manieth voxel per axis is measured. */
const STEP = 3;

/** The voxels of the mask where the field is measured, and their index in the volume. */
export function places({ shape, mask }: SweepVolume): { readonly samples: FitSamples; readonly at: readonly number[] } {
  const [z, y, x] = shape.map((n) => Float64Array.from({ length: Math.ceil(n / STEP) }, (_, i) => i * STEP));
  const rowStart = new Uint32Array(z.length * y.length + 1);
  const [xIndex, at]: [number[], number[]] = [[], []];
  for (let r = 0; r + 1 < rowStart.length; r++) {
    const row = (z[Math.floor(r / y.length)] * shape[1] + y[r % y.length]) * shape[2];
    x.forEach((column, i) => mask[row + column] === 1 && (xIndex.push(i), at.push(row + column)));
    rowStart[r + 1] = at.length;
  }
  const value = new Float32Array(at.length);
  return { samples: { z, y, x, rowStart, xIndex: Uint16Array.from(xIndex), value }, at };
}

/** Standard deviation of the finite values. */
export function spread(values: Float32Array): number {
  const finite = values.filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  return Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length);
}
