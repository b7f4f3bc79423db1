/**
 * What the instrument does to the phantom, all of it smooth within a section: lateral shading of the optics, the loss of light with depth, and the
 * brightness of each section. Their product is the bias field that a correction should find.
 *
 * @module
 */

import { between } from "./hash.ts";
import type { Shape3, Triple } from "../volume.ts";

/** How strong the bias is. */
export interface BiasOptions {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edge lengths in mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  /** Seed of what is drawn. */
  readonly seed: number;
  /** Sections along z, 1 to the number of planes. */
  readonly sections: number;
  /** Loss of log intensity from the centre of the shading to a place half the width away; 0 for none. */
  readonly shading: number;
  /** Loss of log intensity per mm of depth in a section, there and back; 0 for none. */
  readonly attenuation: number;
  /** Largest log gain of a section, either way; 0 for none. A single section has none. */
  readonly brightnessJitter: number;
}

/** A bias field as a function of position; around 1. */
export class Bias {
  /** Log shading per column and per row: it is a sum of the two. */
  readonly #logOfY: Float64Array;
  readonly #logOfX: Float64Array;
  /** Log attenuation and section gain per plane. */
  readonly #logOfZ: Float64Array;

  /** Works out the three profiles whose sum is the log field. */
  constructor(options: BiasOptions) {
    this.#logOfY = shadingAlong(options.shape[1], options, 1);
    this.#logOfX = shadingAlong(options.shape[2], options, 2);
    this.#logOfZ = depthProfile(options);
  }

  /** Multiplies part of a row, voxels `x0 ...` of row `y` in plane `z`, by the field. */
  multiply(row: Float32Array, z: number, y: number, x0: number): void {
    const ofRow = this.#logOfZ[z] + this.#logOfY[y];
    for (let i = 0; i < row.length; i++) row[i] *= Math.exp(ofRow + this.#logOfX[x0 + i]);
  }
}

/** First plane of each section, and the number of planes at the end: `round(i nz / n)`, halves to even, as the predecessor cuts its stacks. */
export function sectionStarts(planes: number, sections: number): number[] {
  return Array.from({ length: sections + 1 }, (_, i) => roundHalfEven((i * planes) / sections));
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** A parabola around a drawn centre. A third of its height is added back, its mean over the axis, so that the field stays around 1. */
function shadingAlong(n: number, { shading, seed }: BiasOptions, axis: number): Float64Array {
  const centre = between(-0.4, 0.4, seed, axis);
  return Float64Array.from({ length: n }, (_, i) => {
    const at = (2 * (i + 0.5)) / n - 1;
    return shading * (1 / 3 - (at - centre) ** 2);
  });
}

function depthProfile(options: BiasOptions): Float64Array {
  const { shape: [planes], voxelSize: [mm], seed, sections, attenuation, brightnessJitter } = options;
  const starts = sectionStarts(planes, sections);
  const profile = new Float64Array(planes);
  for (let s = 0; s < sections; s++) {
    const middle = (starts[s] + starts[s + 1] - 1) / 2;
    const gain = sections === 1 ? 0 : between(-brightnessJitter, brightnessJitter, seed, 3, s);
    for (let z = starts[s]; z < starts[s + 1]; z++) profile[z] = gain - attenuation * mm * (z - middle);
  }
  return profile;
}
