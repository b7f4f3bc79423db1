/**
 * The scale of a field. N4 finds a field up to a factor: where the histogram's peaks come to lie differs from fit to
 * fit by some percent, which between sections that are fitted one by one is a step, and drifts for as long as the fit
 * runs, to a factor of ten in a thousand iterations. So a field is divided by its geometric mean over the samples: the
 * fit changes the shape of an image's brightness, never its level. The iterations do not depend on the scale, so that
 * it is enough to do it once, at the end.
 *
 * @module
 */

import type { Lattice } from "../backends/backend.ts";

/**
 * Takes the mean of the log field over the samples out of a lattice and gives it back to the corrected values.
 *
 * @param values log intensities of the samples, length M.
 * @param corrected the same less the field; changed in place.
 * @returns the lattice whose field has a log mean of 0 over the samples.
 */
export function centreField(lattice: Lattice, values: Float32Array, corrected: Float32Array): Lattice {
  let sum = 0;
  for (let i = 0; i < corrected.length; i++) sum += values[i] - corrected[i];
  const mean = sum / Math.max(1, corrected.length);
  for (let i = 0; i < corrected.length; i++) corrected[i] += mean;
  // The weights of a spline sum to 1, so that a constant on all control points is a constant of the field.
  return { points: lattice.points, values: lattice.values.map((value) => value - mean) };
}
