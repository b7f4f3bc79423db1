/**
 * The scale of a section's field. N4 finds a field up to a factor: where the histogram's peaks come to lie differs from
 * fit to fit by some percent, which between sections that are fitted one by one is a step. So a section's field is
 * divided by its geometric mean over the samples: the fit changes the shape of a section's brightness, never its level,
 * which is what matching, the profile along z and the fit over the whole volume decide on.
 *
 * @module
 */

import type { FitSamples, Lattice } from "../backends/backend.ts";

/**
 * Takes the mean of the log field over the samples out of a lattice and gives it back to the corrected values.
 *
 * @param corrected log intensities that the fit left, length M; changed in place.
 * @returns the lattice whose field has a log mean of 0 over the samples.
 */
export function centreField(lattice: Lattice, samples: FitSamples, corrected: Float32Array): Lattice {
  let sum = 0;
  for (let i = 0; i < corrected.length; i++) sum += samples.value[i] - corrected[i];
  const mean = sum / Math.max(1, corrected.length);
  for (let i = 0; i < corrected.length; i++) corrected[i] += mean;
  // The weights of a spline sum to 1, so that a constant on all control points is a constant of the field.
  return { points: lattice.points, values: lattice.values.map((value) => value - mean) };
}
