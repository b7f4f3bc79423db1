/**
 * Volumes under a bias that is known, and what a correction leaves of it.
 *
 * @module
 */

import { randomVolume, smoothLogField } from "../tests/helpers/volumes.ts";
import { readHead } from "../tests/reference/prepare.ts";
import type { Shape3, Triple } from "../src/volume.ts";

/** A volume with and without a bias. */
export interface KnownBias {
  /** What it is called. */
  readonly title: string;
  readonly shape: Shape3;
  /** Edges in mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  /** 1 inside. */
  readonly mask: Uint8Array<ArrayBuffer>;
  /** Intensities under the bias. */
  readonly biased: Float32Array<ArrayBuffer>;
  /** The log of the bias. */
  readonly truth: Float64Array;
  /** Intensities before the bias, where they have a bias of their own that nobody knows; left out: they have none. */
  readonly before?: Float32Array<ArrayBuffer>;
}

/** Amplitude of the log bias. */
const AMPLITUDE = 0.3;

/** Three tissues in random blocks with noise, under a smooth bias. */
export function knownPhantom(shape: Shape3, seed = 1): KnownBias {
  const { intensity, mask } = randomVolume({ shape, seed, masked: true, bias: AMPLITUDE });
  const inside = (mask ?? new Uint8Array(intensity.length).fill(1)) as Uint8Array<ArrayBuffer>;
  return {
    title: `phantom of ${shape.join(" x ")}`,
    shape,
    voxelSize: [2, 2, 2],
    mask: inside,
    biased: intensity as Float32Array<ArrayBuffer>,
    truth: smoothLogField(shape, seed + 1, AMPLITUDE),
  };
}

/** The head ch2better, every `shrink`-th voxel, with a smooth bias multiplied on. */
export async function knownHead(shrink: number, seed = 1): Promise<KnownBias> {
  const { volume: { shape, intensity, mask }, voxelSize } = await readHead("ch2better", shrink);
  const inside = new Uint8Array(intensity.length);
  intensity.forEach((value, i) => inside[i] = value > 0 && (mask?.[i] ?? 1) === 1 ? 1 : 0);
  const truth = smoothLogField(shape, seed, AMPLITUDE);
  const before = intensity as Float32Array<ArrayBuffer>;
  const biased = before.map((value, i) => value * Math.exp(truth[i]));
  return {
    title: `ch2better / ${shrink}, a bias multiplied on`,
    shape,
    voxelSize,
    mask: inside,
    biased,
    truth,
    before,
  };
}

/**
 * The bias that is left: standard deviation, in the mask, of the log field that was found less the true one. Where the volume had a bias of its own, the field that the
 * same program finds without ours is taken off first.
 */
export function biasLeft({ mask, truth }: KnownBias, found: Float32Array, own?: Float32Array): number {
  let [count, sum, squares] = [0, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const left = found[i] - truth[i] - (own ? own[i] : 0);
    count++;
    sum += left;
    squares += left * left;
  }
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
