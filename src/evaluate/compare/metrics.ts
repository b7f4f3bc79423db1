/**
 * The figures of a comparison: how far two fields agree, and what happened to the contrast of the tissue. They are linumpy's, with those of its benchmark.
 *
 * @module
 */

import type { Metric, Side } from "./result.ts";
import { countInside, flooredLog, LOG_FLOOR, meanOf, pearson, percentilesOf, variationOf } from "./statistics.ts";

/** What is measured; arrays of one shape. */
export interface MetricInputs {
  /** Intensities of the input. */
  readonly input: Float32Array;
  /** 1 where figures are taken. */
  readonly mask: Uint8Array;
  /** The two sides. */
  readonly sides: readonly [Side, Side];
}

/** The mask without voxels where a side has no field or no finite intensity. */
export function sharedMask({ mask, sides }: Pick<MetricInputs, "mask" | "sides">): Uint8Array {
  const [a, b] = sides;
  return mask.map((inside, i) =>
    inside !== 0 && Number.isFinite(a.field[i] + b.field[i]) && Number.isFinite(a.corrected[i] + b.corrected[i]) ? 1 : 0
  );
}

/** All figures, in the order in which they are printed. `mask` must be {@linkcode sharedMask}'s. */
export function metricsOf(inputs: MetricInputs): Metric[] {
  const { input, mask, sides } = inputs;
  const coverage = (100 * countInside(mask)) / mask.length;
  return [
    metric(
      "maskCoverage",
      "mask coverage",
      coverage,
      "%",
      "Voxels of the mask in which both sides have a field, over all voxels of the slab.",
    ),
    ...fieldMetrics(inputs),
    ...contrastMetrics(inputs),
    ...differenceMetrics(inputs),
    ...[{ name: "input", corrected: input }, ...sides.filter(({ kind }) => kind !== "input")].map((
      { name, corrected },
    ) =>
      metric(
        `maskVariation:${name}`,
        `CV in the mask, ${name}`,
        variationOf(corrected, mask),
        "",
        CV_TEXT,
      )
    ),
    ...sides.flatMap(({ name, seconds }) =>
      seconds === undefined ? [] : [metric(`seconds:${name}`, `seconds, ${name}`, seconds, "s", SECONDS_TEXT)]
    ),
  ];
}

const CV_TEXT = "Coefficient of variation, standard deviation over mean, of the intensities inside the mask.";
const SECONDS_TEXT =
  "Wall time of one correction of the slab in memory: sampling, fit, field at every voxel and division.";

function fieldMetrics({ mask, sides: [a, b] }: MetricInputs): Metric[] {
  return [
    ...[a, b].map(({ name, field }) =>
      metric(
        `fieldLogMean:${name}`,
        `bias log-mean, ${name}`,
        meanOf(field, mask, flooredLog),
        "",
        "Mean of the log bias field inside the mask.",
      )
    ),
    metric(
      "fieldCorrelation",
      `bias-field Pearson r, ${b.name} vs ${a.name}`,
      pearson(a.field, b.field, mask, flooredLog),
      "",
      "Pearson's correlation of the two log bias fields inside the mask; no number where one is constant, as the input's is.",
    ),
  ];
}

/** Contrast of the brighter half: a narrower spread than the input's means that a fit took contrast for bias, or that bias is gone. */
function contrastMetrics({ input, mask, sides }: MetricInputs): Metric[] {
  const [middle] = percentilesOf(input, [50], flooredLog, mask);
  const tissue = mask.map((inside, i) => inside !== 0 && flooredLog(input[i]) > middle ? 1 : 0);
  const corrections = sides.filter(({ kind }) => kind !== "input");
  const rows = [{ name: "input", corrected: input }, ...corrections].map(({ name, corrected }) => {
    const [p10, p50, p90] = percentilesOf(corrected, [10, 50, 90], flooredLog, tissue);
    return { name, spread: p90 - p10, median: p50 };
  });
  const spreadOf = (side: Side) => rows.find(({ name }) => name === side.name)?.spread ?? NaN;
  const [a, b] = sides;
  const half = "log intensity where the input is above its median in the mask";
  return [
    ...rows.map(({ name, spread }) =>
      metric(
        `tissueSpread:${name}`,
        `tissue log p90-p10 spread, ${name}`,
        spread,
        "",
        `90th less 10th percentile of ${half}.`,
      )
    ),
    metric(
      "contrastRatio",
      `tissue contrast ratio, ${b.name} / ${a.name}`,
      spreadOf(b) / Math.max(spreadOf(a), LOG_FLOOR),
      "",
      "The second side's spread over the first's.",
    ),
    ...rows.map(({ name, median }) =>
      metric(`tissueMedian:${name}`, `tissue log median, ${name}`, median, "", `Median of ${half}.`)
    ),
  ];
}

function differenceMetrics({ mask, sides: [a, b] }: MetricInputs): Metric[] {
  const [median, p95] = percentilesOf(absolute(relativeDifferences(a.corrected, b.corrected, mask)), [50, 95]);
  const [largest] = percentilesOf(absolute(relativeDifferences(a.field, b.field, mask)), [100]);
  const each = "each over its mean in the mask";
  return [
    metric(
      "medianError",
      "median |difference| / mean",
      median,
      "",
      `Median over the mask of |first - second| of the corrected intensities, ${each}.`,
    ),
    metric(
      "p95Error",
      "95th percentile of it",
      p95,
      "",
      `95th percentile over the mask of |first - second| of the corrected intensities, ${each}.`,
    ),
    metric(
      "largestFieldDifference",
      "largest field difference",
      largest,
      "",
      `Largest |first - second| of the bias fields over the mask, ${each}.`,
    ),
  ];
}

/** `second - first` inside the mask, where both are finite, each over its mean there; in C order. */
export function relativeDifferences(first: Float32Array, second: Float32Array, mask: Uint8Array): Float32Array {
  const [meanA, meanB] = [meanOf(first, mask), meanOf(second, mask)];
  const differences = new Float32Array(countInside(mask));
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0 || !Number.isFinite(first[i] + second[i])) continue;
    differences[count++] = second[i] / meanB - first[i] / meanA;
  }
  return differences.subarray(0, count);
}

/** Values without their sign; changed in place. */
export function absolute(values: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i]);
  return values;
}

function metric(key: string, label: string, value: number, unit: string, definition: string): Metric {
  return { key, label, value, unit, definition };
}
