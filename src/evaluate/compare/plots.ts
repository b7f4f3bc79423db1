/**
 * The histograms of a comparison: log intensities before and after, and how far the two corrections are apart.
 *
 * @module
 */

import type { LinePlot } from "../../figure/line_plot.ts";
import type { PlotSheet } from "../../figure/plot_sheet.ts";
import { smoothList } from "../../intensity/count/interpolate.ts";
import { type Histograms, histogramsOf } from "./histogram.ts";
import { relativeDifferences } from "./metrics.ts";
import type { CompareResult, Side } from "./result.ts";
import { flooredLog, meanOf } from "./statistics.ts";

/** Counts are drawn as a Gaussian of so many bins smooths them, so that integers, whose logarithms lie apart, are no comb. */
export const SMOOTH_BINS = 1.25;

/**
 * Log intensities inside the mask, of the input and of each side that corrects; all brought to the input's mean there, as the scale of a corrected image is
 * arbitrary. `mask` must be `sharedMask`'s.
 */
export function logIntensityHistograms(input: Float32Array, sides: readonly Side[], mask: Uint8Array): Histograms {
  const mean = meanOf(input, mask);
  const corrections = sides.filter(({ kind }) => kind !== "input").map(({ label, corrected: values }) => {
    const scale = mean / meanOf(values, mask);
    return [label, { values, mask, of: (value: number) => flooredLog(value * scale) }];
  });
  const lists = Object.fromEntries([["Input", { values: input, mask, of: flooredLog }], ...corrections]);
  return histogramsOf("log intensity", lists);
}

/** Relative differences of the two corrected slabs, percent of the mean. `mask` must be `sharedMask`'s. */
export function differenceHistograms([a, b]: readonly [Side, Side], mask: Uint8Array): Histograms {
  const values = relativeDifferences(a.corrected, b.corrected, mask);
  const list = { values, of: (value: number) => 100 * value };
  return histogramsOf("difference, % of the mean", { [`${b.label} less ${a.label}`]: list });
}

/** Both as a sheet of two plots. */
export function histogramSheet(
  { logIntensity, difference, sides }: Pick<CompareResult, "logIntensity" | "difference" | "sides">,
): PlotSheet {
  const [a, b] = sides.map(({ kind, label }) => kind === "input" ? "input" : label);
  const series = logIntensity.series.map(({ name }) => name);
  return {
    title: "Intensities in the mask, before and after",
    caption: [`Corrected intensities are brought to the input's mean in the mask. Right: ${b} less ${a}.`],
    series,
    plots: [
      histogramPlot(logIntensity, "Natural logarithm of intensity", 0),
      { ...histogramPlot(difference, "Difference of intensities", series.length), mark: 0 },
    ],
  };
}

/** A plot of the share of voxels in each bin, series numbered from `first`. */
function histogramPlot({ quantity, edges, series }: Histograms, title: string, first: number): LinePlot {
  const shares = series.map(({ counts, total }) =>
    smoothList(Float64Array.from(counts, (count) => (100 * count) / Math.max(1, total)), SMOOTH_BINS)
  );
  const middles = edges.slice(1).map((edge, i) => (edge + edges[i]) / 2);
  const highest = Math.max(...shares.map((share) => share.reduce((most, value) => Math.max(most, value), 0)));
  return {
    kind: "line",
    title,
    x: { label: quantity, domain: [edges[0], edges[edges.length - 1]] },
    y: { label: "% of voxels per bin", domain: [0, highest > 0 ? highest : 1] },
    lines: shares.map((y, i) => ({ series: first + i, x: middles, y, solid: series.length === 1 })),
  };
}
