/**
 * The curves of a correction: histograms and profiles before and after, and the course of the fits.
 *
 * @module
 */

import { AFTER, BEFORE, type Curve, type CurveChart } from "../figure/chart.ts";
import { convergenceChart, type FitCourse } from "../page/convergence_chart.ts";
import type { Watched } from "./correction_watch.ts";
import { shownUnits } from "./figures.ts";
import type { LogBin } from "../page/log_histogram.ts";
import { fitNames, WHOLE_FIT } from "./tables.ts";
import type { ReportedFit } from "./fits.ts";

/** Part of the voxels that a histogram leaves out at either end. */
const TAIL = 0.001;
/** A histogram is drawn with at most so many bins. */
const MOST_BINS = 120;

/** Densities of log intensity before and after, over one set of bins. */
export function histogramChart(watched: Watched): CurveChart {
  const { before, after, rowStep } = watched;
  const units = shownUnits(watched);
  const ends = [before, after].filter(({ histogram }) => histogram.length > 0);
  const within = (bins: readonly LogBin[]) => {
    const [lo, hi] = [edge(bins, TAIL), edge(bins, 1 - TAIL)];
    return ({ from, to }: LogBin) => to > lo && from <= hi;
  };
  const most = Math.max(1, ...ends.map(({ histogram }) => histogram.filter(within(histogram)).length));
  const merged = 2 ** Math.max(0, Math.ceil(Math.log2(most / MOST_BINS)));
  const curve = (name: "before" | "after", tone: number): Curve[] => {
    const { histogram } = watched[name];
    const bins = mergeBins(histogram, merged).filter(within(histogram));
    if (bins.length === 0) return [];
    const density = bins.map(({ from, to, part }) => (100 * part) / Math.log2(to / from));
    const edges = [...bins.map(({ from }) => from), bins[bins.length - 1].to];
    return [{ name, tone, shape: "steps", x: edges.map((edge) => edge / units[name]), y: density }];
  };
  return {
    title: "Histogram of log intensity",
    note: `Voxels in the mask${ofRows(rowStep)}; a bias blurs the peaks of tissues.`,
    x: { label: `intensity${units.relative ? " over mean" : ""} (logarithmic)`, scale: "log" },
    y: { label: "% of voxels per doubling", fromZero: true },
    series: [...curve("before", BEFORE), ...curve("after", AFTER)],
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

/** Mean of each plane before and after; empty where there is one plane. */
export function profileChart(watched: Watched): CurveChart {
  const { before: { planeMeans }, rowStep } = watched;
  const units = shownUnits(watched);
  const curve = (name: "before" | "after", tone: number): Curve => ({
    name,
    tone,
    shape: "line",
    x: planeMeans.map((_, z) => z),
    y: watched[name].planeMeans.map((value) => value / units[name]),
  });
  const mean = units.relative ? ", over the mean of all of them" : "";
  return {
    title: "Profile along z",
    note: `Mean of each plane's voxels in the mask${ofRows(rowStep)}${mean}.`,
    x: { label: "plane z" },
    y: { label: units.relative ? "mean of the plane over mean" : "mean of the plane" },
    series: planeMeans.filter((value) => !isNaN(value)).length > 1
      ? [curve("before", BEFORE), curve("after", AFTER)]
      : [],
  };
}

/** The convergence measure of every iteration of every fit. */
export function fitsChart(fits: readonly ReportedFit[], threshold: number): CurveChart {
  const names = fitNames(fits);
  const sections = names.filter((name) => name !== WHOLE_FIT).length;
  const courses = fits.map(({ levels }, i): FitCourse => {
    if (names[i] === WHOLE_FIT) return { name: "fit of the volume", tone: AFTER, levels };
    return { name: sections === 1 ? names[i] : `${sections} fits of sections`, tone: AFTER, thin: true, levels };
  });
  return convergenceChart(courses, threshold);
}
