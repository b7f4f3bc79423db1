/**
 * A benchmark as Markdown: a row for each contestant on each volume, then what it ran on and what the figures mean.
 *
 * @module
 */

import { shortPercent } from "../../figure/format.ts";
import { ranOn } from "../contestants/contestant.ts";
import { type BenchmarkResult, type CaseResult, labelOf, type Measured, type Times } from "./result.ts";

const HEADINGS = [
  "volume",
  "shrink",
  "iterations",
  "contestant",
  "seconds (shortest to longest)",
  "warm-up",
  "speed-up",
  "r(field)",
  "median error",
  "p95 error",
  "CV truth",
  "CV mask",
  "peak MiB",
];

/** Columns of numbers stand on the right. */
const RULE = HEADINGS.map((_, i) => i < 4 ? "---" : "---:");

/** The page. */
export function benchmarkMarkdown(result: BenchmarkResult): string {
  const { base, contestants, cases, runtime, definitions } = result;
  const rows = cases.flatMap((one) => one.measured.map((measured) => row(result, one, measured)));
  return [
    "# Benchmark of N4 bias correction",
    "",
    `\`${result.command}\`, n4 ${result.version}, ${result.finished.slice(0, 10)}; ${
      Object.entries(runtime).map(([name, value]) => `${name} ${value}`).join(", ")
    }.`,
    "",
    ...[HEADINGS, RULE, ...rows].map((cells) => `| ${cells.join(" | ")} |`),
    "",
    `Speed-ups, r and errors are against ${labelOf(result, base)}.`,
    "",
    ...contestants.map((one) => `- ${one.label}: ${ranOn(one)}`),
    "",
    "## Volumes",
    "",
    ...cases.map((one) => `- ${describeCase(one)}`),
    "",
    "## Figures",
    "",
    ...Object.entries(definitions).map(([key, text]) => `- \`${key}\`: ${text}`),
    "",
  ].join("\n");
}

function row(result: BenchmarkResult, one: CaseResult, measured: Measured): string[] {
  const { schedule: { grid, fit } } = one;
  return [
    `${one.label} (${one.shape.join("x")})`,
    grid.map(({ factor }) => factor).join(" "),
    iterationsText(measured, fit.iterations),
    labelOf(result, measured.contestant),
    timesText(measured.seconds),
    measured.warmUp.length === 0 ? "none" : measured.warmUp.map(seconds).join(", "),
    measured.contestant === result.base ? "1 (base)" : `${measured.speedUp.toPrecision(3)}x`,
    or(measured.fieldCorrelation, (r) => r > 0.999 ? `1 - ${(1 - r).toExponential(1)}` : r.toFixed(4)),
    or(measured.medianError, shortPercent),
    or(measured.p95Error, shortPercent),
    or(measured.truthVariation, shortPercent),
    `${shortPercent(measured.maskVariation)} (input ${shortPercent(one.inputVariation)})`,
    or(measured.peakMemoryBytes, (bytes) => `${Math.ceil(bytes / 2 ** 20)}`),
  ];
}

/**
 * Iterations that ran, and how many there could have been; of a program that does not report them, the latter alone.
 */
function iterationsText({ levels }: Measured, most: readonly number[]): string {
  const ran = levels.map(({ convergence }) => convergence.length);
  const fewer = ran.every((count) => count > 0) && ran.some((count, i) => count < most[i]);
  return fewer ? `${ran.join(" ")} of ${most.join(" ")}` : most.join(" ");
}

function describeCase(one: CaseResult): string {
  const { label, shape, voxelSizeMm, source, schedule, samples, maskVoxels } = one;
  const origin = source.kind === "phantom"
    ? `phantom of seed ${source.seed}`
    : `'${source.path}', level ${source.level}, from voxel ${source.origin.join(" ")}`;
  const points = schedule.levels.map(({ controlPoints }) => controlPoints.join("x")).join(", ");
  const voxel = voxelSizeMm.map((mm) => Number(mm.toPrecision(4))).join(" x ");
  const size = `${shape.join(" x ")} voxels of ${voxel} mm, ${maskVoxels} in the mask, ${samples} samples`;
  const fit = `control points by level ${points}; threshold ${schedule.fit.convergenceThreshold}`;
  return `${label}: ${origin}, ${size}; ${fit}`;
}

/** `0.64 (0.63 to 0.66)`. */
function timesText({ median, min, max, each }: Times): string {
  return each.length === 1 ? seconds(median) : `${seconds(median)} (${seconds(min)} to ${seconds(max)})`;
}

function seconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function or(value: number | null, text: (value: number) => string): string {
  return value === null ? "" : text(value);
}
