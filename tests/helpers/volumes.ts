/**
 * Small volumes with known structure for tests and references: tissue in a mask under a smooth bias. C order `[z, y, x]`.
 *
 * @module
 */

import { type Shape3, voxelCount } from "../../src/volume.ts";
import { Random } from "./random.ts";

/** What a random volume is made of. */
export interface RandomVolumeOptions {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Seed of everything random in it. */
  readonly seed: number;
  /** `true`: an ellipsoid with ragged edges; left out: every voxel is inside. */
  readonly masked?: boolean;
  /** Bias amplitude in log intensity; left out: 0.3. */
  readonly bias?: number;
}

/** A volume and its mask. */
export interface TestVolume {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Intensities, all > 0 unless said; length nz * ny * nx. */
  readonly intensity: Float32Array;
  /** 1 inside, 0 outside; left out: everything is inside. */
  readonly mask?: Uint8Array;
}

/** Three tissues in random blocks with 3 % noise, times a smooth bias. */
export function randomVolume({ shape, seed, masked, bias = 0.3 }: RandomVolumeOptions): TestVolume {
  const random = new Random(seed);
  const tissue = Float64Array.from({ length: 64 }, () => [40, 75, 110][random.integer(0, 2)]);
  const logBias = smoothLogField(shape, seed + 1, bias);
  const intensity = new Float32Array(voxelCount(shape));
  const mask = masked ? new Uint8Array(intensity.length) : undefined;
  forEachVoxel(shape, (i, z, y, x) => {
    const part = (n: number, at: number) => Math.min(3, Math.floor((4 * at) / n));
    const kind = tissue[16 * part(shape[0], z) + 4 * part(shape[1], y) + part(shape[2], x)];
    intensity[i] = kind * (1 + 0.03 * random.normal()) * Math.exp(logBias[i]);
    const radius = Math.hypot(...centred(shape, z, y, x));
    if (mask) mask[i] = radius + 0.05 * random.normal() < 0.95 ? 1 : 0;
  });
  return { shape, intensity, ...(mask ? { mask } : {}) };
}

/** A smooth seeded log field: a plane plus two cosine products, within about +-`amplitude`. Length nz * ny * nx. */
export function smoothLogField(shape: Shape3, seed: number, amplitude: number): Float64Array {
  const random = new Random(seed);
  const slopes = [0, 1, 2].map(() => random.between(-0.4, 0.4));
  const waves = [0, 1].map(() => [0, 1, 2].map(() => [random.between(0.3, 1.2), random.between(0, 2 * Math.PI)]));
  const field = new Float64Array(voxelCount(shape));
  forEachVoxel(shape, (i, z, y, x) => {
    const at = centred(shape, z, y, x);
    let sum = slopes[0] * at[0] + slopes[1] * at[1] + slopes[2] * at[2];
    for (const wave of waves) {
      sum += 0.5 * wave.reduce((product, [k, phase], a) => product * Math.cos(Math.PI * k * at[a] + phase), 1);
    }
    field[i] = amplitude * sum;
  });
  return field;
}

/** Intensities with NaN outside the mask, as `compactSamples` takes them. */
export function maskedIntensity({ intensity, mask }: TestVolume): Float32Array {
  return mask ? intensity.map((value, i) => (mask[i] === 0 ? NaN : value)) : intensity;
}

/** Positions 0 .. n-1 of every axis. */
export function voxelPositions(shape: Shape3): [z: Float64Array, y: Float64Array, x: Float64Array] {
  const axis = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
  return [axis(shape[0]), axis(shape[1]), axis(shape[2])];
}

/** Calls `visit` for every voxel in C order. */
export function forEachVoxel(shape: Shape3, visit: (i: number, z: number, y: number, x: number) => void): void {
  let i = 0;
  for (let z = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[2]; x++) visit(i++, z, y, x);
    }
  }
}

/** Voxel coordinates in [-1, 1]; 0 along an axis of one voxel. */
function centred(shape: Shape3, ...at: [number, number, number]): number[] {
  return at.map((i, a) => (shape[a] > 1 ? (2 * i) / (shape[a] - 1) - 1 : 0));
}
