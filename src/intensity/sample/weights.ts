/**
 * Confidence of voxels, made fit for a fit: only ratios of weights count, and only numbers that are finite and >= 0.
 *
 * @module
 */

import type { VolumeSource } from "../../volume.ts";

/** Weights in which those that are negative or not finite are 0, which is told once. */
export function usableWeights(source: VolumeSource, tell: (text: string) => void): VolumeSource {
  const { shape, voxelSize, affine, dataType, chunk, forwardOnly } = source;
  let told = false;
  return {
    shape,
    voxelSize,
    affine,
    dataType,
    chunk,
    forwardOnly,
    async read(box, out) {
      await source.read(box, out);
      for (let i = 0; i < out.length; i++) {
        const { [i]: weight } = out;
        if (weight >= 0 && weight < Infinity) continue;
        out[i] = 0;
        if (!told) tell(`Weights that are negative or not finite count as 0: the first is ${weight}.`);
        told = true;
      }
    },
  };
}
