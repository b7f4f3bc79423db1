/**
 * The plots of a benchmark: one sheet of times, one of accuracy; a row a volume, a mark a contestant.
 *
 * @module
 */

import type { Dot, DotPlot } from "../../figure/dot_plot.ts";
import type { PlotSheet } from "../../figure/plot_sheet.ts";
import type { BenchmarkResult, CaseResult, Measured } from "./result.ts";

/** How a figure is shown. */
interface Shown {
  readonly title: string;
  readonly label: string;
  /** The marked value and its range; `undefined` where there is none to show on a logarithmic axis. */
  readonly of: (measured: Measured) => Omit<Dot, "series"> | undefined;
  /** A value that is marked by a line. */
  readonly mark?: number;
}

/** Times and speed-ups, and peak memory where it was measured. */
export function timeSheet(result: BenchmarkResult): PlotSheet {
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
export function accuracySheet(result: BenchmarkResult): PlotSheet {
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

function positive(value: number | null, factor: number): Omit<Dot, "series"> | undefined {
  return value !== null && value > 0 ? { value: value * factor } : undefined;
}

/** A sheet of those figures that at least one contestant has. */
function sheetOf(result: BenchmarkResult, title: string, figures: readonly Shown[]): PlotSheet {
  const all = figures.map((shown) => plotOf(result, shown));
  const plots = all.filter(({ rows }) => rows.some(({ dots }) => dots.length > 0));
  const { schedule: { fit } } = result.cases[0];
  return {
    title,
    caption: [
      `Equal work: the same samples, control points and iterations (${
        fit.iterations.join(" + ")
      } in the first volume).`,
    ],
    series: result.contestants.map(({ label }) => label),
    // Where nobody differs from the base by a bit there is nothing to mark, and the first plot stays empty.
    plots: plots.length > 0 ? plots : all.slice(0, 1),
  };
}

function plotOf({ cases, contestants }: BenchmarkResult, { title, label, of, mark }: Shown): DotPlot {
  const rows = cases.map((one) => ({
    label: rowLabel(one),
    dots: contestants.flatMap(({ name }, series): Dot[] => {
      const measured = one.measured.find(({ contestant }) => contestant === name);
      const dot = measured && of(measured);
      return dot ? [{ series, ...dot }] : [];
    }),
  }));
  const values = rows.flatMap(({ dots }) => dots.flatMap(({ value, range }) => [value, ...(range ?? [])])).concat(
    mark ?? [],
  );
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  // A decade at least, so that noise does not look like news.
  const middle = Math.sqrt(lo * hi);
  const domain = [Math.min(lo / 1.2, middle / Math.sqrt(10)), Math.max(hi * 1.2, middle * Math.sqrt(10))] as const;
  return {
    kind: "dot",
    title,
    x: { label, scale: "log", domain: values.length > 0 ? domain : [1, 10] },
    rows,
    ...(mark === undefined ? {} : { mark }),
  };
}

function rowLabel({ label, shape, source }: CaseResult): string {
  const size = shape.join(" × ");
  return source.kind === "live" ? `${label}, ${size}` : label.includes("seed") ? `${size}, seed ${source.seed}` : size;
}

function labelOf({ contestants }: BenchmarkResult, name: string): string {
  return contestants.find((one) => one.name === name)?.label ?? name;
}
