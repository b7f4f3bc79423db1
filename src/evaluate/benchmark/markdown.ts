/**
 * A benchmark as Markdown: a row for each contestant on each volume, then what it ran on and what the figures mean.
 *
 * @module
 */

import type { BenchmarkResult, CaseResult, ContestantInfo, Measured, Times } from "./result.ts";

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
  const rows = cases.flatMap((one) => one.measured.map((measured) => row(one, measured, contestants, base)));
  return [
    "# Benchmark of N4 bias correction",
    "",
    `\`${result.command}\`, n4 ${result.version}, ${result.finished.slice(0, 10)}; ${
      Object.entries(runtime).map(([name, value]) => `${name} ${value}`).join(", ")
    }.`,
    "",
    ...[HEADINGS, RULE, ...rows].map((cells) => `| ${cells.join(" | ")} |`),
    "",
    `Speed-ups, r and errors are against ${labelOf(base, contestants)}.`,
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

function row(one: CaseResult, measured: Measured, contestants: readonly ContestantInfo[], base: string): string[] {
  const { schedule: { grid, fit } } = one;
  return [
    `${one.label} (${one.shape.join("x")})`,
    grid.map(({ factor }) => factor).join(" "),
    iterationsText(measured, fit.iterations),
    labelOf(measured.contestant, contestants),
    timesText(measured.seconds),
    measured.warmUp.length === 0 ? "none" : measured.warmUp.map(seconds).join(", "),
    measured.contestant === base ? "1 (base)" : `${measured.speedUp.toPrecision(3)}x`,
    or(measured.fieldCorrelation, (r) => r > 0.999 ? `1 - ${(1 - r).toExponential(1)}` : r.toFixed(4)),
    or(measured.medianError, percent),
    or(measured.p95Error, percent),
    or(measured.truthVariation, percent),
    `${percent(measured.maskVariation)} (input ${percent(one.inputVariation)})`,
    or(measured.peakMemoryBytes, (bytes) => `${Math.ceil(bytes / 2 ** 20)}`),
  ];
}

/** Iterations that ran, and how many there could have been; of a program that does not tell, the latter alone. */
function iterationsText({ levels }: Measured, most: readonly number[]): string {
  const ran = levels.map(({ convergence }) => convergence.length);
  const told = ran.every((count) => count > 0) && ran.some((count, i) => count < most[i]);
  return told ? `${ran.join(" ")} of ${most.join(" ")}` : most.join(" ");
}

function labelOf(name: string, contestants: readonly ContestantInfo[]): string {
  return contestants.find((one) => one.name === name)?.label ?? name;
}

function ranOn({ device, versions }: ContestantInfo): string {
  if (device) {
    const stand = device.kind !== "ts" && device.software ? ", a processor in place of a GPU" : "";
    return `${device.name} (${device.driver})${stand}`;
  }
  return Object.entries(versions ?? {}).map(([name, version]) => `${name} ${version}`).join(", ");
}

function describeCase(one: CaseResult): string {
  const { label, shape, voxelSizeMm, source, schedule, samples, maskVoxels } = one;
  const origin = source.kind === "phantom"
    ? `phantom of seed ${source.seed}`
    : `'${source.path}', level ${source.level}, from voxel ${source.origin.join(" ")}`;
  const points = schedule.levels.map(({ controlPoints }) => controlPoints.join("x")).join(", ");
  const voxel = voxelSizeMm.map((mm) => Number(mm.toPrecision(4))).join(" x ");
  return `${label}: ${origin}, ${
    shape.join(" x ")
  } voxels of ${voxel} mm, ${maskVoxels} in the mask, ${samples} samples; ` +
    `control points by level ${points}; threshold ${schedule.fit.convergenceThreshold}`;
}

/** `0.64 (0.63 to 0.66)`. */
function timesText({ median, min, max, each }: Times): string {
  return each.length === 1 ? seconds(median) : `${seconds(median)} (${seconds(min)} to ${seconds(max)})`;
}

function seconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(value: number): string {
  return `${(100 * value).toPrecision(3)} %`;
}

function or(value: number | null, text: (value: number) => string): string {
  return value === null ? "" : text(value);
}
