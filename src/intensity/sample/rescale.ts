/**
 * What holds a corrected volume to the input's scale. For all but `range` it is one factor for the whole volume, so
 * that input / field = output stays true; the saved field is divided by it.
 *
 * @module
 */

import type { ApplySession } from "../../backends/backend.ts";
import { DataError } from "../../errors.ts";
import { meanOf } from "../count/statistics.ts";
import { quantiles } from "../../n4/numbers.ts";
import { type PassContext, scan } from "../../io/flow/passes.ts";
import type { VolumeSource } from "../../volume.ts";
import { maskAlongside, type MaskReader } from "../mask/mask.ts";

/**
 * What a corrected volume's scale is held to: nothing, the mean or the (lower) median of the fit samples, the width of
 * the range inside the mask, or both ends of that range, as ANTs does.
 */
export type Rescale = "none" | "mean" | "median" | "minmax" | "range";

/** The line that takes the corrected range of the mask to the input's, `slope * value + offset`, and what it maps. */
export interface RangeMap {
  /** Marks the voxels that are mapped. */
  readonly mask: MaskReader;
  /** Voxels that it marks with this or more are. */
  readonly least: number;
  /** Of the line. */
  readonly slope: number;
  /** Of the line. */
  readonly offset: number;
}

/** The samples that a factor is found from; all arrays have one length. */
interface ScaleSamples {
  /** Intensity of each sample. */
  readonly intensity: Float32Array;
  /** The same, matched. */
  readonly matched: Float32Array;
  /** The log field at each sample. */
  readonly logField: Float32Array;
  /** Of the correction: the output is `matched * (strength / exp(logField) + 1 - strength)`. */
  readonly strength: number;
}

/**
 * The factor for the mean or the median of the fit samples.
 *
 * @throws {DataError} when the statistic is not above 0, which only samples <= 0 can bring about.
 */
export function sampleScale(method: "mean" | "median", samples: ScaleSamples): number {
  const { matched, logField, strength } = samples;
  const input = Float64Array.from(samples.intensity);
  const output = Float64Array.from(matched, (value, i) => value * (strength * Math.exp(-logField[i]) + 1 - strength));
  const statistic = (values: Float64Array) => method === "mean" ? meanOf(values) : quantiles(values, [0.5])[0];
  const [before, after] = [statistic(input), statistic(output)];
  if (before > 0 && after > 0) return before / after;
  const text = `Cannot hold the ${method} of the fit samples as it must be > 0 before and after the correction`;
  throw new DataError(`${text}: current values are ${before} and ${after}`);
}

/**
 * The line that takes the corrected range inside the mask to the input's, both ends; one read. Its slope alone holds
 * the width. Where the mask marks nothing, or one value, nothing changes.
 *
 * @param session corrects with scale 1.
 */
export async function rangeLine(
  input: VolumeSource,
  mask: MaskReader,
  session: ApplySession,
  passes: PassContext,
): Promise<Pick<RangeMap, "slope" | "offset">> {
  const before = [Infinity, -Infinity];
  const after = [Infinity, -Infinity];
  await scan("rescale range", input, passes, {
    alongside: maskAlongside(mask, passes.threads),
    async work(box, slot) {
      const [data, inside] = [slot.data(box), slot.bytes(box)];
      widen(before, data, inside);
      await session.correct(box, data);
      widen(after, data, inside);
    },
  });
  const width = after[1] - after[0];
  const slope = width > 0 ? (before[1] - before[0]) / width : 1;
  return { slope, offset: width > 0 ? before[1] - slope * after[1] : 0 };
}

/** Maps the voxels of a box that count. */
export function mapRange(data: Float32Array, inside: Uint8Array, { least, slope, offset }: RangeMap): void {
  for (let i = 0; i < data.length; i++) if (inside[i] >= least) data[i] = slope * data[i] + offset;
}

function widen(range: number[], data: Float32Array, inside: Uint8Array): void {
  let [lo, hi] = range;
  for (let i = 0; i < data.length; i++) {
    if (inside[i] === 0) continue;
    if (data[i] < lo) lo = data[i];
    if (data[i] > hi) hi = data[i];
  }
  [range[0], range[1]] = [lo, hi];
}
