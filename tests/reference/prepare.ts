/**
 * Makes the one array that both sides of a comparison get.
 *
 * @module
 */

import { type Shape3, type Triple, voxelCount } from "../../src/volume.ts";
import { fullOptions } from "../helpers/fits.ts";
import { Random } from "../helpers/random.ts";
import { randomVolume, smoothLogField, type TestVolume } from "../helpers/volumes.ts";
import type { ReferenceCase } from "./cases.ts";
import { makeWorkFolder } from "./environment.ts";
import { type ItkRun, runPython } from "./itk.ts";

/** A random volume is drawn anew this often at most, its seed raised by 1000. */
const MAX_SEED = 100_000;

/** Bias of the heads, in log intensity. */
const HEAD_BIAS = 0.3;

/** Factor on the heads: ch2better has zeros in its mask, which act as 1, and this puts its range where ITK loses no voxel (see mayLoseLargest). */
const HEAD_GAIN = 1.4;

/** The volume, mask, confidences and options of a case. */
export async function prepareCase(reference: ReferenceCase): Promise<ItkRun> {
  const { volume, voxelSize } = await biasedVolume(reference);
  if (reference.positive) volume.intensity.forEach((value, i) => volume.mask && value <= 0 && (volume.mask[i] = 0));
  const weight = reference.weighted ? randomWeights(volume.intensity.length) : undefined;
  return {
    shape: volume.shape,
    voxelSize: reference.voxelSize ?? voxelSize,
    intensity: volume.intensity,
    ...(volume.mask ? { mask: volume.mask } : {}),
    ...(weight ? { weight } : {}),
    ...(reference.threads ? { threads: reference.threads } : {}),
    options: fullOptions(reference.options),
  };
}

/** The volume under a bias whose seed is the first at which ITK overlooks neither the smallest nor (where it can be had) the largest voxel. */
async function biasedVolume(reference: ReferenceCase): Promise<{ volume: TestVolume; voxelSize: Triple }> {
  const { source, options } = reference;
  const unmasked = (volume: TestVolume) => (reference.mask === false ? { ...volume, mask: undefined } : volume);
  if ("random" in source) {
    let { seed } = source;
    const make = () => {
      const volume = randomVolume({ shape: source.random, seed, masked: true });
      if (reference.nonPositive) plantNonPositive(volume.intensity);
      return unmasked(volume);
    };
    let volume = make();
    while (smallestComesFirst(volume) || mayLoseLargest(volume, fullOptions(options).bins)) {
      if (seed > MAX_SEED) throw new Error(`Cannot find a seed as one of the first 100 must do: last seed is ${seed}`);
      seed += 1000;
      volume = make();
    }
    return { volume, voxelSize: [1, 1, 1] };
  }
  const head = await readHead(source.head, source.shrink);
  let seed = 1;
  let volume = withBias(head.volume, seed);
  while (smallestComesFirst(unmasked(volume))) volume = withBias(head.volume, seed += 1000);
  return { volume: unmasked(volume), voxelSize: head.voxelSize };
}

/** ITK (up to 5.4.7 at least) takes a first masked voxel that is the smallest for no minimum at all. */
function smallestComesFirst({ intensity, mask }: TestVolume): boolean {
  const first = mask ? mask.indexOf(1) : 0;
  for (let i = first; i < intensity.length; i++) {
    if ((!mask || mask[i] === 1) && intensity[i] < intensity[first]) return false;
  }
  return intensity[first] > 0;
}

/**
 * ITK loses the largest voxel where its float32 quotient (hi - lo) / slope exceeds bins - 1. With slope = m 2^e rounded by at most 2^-24 2^e, that takes
 * a relative error of half a unit in the last place of bins - 1, so it cannot happen where m is above the significand of
 * bins - 1. The range shrinks as the bias goes: 8 % are kept between the two. Bin counts just under a power of two leave no such m.
 */
function mayLoseLargest({ intensity, mask }: TestVolume, bins: number): boolean {
  const significand = (value: number) => value / 2 ** Math.floor(Math.log2(value));
  if (significand(bins - 1) > 1.8) return false;
  let [lo, hi] = [Infinity, -Infinity];
  for (let i = 0; i < intensity.length; i++) {
    if (mask && mask[i] === 0) continue;
    const value = intensity[i] > 0 ? Math.log(intensity[i]) : intensity[i];
    lo = Math.min(lo, value);
    hi = Math.max(hi, value);
  }
  return significand((hi - lo) / (bins - 1)) < 1.08 * significand(bins - 1);
}

function withBias(volume: TestVolume, seed: number): TestVolume {
  const bias = smoothLogField(volume.shape, seed, HEAD_BIAS);
  return { ...volume, intensity: volume.intensity.map((value, i) => value * HEAD_GAIN * Math.exp(bias[i])) };
}

/** A head of mricron, every `shrink`-th voxel, with its mask. */
export async function readHead(head: string, shrink: number): Promise<{ volume: TestVolume; voxelSize: Triple }> {
  const folder = await makeWorkFolder();
  try {
    const printed = await runPython("export_head.py", [head, `${shrink}`, `${folder}/head`]);
    const { shape, spacing } = JSON.parse(printed) as { shape: Shape3; spacing: Triple };
    const intensity = new Float32Array((await Deno.readFile(`${folder}/head.intensity`)).buffer);
    const mask = await Deno.readFile(`${folder}/head.mask`);
    if (intensity.length !== voxelCount(shape) || mask.length !== intensity.length) {
      throw new Error(`Cannot read ${head} as its files must hold ${shape} voxels: they hold ${intensity.length}`);
    }
    return { volume: { shape, intensity, mask }, voxelSize: spacing };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function randomWeights(count: number): Float32Array {
  const random = new Random(77);
  return Float32Array.from({ length: count }, () => random.between(0.2, 1));
}

/** One voxel in 400 becomes 0, one in 400 a small negative number. */
function plantNonPositive(intensity: Float32Array): void {
  const random = new Random(78);
  for (let i = 0; i < intensity.length; i++) {
    const kind = random.integer(0, 399);
    if (kind === 0) intensity[i] = 0;
    if (kind === 1) intensity[i] = -random.between(0, 0.6);
  }
}
