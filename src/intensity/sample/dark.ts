/**
 * `--weights dark`: voxels of the mask that are hardly brighter than what lies outside it get no weight. Their
 * logarithms lie far below all others, so that a few of them (signal lost near air, the rim of a loose mask) can bend a
 * field.
 *
 * @module
 */

/** A voxel counts that is brighter than this many times the mean outside the mask. */
const TIMES_BACKGROUND = 2;

/** More than this share of the samples is never left out: a mask of mostly dark voxels is another fault. */
const MOST_LEFT_OUT = 0.5;

/** Samples without the dark ones, and what is reported of that. */
interface DampedSamples {
  /** As given, NaN where a sample is dark. */
  readonly intensity: Float32Array;
  readonly text: string;
}

/**
 * Leaves dark samples out.
 *
 * @param inside intensities of a grid, NaN outside the mask.
 * @param all of the same grid, also outside the mask.
 */
export function withoutDark(inside: Float32Array, all: Float32Array): DampedSamples {
  let [outside, sum] = [0, 0];
  for (let i = 0; i < all.length; i++) {
    if (!isFinite(all[i]) || !isNaN(inside[i])) continue;
    outside++;
    sum += all[i];
  }
  if (outside === 0) return { intensity: inside, text: "No sample lies outside the mask: none counts as dark." };
  const least = TIMES_BACKGROUND * sum / outside;
  const intensity = inside.map((value) => value > least ? value : NaN);
  const count = (values: Float32Array) => values.reduce((sum, value) => sum + (isNaN(value) ? 0 : 1), 0);
  const [used, before] = [count(intensity), count(inside)];
  const dark =
    `${before - used} of ${before} samples in the mask are no brighter than ${Number(least.toPrecision(4))}, ` +
    `${TIMES_BACKGROUND} times the mean outside it`;
  if (before - used > MOST_LEFT_OUT * before) {
    return { intensity: inside, text: `${dark}: more than half, so that all of them keep their weight.` };
  }
  return { intensity, text: `${dark}: they get no weight.` };
}
