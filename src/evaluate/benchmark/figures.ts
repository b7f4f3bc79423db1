/**
 * The figures of a benchmark: how far a correction is from the base's and from the truth.
 *
 * @module
 */

import type { Correction } from "../compare/contestant.ts";
import { absolute, relativeDifferences } from "../compare/metrics.ts";
import { maskedValues, pearson, percentilesOf, variationOf } from "../compare/statistics.ts";
import type { CaseVoxels } from "./cases.ts";
import type { Measured } from "./result.ts";

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
  const truth = field ? maskedValues(field, mask) : undefined;
  const ratio = truth && maskedValues(own.field, mask).map((value, i) => value / truth[i]);
  return {
    truthVariation: ratio ? variationOf(ratio) : null,
    maskVariation: variationOf(own.corrected, mask),
  };
}
