/**
 * The page of a benchmark: what it came to on the largest volume, times and accuracy over all of them, the table, what
 * the figures mean.
 *
 * @module
 */

import type { Curve, CurveChart } from "../../figure/chart.ts";
import { bytesText, durationText, numberText, percentText, tripleText } from "../../figure/format.ts";
import { convergenceChart } from "../../page/convergence_chart.ts";
import type { Figure, PageContent, Table } from "../../page/content.ts";
import { voxelCount } from "../../volume.ts";
import { ranOn } from "../contestants/contestant.ts";
import { type BenchmarkResult, type CaseResult, labelOf, type Measured } from "./result.ts";

/** So many figures stand at the top. */
const MOST_FIGURES = 6;

/** The page of a benchmark. */
export function benchmarkContent(result: BenchmarkResult): PageContent {
  const { base, contestants, cases, finished } = result;
  const others = contestants.filter(({ name }) => name !== base).map(({ label }) => label);
  const rivals = others.length === 0 ? "" : ` against ${others.join(", ")}`;
  return {
    title: "Benchmark of N4 bias correction",
    lead:
      `${labelOf(result, base)}${rivals}: ${cases.length} ${cases.length === 1 ? "volume" : "volumes"}, equal work, ` +
      `${finished.slice(0, 10)}.`,
    warnings: [],
    figures: figuresOf(result),
    charts: [
      sizeChart(result, "Time of a correction", "seconds", ({ seconds }) => seconds.median),
      sizeChart(result, "Distance from the true field", "CV, %", ({ truthVariation: cv }) => 100 * (cv ?? NaN)),
      sizeChart(result, "Difference to the base", "median, %", ({ medianError }) => 100 * (medianError ?? NaN)),
      convergenceOf(result),
    ],
    tables: tablesOf(result),
  };
}

/** Speed and accuracy of everybody on the volume with the most voxels. */
function figuresOf(result: BenchmarkResult): Figure[] {
  const { definitions, base } = result;
  const largest = largestCase(result);
  const on = `On ${largest.label}, ${tripleText(largest.shape)} voxels.`;
  const speeds = largest.measured.map(({ contestant, seconds, speedUp }): Figure => ({
    name: contestant === base ? `${labelOf(result, contestant)}, the base` : labelOf(result, contestant),
    value: contestant === base ? durationText(seconds.median) : `${numberText(speedUp, 3)} × as fast`,
    definition: `${contestant === base ? definitions.seconds : definitions.speedUp} ${on}`,
  }));
  const truths = largest.measured.flatMap(({ contestant, truthVariation }): Figure[] =>
    truthVariation === null ? [] : [{
      name: `Distance from the truth, ${labelOf(result, contestant)}`,
      value: percentText(truthVariation),
      definition: `${definitions.truthVariation} ${on}`,
    }]
  );
  return [...speeds, ...truths].slice(0, MOST_FIGURES);
}

function largestCase({ cases }: BenchmarkResult): CaseResult {
  return cases.reduce((most, one) => voxelCount(one.shape) > voxelCount(most.shape) ? one : most);
}

/** A figure over the number of voxels, a curve for each contestant. */
function sizeChart(result: BenchmarkResult, title: string, unit: string, of: (own: Measured) => number): CurveChart {
  const ordered = [...result.cases].sort((a, b) => voxelCount(a.shape) - voxelCount(b.shape));
  return {
    title,
    note: "A point for each volume.",
    x: { label: "voxels", scale: "log" },
    y: { label: unit, scale: "log" },
    series: result.contestants.map(({ name, label }, tone): Curve => {
      const points = ordered.flatMap(({ shape, measured }) => {
        const own = measured.find(({ contestant }) => contestant === name);
        const value = own ? of(own) : NaN;
        return value > 0 ? [[voxelCount(shape), value] as const] : [];
      });
      return { name: label, tone, shape: "dots", x: points.map(([x]) => x), y: points.map(([, y]) => y) };
    }),
  };
}

/** The fits of the largest volume. */
function convergenceOf(result: BenchmarkResult): CurveChart {
  const { label, measured, schedule: { fit } } = largestCase(result);
  const courses = measured.map(({ contestant, levels }) => ({
    name: labelOf(result, contestant),
    tone: result.contestants.findIndex(({ name }) => name === contestant),
    levels,
  }));
  return { ...convergenceChart(courses, fit.convergenceThreshold), title: `Convergence on ${label}` };
}

function tablesOf(result: BenchmarkResult): Table[] {
  const { cases, contestants, definitions, runtime, command, version, finished } = result;
  return [
    {
      title: "Results",
      wide: true,
      columns: ["Volume", "Contestant", "Seconds", "Shortest to longest", "Speed-up", "r of fields", "Median error"]
        .concat(["95th percentile", "CV truth", "CV mask", "Peak memory"]),
      rows: cases.flatMap((one) => one.measured.map((measured) => resultRow(result, one, measured))),
    },
    {
      title: "Volumes",
      columns: ["Volume", "Voxels", "In the mask", "Samples", "Iterations", "Threshold", "CV of the input"],
      rows: cases.map(({ label, shape, maskVoxels, samples, schedule: { fit }, inputVariation }) => [
        label,
        tripleText(shape),
        maskVoxels,
        samples,
        fit.iterations.join(" + "),
        fit.convergenceThreshold,
        percentText(inputVariation),
      ]),
    },
    {
      title: "How it ran",
      rows: [
        ["Command", command],
        ["Finished", finished],
        ["Version", `n4 ${version}`],
        ...Object.entries(runtime),
        ...contestants.map((one) => [one.label, ranOn(one)]),
      ],
    },
    { title: "What the figures are", rows: Object.entries(definitions) },
  ];
}

function resultRow(result: BenchmarkResult, { label }: CaseResult, measured: Measured): Table["rows"][number] {
  const { seconds, fieldCorrelation: r, peakMemoryBytes: bytes } = measured;
  const percent = (value: number | null) => value === null ? "" : percentText(value);
  return [
    label,
    labelOf(result, measured.contestant),
    numberText(seconds.median, 3),
    `${numberText(seconds.min, 3)} to ${numberText(seconds.max, 3)}`,
    measured.contestant === result.base ? "" : numberText(measured.speedUp, 3),
    r === null ? "" : r > 0.999 && r < 1 ? `1 − ${numberText(1 - r, 2)}` : numberText(r),
    percent(measured.medianError),
    percent(measured.p95Error),
    percent(measured.truthVariation),
    percent(measured.maskVariation),
    bytes === null ? "" : bytesText(bytes),
  ];
}
