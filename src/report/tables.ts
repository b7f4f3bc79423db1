/**
 * The run report as tables. What this file does not know of a report is shown all the same, by its own names.
 *
 * @module
 */

import { shownUrl, withoutQueries } from "../io/remote/url.ts";
import type { FittedVolume, ReportedFit, ReportedQuality } from "./fits.ts";
import type { RunReport, ShownReport } from "./run_report.ts";
import { bytesText, durationText, lengthsText, numberText, tripleText } from "../figure/format.ts";
import { shortened } from "../steps/stages.ts";
import { valueText } from "../options/presets.ts";
import { flagOf } from "../options/spec.ts";
import type { Table } from "../page/content.ts";

/** Entries of a report that have a place of their own on the page. */
const PLACED: readonly string[] = [
  ...["tool", "version", "command", "finished", "seconds", "peakMemoryBytes", "runtime", "device"],
  ...["input", "outputs", "options", "given", "fits", "quality", "stages", "warnings"],
];

/** Tables of more rows than this are closed at first. */
const LONG = 14;

/** The tables of a run. */
export function reportTables(report: ShownReport): Table[] {
  const rest = Object.entries(report).filter(([key]) => !PLACED.includes(key)).flatMap(([key, value]) =>
    flatRows(value, key)
  );
  const fits = fitRows(report.fits);
  return [
    { title: "How it ran", rows: runRows(report) },
    {
      title: "Where the time went",
      columns: ["Stage", "Seconds", "Part", "MB/s"],
      rows: report.stages.map(({ name, seconds, bytes }) => [
        name,
        Number(seconds.toFixed(3)),
        `${((100 * seconds) / report.seconds).toFixed(0)}\u00a0%`,
        bytes > 0 ? numberText(bytes / 1e6 / seconds, 3) : "",
      ]),
    },
    {
      title: "Levels of the fits",
      columns: ["Fit", "Level", "Control points", "Knot spacing, mm", "Iterations", "Last change", "Ended by"],
      rows: fits,
      closed: fits.length > LONG,
    },
    {
      title: "Fits",
      columns: ["Fit", "Samples", "Outside the mask", "Not above 0", "Sample grid", "Every"],
      rows: sampleRows(report.fits),
      closed: report.fits.length > LONG,
    },
    ...(report.quality ? [evennessTable(report), ...verdictTables(report.quality)] : []),
    { title: "Every option", rows: optionRows(report.options), closed: true },
    ...(rest.length > 0 ? [{ title: "More of the report", rows: rest, closed: true }] : []),
  ];
}

/** The name of a fit that covers the one volume there is. */
export const WHOLE_FIT = "volume";

/**
 * What each fit covers: of the fits of a volume the last one that covers all of its planes is its own, the others are
 * its sections'.
 */
export function fitNames(fits: readonly ReportedFit[]): string[] {
  const end = Math.max(...fits.map(({ planes }) => planes[1]));
  const several = new Set(fits.map(({ volume }) => volume)).size > 1;
  const count = new Map<FittedVolume, number>();
  return fits.map(({ volume, planes: [z0, z1] }, i) => {
    const before = several ? `volume ${volume}` : WHOLE_FIT;
    const last = fits[i + 1]?.volume !== volume;
    if (last && z0 === 0 && z1 === end) return before;
    const index = (count.get(volume) ?? 0) + 1;
    count.set(volume, index);
    const section = `section ${index}, planes ${z0} to ${z1 - 1}`;
    return several ? `${before}, ${section}` : section;
  });
}

function runRows(report: ShownReport): Table["rows"] {
  const { device, runtime, input, outputs } = report;
  return [
    ["Command", withoutQueries(report.command)],
    ["Finished", report.finished],
    ["Time", durationText(report.seconds)],
    ...(report.peakMemoryBytes === undefined ? [] : [["Peak memory", bytesText(report.peakMemoryBytes)] as const]),
    ["Computed on", `${device.name} (${device.kind}${device.software && device.kind !== "ts" ? ", software" : ""})`],
    ["Driver", device.driver],
    ["Version", `${report.tool} ${report.version}${runtime ? runtimeText(runtime) : ""}`],
    ...[...new Set(report.fits.map(({ mask }) => mask))].map((mask) => ["Mask", shortened(mask)] as const),
    ["Input", shownUrl(input.path)],
    [
      "Its voxels",
      `${tripleText(input.shape)} of ${lengthsText(input.voxelSizeMm)} (z, y, x), ${input.dataType}, ${input.format}`,
    ],
    ...(input.volumes > 1 ? [["Its volumes", input.volumes] as const] : []),
    ...Object.entries(outputs).map(([role, path]) => [role === "output" ? "Output" : `Output ${flagOf(role)}`, path]),
  ];
}

function runtimeText({ deno, v8, system }: RunReport["runtime"]): string {
  return `, Deno ${deno}, V8 ${v8}, ${system}`;
}

/** Options as they are typed, with their values. */
function optionRows(options: RunReport["options"]): Table["rows"] {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return given.map(([key, value]) => [flagOf(key), withoutQueries(valueText(key, value))]);
}

function fitRows(fits: readonly ReportedFit[]): Table["rows"] {
  const names = fitNames(fits);
  return fits.flatMap((fit, index) =>
    fit.levels.map((level, i) => [
      names[index],
      i + 1,
      tripleText(level.controlPoints),
      tripleText(level.knotSpacingMm),
      level.iterations,
      level.convergence.length > 0 ? numberText(level.convergence[level.convergence.length - 1], 3) : "–",
      level.converged ? "threshold" : "iterations",
    ])
  );
}

/**
 * Whether the means of sections and planes are shown: where matching or the profile along z have made them even before
 * the fit, what the fit saw first is not the input, and its figures would speak against the result.
 */
export function areMeansTold({ options }: Pick<RunReport, "options">): boolean {
  return options.histogramMatch !== true && !(Number(options.zprofileSmoothSigma) > 0);
}

/** Coefficients of variation as the fits saw the samples, and as they leave them. */
function evennessTable(report: ShownReport): Table {
  const { quality = [] } = report;
  const means = areMeansTold(report) ? (["sections", "planes"] as const) : [];
  return {
    title: "Variation of the samples",
    columns: ["Volume", "In the mask", "Samples", ...means.map((of) => `Means of ${of}`)],
    rows: quality.map(({ volume, maskFraction, before, after }) => [
      volume,
      share(maskFraction),
      ...(["samples", ...means] as const).map((of) =>
        before && after ? `${share(before[of])} → ${share(after[of])}` : "–"
      ),
    ]),
  };
}

function share(value: number): string {
  return `${numberText(100 * value, 3)}\u00a0%`;
}

/** Whether the correction helped, where that can be said. */
function verdictTables(quality: readonly ReportedQuality[]): Table[] {
  const rows = quality.flatMap(({ volume, verdict, tissue, roiSamples, entropy, field, error }) => {
    if (!verdict || !tissue || !entropy || !field) return [];
    const pair = (values: readonly [number, number], text: (value: number) => string, between: string) =>
      values.map(text).join(between);
    return [[
      volume,
      verdict,
      pair(tissue, share, " → ") + (roiSamples === undefined ? "" : ` (${roiSamples} samples of the region)`),
      pair(entropy, (value) => value.toFixed(2), " → "),
      pair(field, (value) => numberText(value, 3), " to "),
      error === undefined ? "–" : share(error),
    ]];
  });
  const columns = ["Volume", "Verdict", "Variation of the tissue", "Entropy, bits", "Field over its mean", "Its error"];
  return rows.length > 0 ? [{ title: "Did it help?", columns, rows }] : [];
}

function sampleRows(fits: readonly ReportedFit[]): Table["rows"] {
  const names = fitNames(fits);
  return fits.map((fit, index) => [
    names[index],
    fit.samples.used,
    fit.samples.outside,
    fit.samples.nonPositive,
    tripleText(fit.sampleGrid),
    tripleText(fit.shrinkFactors),
  ]);
}

/** A value as rows of a name and a value; objects in it by the names of their entries. */
function flatRows(value: unknown, name = ""): [name: string, value: string | number][] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)) {
    return [[name, value.map((item) => typeof item === "number" ? numberText(item) : String(item)).join("  ")]];
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => flatRows(inner, name === "" ? key : `${name}.${key}`));
  }
  return [[name, typeof value === "number" ? numberText(value, 6) : String(value)]];
}
