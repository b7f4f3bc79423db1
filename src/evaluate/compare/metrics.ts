/**
 * The figures of a comparison: how far two fields agree, and what happened to the contrast of the tissue. They are
 * linumpy's, with those of its benchmark.
 *
 * @module
 */

import {
  absolute,
  countInside,
  flooredLog,
  LOG_FLOOR,
  meanOf,
  pearson,
  percentilesOf,
  relativeDifferences,
  variationOf,
} from "../../intensity/count/statistics.ts";
import type { Metric, Side } from "./result.ts";

/** What is measured; arrays of one shape. */
interface MetricInputs {
  /** Intensities of the input. */
  readonly input: Float32Array;
  /** 1 where figures are taken. */
  readonly mask: Uint8Array;
  /** The two sides. */
  readonly sides: readonly [Side, Side];
  /** The true bias field. */
  readonly truth?: Float32Array;
}

/** The mask without voxels where a side has no field or no finite intensity. */
export function sharedMask({ mask, sides }: Pick<MetricInputs, "mask" | "sides">): Uint8Array {
  const [a, b] = sides;
  return mask.map((inside, i) =>
    inside !== 0 && Number.isFinite(a.field[i] + b.field[i]) && Number.isFinite(a.corrected[i] + b.corrected[i]) ? 1 : 0
  );
}

const HALF = "log intensity where the input is above its median in the mask";
const EACH = "each over its mean in the mask";

/** What the figures are, by the part of their keys before the colon. */
const DEFINITIONS = {
  maskCoverage: "Voxels of the mask in which both sides have a field, over all voxels of the slab.",
  fieldLogMean: "Mean of the log bias field inside the mask.",
  fieldCorrelation:
    "Pearson's correlation of the two log bias fields inside the mask; no number where one is constant, " +
    "as the input's is.",
  tissueSpread: `90th less 10th percentile of ${HALF}.`,
  contrastRatio: "The second side's spread over the first's.",
  tissueMedian: `Median of ${HALF}.`,
  medianError: `Median over the mask of |first - second| of the corrected intensities, ${EACH}.`,
  p95Error: `95th percentile over the mask of |first - second| of the corrected intensities, ${EACH}.`,
  largestFieldDifference: `Largest |first - second| of the bias fields over the mask, ${EACH}.`,
  maskVariation: "Coefficient of variation, standard deviation over mean, of the intensities inside the mask.",
  biasLeft:
    "Standard deviation over mean of the true bias field over the side's, inside the mask: what it leaves of it.",
  seconds: "Wall time of one correction of the slab in memory: sampling, fit, field at every voxel and division.",
} as const;

/** @param side whose figure it is; left out: it is of both. */
function metric(
  key: keyof typeof DEFINITIONS,
  side: string | undefined,
  label: string,
  value: number,
  unit = "",
): Metric {
  const [name, text] = side === undefined ? [key, label] : [`${key}:${side}`, `${label}, ${side}`];
  return { key: name, label: text, value, unit, definition: DEFINITIONS[key] };
}

/** All figures, in the order in which they are printed. `mask` must be {@linkcode sharedMask}'s. */
export function metricsOf({ input, mask, sides, truth }: MetricInputs): Metric[] {
  const [a, b] = sides;
  const shown = [{ name: "input", corrected: input }, ...sides.filter(({ kind }) => kind !== "input")];
  const tissue = tissueOf(input, mask);
  const rows = shown.map(({ name, corrected }) => {
    const [p10, p50, p90] = percentilesOf(corrected, [10, 50, 90], flooredLog, tissue);
    return { name, spread: p90 - p10, median: p50 };
  });
  const spreadOf = (side: Side) => rows.find(({ name }) => name === side.name)?.spread ?? NaN;
  const [median, p95] = percentilesOf(absolute(relativeDifferences(a.corrected, b.corrected, mask)), [50, 95]);
  const [largest] = percentilesOf(absolute(relativeDifferences(a.field, b.field, mask)), [100]);
  const correlation = pearson(a.field, b.field, mask, flooredLog);
  const ratio = spreadOf(b) / Math.max(spreadOf(a), LOG_FLOOR);
  return [
    metric("maskCoverage", undefined, "mask coverage", (100 * countInside(mask)) / mask.length, "%"),
    ...sides.map(({ name, field }) => metric("fieldLogMean", name, "bias log-mean", meanOf(field, mask, flooredLog))),
    metric("fieldCorrelation", undefined, `bias-field Pearson r, ${b.name} vs ${a.name}`, correlation),
    ...rows.map(({ name, spread }) => metric("tissueSpread", name, "tissue log p90-p10 spread", spread)),
    metric("contrastRatio", undefined, `tissue contrast ratio, ${b.name} / ${a.name}`, ratio),
    ...rows.map(({ name, median }) => metric("tissueMedian", name, "tissue log median", median)),
    metric("medianError", undefined, "median |difference| / mean", median),
    metric("p95Error", undefined, "95th percentile of it", p95),
    metric("largestFieldDifference", undefined, "largest field difference", largest),
    ...shown.map(({ name, corrected }) =>
      metric("maskVariation", name, "CV in the mask", variationOf(corrected, mask))
    ),
    ...sides.flatMap(({ name, field }) => {
      if (!truth) return [];
      return [metric("biasLeft", name, "bias left", 100 * variationOf(truth.map((t, i) => t / field[i]), mask), "%")];
    }),
    ...sides.flatMap(({ name, seconds }) =>
      seconds === undefined ? [] : [metric("seconds", name, "seconds", seconds, "s")]
    ),
  ];
}

/**
 * The brighter half of the mask. A narrower spread there than the input's means that a fit took contrast for bias, or
 * that bias is gone.
 */
function tissueOf(input: Float32Array, mask: Uint8Array): Uint8Array {
  const [middle] = percentilesOf(input, [50], flooredLog, mask);
  return mask.map((inside, i) => inside !== 0 && flooredLog(input[i]) > middle ? 1 : 0);
}
