/**
 * The histograms of a comparison: log intensities before and after, and how far the two corrections are apart.
 *
 * @module
 */

import type { Curve, CurveChart } from "../../figure/chart.ts";
import type { Sheet } from "../../figure/sheet.ts";
import { smoothList } from "../../intensity/count/interpolate.ts";
import { type Histograms, histogramsOf } from "./histogram.ts";
import type { CompareResult, Side } from "./result.ts";
import { flooredLog, meanOf, relativeDifferences } from "../../intensity/count/statistics.ts";

/**
 * Counts are drawn as a Gaussian of so many bins smooths them, so that integers, whose logarithms lie apart, are no
 * comb.
 */
const SMOOTH_BINS = 1.25;

/**
 * Log intensities inside the mask, of the input and of each side that corrects; all brought to the input's mean there,
 * as the scale of a corrected image is arbitrary. `mask` must be `sharedMask`'s.
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

/** Both as charts. */
export function histogramCharts(
  { logIntensity, difference, sides: [a, b] }: Pick<CompareResult, "logIntensity" | "difference" | "sides">,
): CurveChart[] {
  return [
    {
      title: "Log intensity",
      note: "Voxels in the mask, all at the input's mean there.",
      ...histogramChart(logIntensity, "natural logarithm of intensity", 0),
    },
    {
      title: "Difference of intensities",
      note: `${b.label} less ${a.label}, in the mask.`,
      ...histogramChart(difference, difference.quantity, logIntensity.series.length),
      mark: 0,
    },
  ];
}

/** Both as a file. */
export function histogramSheet(result: Parameters<typeof histogramCharts>[0]): Sheet {
  return {
    title: "Intensities in the mask, before and after",
    caption: "Corrected intensities are brought to the input's mean in the mask.",
    charts: histogramCharts(result),
  };
}

/** The share of voxels in each bin, in tones from `first` on. */
function histogramChart(
  { edges, series }: Histograms,
  label: string,
  first: number,
): Pick<CurveChart, "x" | "y" | "series"> {
  return {
    x: { label },
    y: { label: "% of voxels per bin", fromZero: true },
    series: series.map(({ name, counts, total }, i): Curve => ({
      name,
      tone: first + i,
      shape: "steps",
      x: edges,
      y: smoothList(Float64Array.from(counts, (count) => (100 * count) / Math.max(1, total)), SMOOTH_BINS),
    })),
  };
}
