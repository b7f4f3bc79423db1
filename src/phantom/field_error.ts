/**
 * How far an estimated bias field is from the true one.
 *
 * @module
 */

import { planBoxes, readBlock } from "../io/boxes.ts";
import { boxVoxels, type VolumeSource } from "../volume.ts";

/** What is compared; all of one shape. */
export interface FieldErrorInputs {
  /** The true field, > 0. */
  readonly truth: VolumeSource;
  /** The estimated field, > 0; left out: 1 everywhere, no correction at all. */
  readonly estimate?: VolumeSource;
  /** Voxels that count: all that are not 0. */
  readonly mask: VolumeSource;
}

/** Coefficient of variation and mean of a field over the mask. */
export interface FieldError {
  /** Standard deviation over mean of `true field / estimated field`: the bias that is left in the corrected image, 0 for none. A constant factor does not count. */
  readonly variation: number;
  /** Mean of `true field / estimated field`. */
  readonly mean: number;
}

/** Most voxels that are compared at once, unless a chunk is larger. */
const BOX_VOXELS = 2 ** 20;

/** Measures what an estimate leaves of the bias, box by box. `NaN` where the mask is empty. */
export async function fieldError({ truth, estimate, mask }: FieldErrorInputs): Promise<FieldError> {
  // Deviations from the first value, so that the squares lose no digits.
  let [count, origin, sum, squares] = [0, NaN, 0, 0];
  for (const box of planBoxes(truth.shape, readBlock((estimate ?? truth).chunk), BOX_VOXELS)) {
    const size = boxVoxels(box);
    const [real, found, inside] = [new Float32Array(size), new Float32Array(size).fill(1), new Float32Array(size)];
    await Promise.all([truth.read(box, real), estimate?.read(box, found), mask.read(box, inside)]);
    for (let i = 0; i < size; i++) {
      if (inside[i] === 0) continue;
      const left = real[i] / found[i];
      if (count === 0) origin = left;
      count++;
      sum += left - origin;
      squares += (left - origin) ** 2;
    }
  }
  const mean = origin + sum / count;
  const variance = Math.max(0, squares / count - (sum / count) ** 2);
  return { variation: Math.sqrt(variance) / mean, mean };
}
