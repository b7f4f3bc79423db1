/**
 * What a correction came to, on one screen.
 *
 * @module
 */

import { isMoreEven } from "../intensity/sample/verdict.ts";
import type { ReportedFit, ReportedQuality } from "../report/fits.ts";
import { areMeansTold } from "../report/tables.ts";
import type { RunReport } from "../report/run_report.ts";
import type { StageRecord } from "../run_log.ts";

/** Most fits that are listed one by one; of more only the range is shown. */
const MOST_FITS = 4;

/** Most volumes whose figures are shown. */
const MOST_VOLUMES = 4;

/** Stages are shown that took at least this share of the time. */
const LEAST_SHARE = 0.01;

/** What was written and how long that took, without the full stop. */
export function wroteText(outputs: RunReport["outputs"], seconds: number): string {
  return `Wrote ${Object.values(outputs).join(", ")} in ${seconds.toFixed(2)} s`;
}

/** A run in a few lines. */
export function summaryText(report: RunReport, verbose = false): string {
  const { fits, quality = [], storage, stages, seconds, peakMemoryBytes, outputs, options } = report;
  const fit = stages.filter((stage) => stage.name === "fit").reduce((sum, stage) => sum + stage.seconds, 0);
  const volumes = quality.slice(0, MOST_VOLUMES).flatMap((volume) =>
    qualityText(volume, quality.length > 1, areMeansTold(report), options.skipIfEven === true)
  );
  const stored = storage && storage.clamped + storage.nonFinite + (storage.zeroed ?? 0) > 0
    ? [
      `${storage.clamped} voxels were clamped to the range of the output type, ${storage.nonFinite} were not finite, ` +
      `${storage.zeroed} were rounded to 0.`,
    ]
    : [];
  return [
    ...(fits.length === 0 ? [] : [`Fitted ${fitsText(fits)} iterations (${fit.toFixed(2)} s).`, ...volumes]),
    ...stored,
    ...verbose
      ? [`Time: ${stages.filter((stage) => stage.seconds >= LEAST_SHARE * seconds).map(stageText).join(", ")}.`]
      : [],
    `${wroteText(outputs, seconds)}, peak memory ${Math.ceil(peakMemoryBytes / 2 ** 20)} MiB.`,
    "",
  ].join("\n");
}

/** Samples and iterations of the fits. */
function fitsText(fits: readonly ReportedFit[]): string {
  if (fits.length <= MOST_FITS) {
    const iterations = fits.map(({ levels }) => levels.map((level) => level.iterations).join(" + ") || "no");
    return `${fits.map(({ samples }) => samples.used).join(", ")} samples in ${iterations.join("; ")}`;
  }
  const samples = rangeText(fits.map((fit) => fit.samples.used));
  const iterations = fits.map(({ levels }) => levels.reduce((sum, level) => sum + level.iterations, 0));
  return `${samples} samples in each of ${fits.length} fits, in ${rangeText(iterations)}`;
}

function rangeText(values: readonly number[]): string {
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  return lo === hi ? `${lo}` : `${lo} to ${hi}`;
}

/** Mask and evenness of a volume. @param skips whether it keeps its intensities where it did not become more even. */
function qualityText(
  { volume, maskFraction, before, after, verdict = "helped" }: ReportedQuality,
  named: boolean,
  means: boolean,
  skips: boolean,
): string[] {
  const whose = named ? ` of volume ${volume}` : "";
  const mask = `Mask${whose}: ${percent(maskFraction)} of the sample positions.`;
  if (!before || !after) return [mask];
  const to = skips && !isMoreEven(verdict) ? "would go to" : "->";
  const pair = (key: keyof typeof before) => `${percent(before[key])} ${to} ${percent(after[key])}`;
  if (!means) return [`${mask} Variation of the samples ${pair("samples")}.`];
  const sections = before.sections > 0 ? `, of section means ${pair("sections")}` : "";
  return [`${mask} Variation of the samples ${pair("samples")}${sections}, of plane means ${pair("planes")}.`];
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** Time of a stage, and its rate where it moved bytes. */
function stageText({ name, seconds, bytes }: StageRecord): string {
  const rate = bytes > 0 && seconds > 0 ? `, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s` : "";
  return `${name} ${seconds.toFixed(2)} s${rate === "" ? "" : ` (${rate.slice(2)})`}`;
}
