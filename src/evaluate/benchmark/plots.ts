/**
 * The plots of a benchmark: one sheet of times, one of accuracy; a row a volume, a mark a contestant.
 *
 * @module
 */

import type { Dot, DotChart } from "../../figure/chart.ts";
import type { Sheet } from "../../figure/sheet.ts";
import { type BenchmarkResult, type CaseResult, labelOf, type Measured } from "./result.ts";

/** How a figure is shown. */
interface Shown {
  readonly title: string;
  readonly label: string;
  /** The marked value and its range; `undefined` where there is none to show on a logarithmic axis. */
  readonly of: (measured: Measured) => Dot | undefined;
  /** A value that is marked by a line. */
  readonly mark?: number;
}

/** Times and speed-ups, and peak memory where it was measured. */
export function timeSheet(result: BenchmarkResult): Sheet {
  const base = labelOf(result, result.base);
  return sheetOf(result, `Time of a correction, held against ${base}`, [
    {
      title: "Seconds",
      label: "seconds, median with shortest and longest",
      of: ({ seconds: { median, min, max } }) => ({ value: median, range: [min, max] }),
    },
    { title: "Speed-up", label: `times faster than ${base}`, of: ({ speedUp }) => ({ value: speedUp }), mark: 1 },
    {
      title: "Peak memory",
      label: "MiB, of a process of its own",
      of: ({ peakMemoryBytes }) => positive(peakMemoryBytes, 2 ** -20),
    },
  ]);
}

/** Distances from the truth and from the base. */
export function accuracySheet(result: BenchmarkResult): Sheet {
  const base = labelOf(result, result.base);
  return sheetOf(result, `Accuracy: against the truth, and against ${base}`, [
    {
      title: "CV of field / true field",
      label: "%, inside the mask",
      of: ({ truthVariation }) => positive(truthVariation, 100),
    },
    {
      title: `Corrected, against ${base}`,
      label: "% of the mean, median to 95th percentile",
      of: ({ medianError, p95Error }) => {
        const dot = positive(medianError, 100);
        return dot && p95Error !== null ? { ...dot, range: [dot.value, 100 * p95Error] } : dot;
      },
    },
    {
      title: `1 − r, against ${base}`,
      label: "1 less Pearson's r of the fields",
      of: ({ fieldCorrelation: r }) => positive(r === null ? null : 1 - r, 1),
    },
  ]);
}

function positive(value: number | null, factor: number): Dot | undefined {
  return value !== null && value > 0 ? { value: value * factor } : undefined;
}

/** A sheet of those figures that at least one contestant has. */
function sheetOf(result: BenchmarkResult, title: string, figures: readonly Shown[]): Sheet {
  const all = figures.map((shown) => chartOf(result, shown));
  const charts = all.filter(({ series }) => series.some(({ values }) => values.some((dot) => dot !== undefined)));
  const iterations = result.cases[0].schedule.fit.iterations.join(" + ");
  return {
    title,
    caption: `Equal work: the same samples, control points and iterations (${iterations} in the first volume).`,
    // Where nobody differs from the base by a bit there is nothing to mark, and the first chart stays empty.
    charts: charts.length > 0 ? charts : all.slice(0, 1),
  };
}

function chartOf({ cases, contestants }: BenchmarkResult, { title, label, of, mark }: Shown): DotChart {
  return {
    title,
    x: { label, scale: "log" },
    rows: cases.map(rowLabel),
    series: contestants.map(({ name, label }, tone) => ({
      name: label,
      tone,
      values: cases.map(({ measured }) => {
        const own = measured.find(({ contestant }) => contestant === name);
        return own && of(own);
      }),
    })),
    mark,
  };
}

function rowLabel({ label, shape, source }: CaseResult): string {
  const size = shape.join(" × ");
  return source.kind === "live" ? `${label}, ${size}` : label.includes("seed") ? `${size}, seed ${source.seed}` : size;
}
