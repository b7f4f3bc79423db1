/**
 * Confidence of voxels, made fit for a fit: only ratios of weights count, and only numbers that are finite and >= 0.
 *
 * @module
 */

import { changedVolume, type VolumeSource } from "../../volume.ts";

/** Weights in which those that are negative or not finite are 0, which is reported once. */
export function usableWeights(source: VolumeSource, warn: (text: string) => void): VolumeSource {
  let warned = false;
  return changedVolume(source, (weights) => {
    for (let i = 0; i < weights.length; i++) {
      const { [i]: weight } = weights;
      if (weight >= 0 && weight < Infinity) continue;
      weights[i] = 0;
      if (!warned) warn(`Weights that are negative or not finite count as 0: the first is ${weight}.`);
      warned = true;
    }
  });
}
