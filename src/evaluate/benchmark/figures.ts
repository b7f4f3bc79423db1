/**
 * The figures of a benchmark: how long a correction takes, and how far it is from the base's and from the truth.
 *
 * @module
 */

import {
  absolute,
  pearson,
  percentilesOf,
  relativeDifferences,
  variationOf,
} from "../../intensity/count/statistics.ts";
import type { Correction } from "../contestants/contestant.ts";
import type { CaseVoxels } from "./cases.ts";
import type { Measured, Times } from "./result.ts";

/** Median, shortest and longest of at least one time, seconds. */
export function timesOf(each: readonly number[]): Times {
  const sorted = [...each].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { each, median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** The arrays of a correction. */
type Corrected = Pick<Correction, "corrected" | "field">;

/** How far a correction is from the base's; `null` for the base itself. */
export function agreementOf(
  own: Corrected,
  base: Corrected | undefined,
  mask: Uint8Array,
): Pick<Measured, "fieldCorrelation" | "medianError" | "p95Error"> {
  if (!base) return { fieldCorrelation: null, medianError: null, p95Error: null };
  const correlation = pearson(own.field, base.field, mask);
  const errors = absolute(relativeDifferences(base.corrected, own.corrected, mask));
  const [medianError, p95Error] = percentilesOf(errors, [50, 95]);
  return { fieldCorrelation: Number.isNaN(correlation) ? null : correlation, medianError, p95Error };
}

/** How far a correction is from the truth, and how even its intensities are. */
export function qualityOf(
  own: Corrected,
  { mask, field }: Pick<CaseVoxels, "mask" | "field">,
): Pick<Measured, "truthVariation" | "maskVariation"> {
  return {
    truthVariation: field ? variationOf(own.field.map((value, i) => value / field[i]), mask) : null,
    maskVariation: variationOf(own.corrected, mask),
  };
}
