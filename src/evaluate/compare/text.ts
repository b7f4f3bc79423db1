/**
 * A comparison as text: the lines that the command prints, in the order and words of linumpy's tool, and the content of
 * the JSON file.
 *
 * @module
 */

import { shortPercent } from "../../figure/format.ts";
import { runtimeInfo, VERSION } from "../../version.ts";
import type { Histograms } from "./histogram.ts";
import type { CompareResult, Metric, Side } from "./result.ts";

/** The lines that are printed. */
export function comparisonLines({ slab, metrics, sides, outputs }: CompareResult): string[] {
  const [a, b] = sides;
  const corrections = sides.filter(({ kind }) => kind !== "input");
  const names = ["input", ...corrections.map(({ name }) => name)];
  const value = (key: string) => metrics.find((metric) => metric.key === key)?.value ?? NaN;
  const row = (label: string, text: string) => `  ${label.padEnd(42)} ${text}`;
  const each = (key: string, format: (value: number) => string, of: readonly string[] = names) =>
    of.map((name) => `${name}=${format(value(`${key}:${name}`))}`).join("  ");
  return [
    `slab ${slab.shape.join(" x ")}  mask coverage ${value("maskCoverage").toFixed(2)} %`,
    row(
      `bias log-mean (${a.name}, ${b.name})`,
      `= ${sides.map(({ name }) => signed(value(`fieldLogMean:${name}`))).join(", ")}`,
    ),
    // An input has no field to agree with.
    ...(Number.isNaN(value("fieldCorrelation"))
      ? []
      : [row(`bias-field Pearson r (${b.name} vs ${a.name})`, `= ${plain(value("fieldCorrelation"))}`)]),
    row("tissue log p90-p10 spread", each("tissueSpread", plain)),
    row(`${b.name}/${a.name} tissue contrast ratio`, `= ${plain(value("contrastRatio"))}`),
    row("tissue log medians", each("tissueMedian", signed)),
    row(
      "corrected |difference| / mean",
      `median=${shortPercent(value("medianError"))}  p95=${shortPercent(value("p95Error"))}`,
    ),
    row("largest field difference / mean", `= ${shortPercent(value("largestFieldDifference"))}`),
    row("CV in the mask", each("maskVariation", plain)),
    ...(Number.isNaN(value(`biasLeft:${a.name}`))
      ? []
      : [row("bias left, by the truth", each("biasLeft", (left) => `${left.toPrecision(3)} %`, [a.name, b.name]))]),
    ...(corrections.some(({ seconds }) => seconds !== undefined)
      ? [row("seconds", corrections.filter(({ seconds }) => seconds !== undefined).map(secondsText).join("  "))]
      : []),
    ...Object.values(outputs).map((path) => `wrote ${path}`),
  ];
}

function secondsText({ name, seconds = NaN }: Side): string {
  return `${name}=${seconds.toFixed(2)}`;
}

function plain(value: number): string {
  return Number.isNaN(value) ? "none" : value.toFixed(3);
}

function signed(value: number): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
}

/**
 * The content of the JSON file: everything but the arrays of voxels. A figure that there is nothing to measure on is
 * `null`.
 */
export function comparisonJson(result: CompareResult, command: string): Record<string, unknown> {
  const { slab: { data: _, ...slab }, schedule, sides, metrics, logIntensity, difference } = result;
  return {
    tool: "n4 compare",
    version: VERSION,
    command,
    finished: new Date().toISOString(),
    runtime: runtimeInfo(),
    slab,
    plane: result.plane,
    mask: result.maskDescription,
    schedule: schedule && { ...schedule, settings: undefined },
    sides: sides.map((side) => ({ ...side, corrected: undefined, field: undefined })),
    metrics: metrics.map(jsonMetric),
    histograms: [logIntensity, difference].map(jsonHistograms),
    outputs: result.outputs,
  };
}

function jsonMetric({ value, ...metric }: Metric): Record<string, unknown> {
  return { ...metric, value: Number.isFinite(value) ? value : null };
}

function jsonHistograms({ quantity, edges, series }: Histograms): Record<string, unknown> {
  return {
    quantity,
    edges: Array.from(edges),
    series: series.map(({ name, counts, total }) => ({ name, total, counts: Array.from(counts) })),
  };
}
