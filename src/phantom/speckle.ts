/**
 * Speckle: the grain of coherent imaging, which multiplies the intensity. The mean of `looks` independent exponential
 * intensities follows a gamma distribution of mean 1 and standard deviation 1 / sqrt(looks) (Goodman 1976,
 * doi:10.1364/JOSA.66.001145).
 *
 * @module
 */

import { hash, mix, unit } from "./hash.ts";

/** Most looks: the product of so many numbers in (0, 1), none below 2^-33, stays within float64. */
const MAX_LOOKS = 30;

/**
 * Checks the number of looks.
 *
 * @throws {RangeError} when it is not an integer from 1 to 30.
 */
export function checkLooks(looks: number): void {
  if (Number.isInteger(looks) && looks >= 1 && looks <= MAX_LOOKS) return;
  throw new RangeError(
    `Cannot make speckle as 'looks' must be an integer from 1 to ${MAX_LOOKS}: current value is ${looks}`,
  );
}

/**
 * Writes the speckle of part of a row, voxels `x0 .. x0 + row.length - 1` of row `y` in plane `z`.
 *
 * @param row receives the factors, all > 0.
 */
export function fillSpeckle(row: Float32Array, seed: number, looks: number, z: number, y: number, x0: number): void {
  const ofRow = hash(seed, z, y);
  for (let i = 0; i < row.length; i++) {
    const ofVoxel = mix(ofRow ^ hash(seed, x0 + i));
    let product = 1;
    for (let look = 0; look < looks; look++) product *= unit(mix(ofVoxel + look));
    row[i] = -Math.log(product) / looks;
  }
}
