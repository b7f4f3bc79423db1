/**
 * The referee's results as text and as Markdown.
 *
 * @module
 */

import type { DeviceInfo } from "../../src/backends/backend.ts";
import type { Comparison } from "./compare.ts";

/** What bench/results/referee.json holds. */
export interface RefereeReport {
  /** Day of the run. */
  readonly date: string;
  /** What was typed. */
  readonly command: string;
  /** What our fits ran on. */
  readonly device: DeviceInfo;
  /** Cores that both sides could use. */
  readonly cores: number;
  /** Versions of everything that took part. */
  readonly versions: Readonly<Record<string, string>>;
  /** The rows. */
  readonly comparisons: readonly Comparison[];
}

const COLUMNS = ["case", "voxels", "max", "rms", "1 - r", "ITK s", "ours s", "ratio", "gate", "verdict"];

const WIDTHS = [58, 10, 8, 8, 8, 8, 8, 6, 10, 8];

/** The text table's first line. */
export const TEXT_HEADER: string = padded(COLUMNS);

/** A row, and the explanation below it where there is one. */
export function textRow(comparison: Comparison): string {
  const note = noteOf(comparison);
  return padded(cells(comparison)) + (note ? `\n    ${note}` : "");
}

/** The whole report. */
export function markdownTable(report: RefereeReport): string {
  const { date, command, device, cores, versions, comparisons } = report;
  const line = (texts: readonly string[]) => `| ${texts.join(" | ")} |`;
  const rows = comparisons.map((comparison) => line(cells(comparison)));
  const notes = comparisons.flatMap((comparison) => {
    const note = noteOf(comparison);
    return note ? [`- ${comparison.title}: ${note}.`] : [];
  });
  const from = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
  return [
    `Made by \`${command}\` on ${date}, ${cores} cores, ${device.name}; ${from}.`,
    "",
    line(COLUMNS),
    line(COLUMNS.map((_, i) => (i === 0 || i === 9 ? "---" : "---:"))),
    ...rows,
    "",
    ...(notes.length > 0 ? ["Where a threshold ends the levels:", "", ...notes, ""] : []),
  ].join("\n");
}

function cells(c: Comparison): string[] {
  const gate = "max" in c.gate ? `max ${brief(c.gate.max)}` : `r ${c.gate.r}`;
  return [
    c.title,
    c.voxels.toLocaleString("en"),
    brief(c.max),
    brief(c.rms),
    brief(1 - c.r),
    c.itkSeconds.toFixed(2),
    c.seconds.toFixed(2),
    c.itkThreads === "default" ? (c.itkSeconds / c.seconds).toFixed(0) : "-",
    gate,
    c.passed ? "holds" : "FAILS",
  ];
}

function noteOf({ iterations, itkIterations, explanation, stops }: Comparison): string | undefined {
  if (!stops) return undefined;
  const counts = `iterations ${iterations.join(" + ")} here, ${itkIterations.join(" + ")} in ITK`;
  return explanation ? `${counts}; ${explanation}` : counts;
}

function brief(value: number): string {
  return value.toExponential(1);
}

function padded(texts: readonly string[]): string {
  return texts.map((text, i) => (i === 0 ? text.padEnd(WIDTHS[i]) : text.padStart(WIDTHS[i]))).join(" ");
}
