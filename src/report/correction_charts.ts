/**
 * The curves of a correction: histograms and profiles before and after, and the course of the fits.
 *
 * @module
 */

import type { ReportedFit } from "./run_report.ts";
import { convergenceChart, type FitCourse } from "../page/convergence_chart.ts";
import type { Watched, WatchedVolume } from "./correction_watch.ts";
import { shownUnits } from "./figures.ts";
import type { LogBin } from "../page/log_histogram.ts";
import type { Chart, Series } from "../page/page_content.ts";
import { fitNames, WHOLE_FIT } from "./report_tables.ts";

/** Part of the voxels that a histogram leaves out at either end. */
const TAIL = 0.001;
/** A histogram is drawn with at most so many bins. */
const MOST_BINS = 120;

/** Histograms and profiles, as far as there is something to draw. */
export function watchedCharts(watched: Watched): Chart[] {
  return [histogramChart(watched), profileChart(watched)].filter(({ series }) => series.length > 0);
}

/** Densities of log intensity before and after, over one set of bins. */
function histogramChart(watched: Watched): Chart {
  const { before, after, rowStep } = watched;
  const units = shownUnits(watched);
  const ends = [before, after].filter(({ histogram }) => histogram.length > 0);
  const within = (bins: readonly LogBin[]) => {
    const [lo, hi] = [edge(bins, TAIL), edge(bins, 1 - TAIL)];
    return ({ from, to }: LogBin) => to > lo && from <= hi;
  };
  const most = Math.max(1, ...ends.map(({ histogram }) => histogram.filter(within(histogram)).length));
  const merged = 2 ** Math.max(0, Math.ceil(Math.log2(most / MOST_BINS)));
  const series = (name: string, tone: "before" | "after", { histogram }: WatchedVolume): Series[] => {
    const bins = mergeBins(histogram, merged).filter(within(histogram));
    if (bins.length === 0) return [];
    const density = bins.map(({ from, to, part }) => (100 * part) / Math.log2(to / from));
    const edges = [...bins.map(({ from }) => from), bins[bins.length - 1].to];
    return [{ name, tone, shape: "steps", x: edges.map((edge) => edge / units[tone]), y: density }];
  };
  return {
    title: "Histogram of log intensity",
    note: `Voxels in the mask${ofRows(rowStep)}; a bias blurs the peaks of tissues.`,
    x: { title: `intensity${units.relative ? " over mean" : ""} (logarithmic)`, scale: "log" },
    y: { title: "% of voxels per doubling", fromZero: true },
    series: [...series("before", "before", before), ...series("after", "after", after)],
  };
}

/** Which rows were counted. */
function ofRows(step: number): string {
  return step === 1 ? "" : ` in one of ${step} rows`;
}

/** The intensity below which a part of the voxels lies, to a bin. */
function edge(bins: readonly LogBin[], part: number): number {
  let sum = 0;
  for (const bin of bins) {
    sum += bin.part;
    if (sum >= part) return bin.from;
  }
  return bins[bins.length - 1].to;
}

/** Neighbours put together, `count` to one, at the same borders whatever the first bin is. */
function mergeBins(bins: readonly LogBin[], count: number): LogBin[] {
  if (count === 1) return [...bins];
  const merged = new Map<number, LogBin>();
  for (const bin of bins) {
    // 32 bins an octave, even within it: the index of the bin over all octaves.
    const octave = Math.floor(Math.log2(bin.from));
    const index = 32 * octave + Math.round(32 * (bin.from / 2 ** octave - 1));
    const key = Math.floor(index / count);
    const known = merged.get(key);
    merged.set(key, known ? { from: known.from, to: bin.to, part: known.part + bin.part } : bin);
  }
  return [...merged.values()];
}

/** Mean of each plane before and after. */
function profileChart(watched: Watched): Chart {
  const { before, after, rowStep } = watched;
  const units = shownUnits(watched);
  const planes = Float64Array.from(before.planeMeans, (_, z) => z);
  const shown = before.planeMeans.filter((mean) => !isNaN(mean)).length > 1;
  const line = (tone: "before" | "after", { planeMeans }: WatchedVolume): Series => ({
    name: tone,
    tone,
    shape: "line",
    x: planes,
    y: planeMeans.map((value) => value / units[tone]),
  });
  return {
    title: "Profile along z",
    note: `Mean of each plane's voxels in the mask${ofRows(rowStep)}${
      units.relative ? ", over the mean of all of them" : ""
    }.`,
    x: { title: "plane z" },
    y: { title: units.relative ? "mean of the plane over mean" : "mean of the plane" },
    series: shown ? [line("before", before), line("after", after)] : [],
  };
}

/** The convergence measure of every iteration, levels one after the other; nothing, where no fit ran. */
export function convergenceCharts(fits: readonly ReportedFit[], threshold: number): Chart[] {
  const names = fitNames(fits);
  const sections = names.filter((name) => name !== WHOLE_FIT).length;
  const courses = fits.map(({ levels }, i): FitCourse => ({
    ...(names[i] === WHOLE_FIT
      ? { name: "fit of the volume", tone: "after" }
      : { name: sections === 1 ? names[i] : `${sections} fits of sections`, tone: "many" }),
    levels,
  }));
  const chart = convergenceChart(courses, threshold);
  return chart.series.length === 0 ? [] : [chart];
}
