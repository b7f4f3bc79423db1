/**
 * The page of a comparison: both sides under the divider, how their fields differ over them, the histograms, the course
 * of the fits, every figure with its meaning.
 *
 * @module
 */

import { basename } from "node:path";
import { convergenceChart, type FitCourse } from "../../page/convergence_chart.ts";
import { durationText, lengthsText, numberText, percentText, tripleText } from "../../figure/format.ts";
import type { Figure, Layer, Overlay, PageContent, Table } from "../../page/content.ts";
import { type PreviewGrid, previewGrid } from "../../page/preview_grid.ts";
import { PreviewSums } from "../../page/preview_sums.ts";
import { VERSION } from "../../version.ts";
import { wholeBox } from "../../volume.ts";
import { ranOn } from "../contestants/contestant.ts";
import { overMean } from "./figure.ts";
import { histogramCharts } from "./plots.ts";
import type { CompareResult, Metric, Side } from "./result.ts";
import { meanOf, percentilesOf } from "../../intensity/count/statistics.ts";

/** Figures that stand beside the volumes, where they have a value. */
const FIRST_FIGURES: readonly (readonly [key: string, name: string])[] = [
  ["fieldCorrelation", "Correlation of the log fields"],
  ["medianError", "Median difference of intensities"],
  ["p95Error", "95th percentile of the difference"],
  ["largestFieldDifference", "Largest difference of the fields"],
  ["contrastRatio", "Contrast, second over first"],
];
/** Figures of which the input's and the correction's stand side by side, where the input is a side. */
const PAIRED_FIGURES: readonly (readonly [key: string, name: string])[] = [
  ["maskVariation", "Variation in the mask"],
  ["tissueSpread", "Spread of the brighter half, log"],
];
/** So many stand beside the volumes; all are in a table. */
const MOST_FIGURES = 5;
/** Figures that are parts of one. */
const PARTS: readonly string[] = ["medianError", "p95Error", "largestFieldDifference", "maskVariation"];

/** The page of a comparison. @param rowsUp whether the first row is shown at the bottom. */
export function comparisonContent(result: CompareResult, rowsUp: boolean, command: string): PageContent {
  const { slab, mask, sides } = result;
  const [a, b] = sides;
  const grid = previewGrid(slab);
  const layer = ({ label, corrected }: Side): Layer => {
    return { name: label, data: meansOf(grid, slab.shape, corrected), unit: unitOf(corrected, mask) };
  };
  const overlay = overlayOf(result, grid);
  return {
    title: `${basename(slab.path)}: ${a.label} and ${b.label}`,
    lead: `${tripleText(slab.shape)} voxels of ${lengthsText(slab.voxelSize)} (z, y, x) of level ${slab.level}; ` +
      `${sides.map(sideText).join("; ")}.`,
    warnings: [],
    figures: figuresOf(result),
    views: {
      grid,
      voxelSize: slab.voxelSize,
      affine: slab.affine,
      frame: slab.frame,
      upwards: rowsUp,
      left: layer(a),
      right: layer(b),
      overlay,
      greyUnit: "times a volume's mean in the mask",
      note: `Planes count from the slab's first, plane ${slab.box.z0} of the image. ${overlay.note}`,
    },
    charts: [
      ...histogramCharts(result),
      convergenceChart(coursesOf(sides), result.schedule?.fit.convergenceThreshold ?? 0),
    ],
    tables: tablesOf(result, command),
  };
}

function meansOf(grid: PreviewGrid, shape: CompareResult["slab"]["shape"], data: Float32Array): Float32Array {
  const sums = new PreviewSums(grid);
  sums.add(wholeBox(shape), data);
  return sums.means();
}

/** The mean in the mask; 1 where it is not above 0. */
function unitOf(data: Float32Array, mask: Uint8Array): number {
  const mean = meanOf(data, mask);
  return mean > 0 ? mean : 1;
}

/** The field of the one correction, or how far two fields are apart; over their means in the mask, 0 outside it. */
function overlayOf({ slab, mask, sides }: CompareResult, grid: PreviewGrid): Overlay & { readonly note: string } {
  const [a, b] = sides.map(({ field }) => overMean(field, mask));
  const corrections = sides.filter(({ kind }) => kind !== "input");
  if (corrections.length === 1) {
    const own = sides[0].kind === "input" ? b : a;
    const [lo, hi] = percentilesOf(own, [0, 100]);
    return {
      name: "Field",
      data: meansOf(grid, slab.shape, own),
      map: "viridis",
      range: lo < hi ? [lo, hi] : [0.9, 1.1],
      note: "The field is shown over its mean in the mask.",
    };
  }
  const apart = a.map((value, i) => Math.abs(value - b[i]));
  const [largest] = percentilesOf(apart, [100]);
  return {
    name: "Difference",
    data: meansOf(grid, slab.shape, apart),
    map: "magma",
    range: [0, largest > 0 ? largest : 1e-6],
    note: "The fields differ by what is shown, each over its mean in the mask.",
  };
}

function sideText({ label, kind, seconds, device }: Side): string {
  if (kind === "input") return `${label} as it is`;
  const where = device ? ` on ${device.name}` : "";
  return seconds === undefined ? `${label} from a file` : `${label}${where} in ${durationText(seconds)}`;
}

function figuresOf({ metrics, sides }: CompareResult): Figure[] {
  const corrections = sides.filter(({ kind }) => kind !== "input");
  const known = metrics.filter(({ value }) => Number.isFinite(value));
  const find = (key: string) => known.find((metric) => metric.key === key);
  const pairs = corrections.length > 1 ? [] : PAIRED_FIGURES.flatMap(([key, name]): Figure[] => {
    const [before, after] = [find(`${key}:input`), find(`${key}:${corrections[0].name}`)];
    if (!before || !after) return [];
    return [{
      name,
      value: { before: metricText(before), after: metricText(after) },
      definition: before.definition,
    }];
  });
  const single = FIRST_FIGURES.flatMap(([key, name]): Figure[] => {
    const metric = find(key);
    return metric ? [{ name, value: metricText(metric), definition: metric.definition }] : [];
  });
  return [...pairs, ...single.slice(0, MOST_FIGURES - pairs.length)];
}

function metricText({ key, value, unit }: Metric): string {
  if (!Number.isFinite(value)) return "–";
  if (PARTS.includes(key.split(":")[0])) return percentText(value);
  if (key === "fieldCorrelation" && value > 0.999 && value < 1) return `1 − ${numberText(1 - value, 2)}`;
  return `${numberText(value)}${unit === "" ? "" : `\u00a0${unit}`}`;
}

/** How both fits converged, as far as that is known, in the tones of the histograms. */
function coursesOf(sides: readonly Side[]): FitCourse[] {
  const corrections = sides.filter(({ kind }) => kind !== "input");
  return corrections.map(({ label, levels }, i) => ({ name: label, tone: 1 + i, levels }));
}

function tablesOf(
  { metrics, sides, slab, schedule, maskDescription, outputs }: CompareResult,
  command: string,
): Table[] {
  return [
    {
      title: "Figures",
      columns: ["Figure", "Value", "What it is"],
      rows: metrics.map((metric) => [metric.label, metricText(metric), metric.definition]),
    },
    {
      title: "How it ran",
      rows: [
        ["Command", command],
        ["Version", `n4 ${VERSION}, Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`],
        ["Image", slab.path],
        ["Slab", `level ${slab.level}, from voxel ${slab.box.z0} ${slab.box.y0} ${slab.box.x0} (z, y, x)`],
        ["Mask", maskDescription],
        ...sides.map((side): [string, string] => [side.label, originOf(side)]),
        ...(schedule ? [["Samples", `every ${schedule.grid.map(({ factor }) => factor).join(" ")} voxels`]] : []),
        ...Object.entries(outputs).map(([role, path]): [string, string] => [`Output ${role}`, path]),
      ],
    },
    ...(schedule
      ? [{
        title: "Levels of the fits",
        columns: ["Level", "Control points", "Knot spacing, mm", "Iterations"],
        rows: schedule.levels.map(({ controlPoints, knotSpacing, iterations }, i) => [
          i + 1,
          tripleText(controlPoints),
          tripleText(knotSpacing),
          iterations,
        ]),
      }]
      : []),
  ];
}

function originOf(side: Side): string {
  if (side.kind === "input") return "the input, uncorrected";
  return side.seconds === undefined ? "a corrected image" : `${durationText(side.seconds)} on ${ranOn(side)}`;
}
