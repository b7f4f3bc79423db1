/**
 * The golden files: a small volume, and the log bias field that ITK finds in it.
 *
 * @module
 */

import type { FitOptions } from "../../src/n4/fit.ts";
import type { Shape3, Triple } from "../../src/volume.ts";

/** A golden file. Arrays are base64 of little-endian bytes, C order `[z, y, x]`. */
export interface GoldenFile {
  /** What is special about it. */
  readonly about: string;
  /** What made it. */
  readonly command: string;
  /** Day on which it was made. */
  readonly date: string;
  /** Versions of what found the field: python, numpy, SimpleITK, and itk where confidences need it. */
  readonly versions: Readonly<Record<string, string>>;
  /** Voxels. */
  readonly shape: Shape3;
  /** Voxel size in mm. */
  readonly voxelSize: Triple;
  /** The fit's options. */
  readonly options: FitOptions;
  /** Intensities, uint8, 0 outside the mask. */
  readonly intensity: string;
  /** Confidences in 256ths, uint8; left out: 1. */
  readonly confidence?: string;
  /** ITK's log bias field, float32, at the voxels whose intensity is not 0. */
  readonly logField: string;
}

/** Confidence of a stored byte; a whole number of 256ths, so that it is the same number in float32. */
export function confidenceOf(byte: number): number {
  return byte / 256;
}

/** A golden volume as the fits take it. */
export interface GoldenVolume {
  /** Intensities, NaN outside the mask. */
  readonly intensity: Float32Array;
  /** Confidences, where there are any. */
  readonly weight?: Float32Array;
  /** ITK's log bias field at the voxels inside, in C order. */
  readonly logField: Float32Array;
}

/** Unpacks the arrays. */
export function unpackGolden(golden: GoldenFile): GoldenVolume {
  const bytes = Uint8Array.fromBase64(golden.intensity);
  const weight = golden.confidence && Float32Array.from(Uint8Array.fromBase64(golden.confidence), confidenceOf);
  return {
    intensity: Float32Array.from(bytes, (value) => (value === 0 ? NaN : value)),
    ...(weight ? { weight } : {}),
    logField: new Float32Array(Uint8Array.fromBase64(golden.logField).buffer),
  };
}
