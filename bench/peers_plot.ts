/**
 * The peers as pictures for docs/performance.md, readable on white and on dark: a row a contestant, the median's mark on a logarithmic axis with a hair line from the
 * shortest to the longest run, and how many times ours that is beside the name.
 *
 * @module
 */

import type { CurveChart, DotChart } from "../src/figure/chart.ts";
import { sheetSvg } from "../src/figure/sheet.ts";
import type { Summary } from "./measure.ts";
import { type KeptDefaults, OURS, type PeerCase } from "./peers_table.ts";
import { brief } from "./results_page.ts";

/** One contestant: what is marked, in seconds. */
interface Row {
  readonly name: string;
  readonly marks: readonly Summary[];
  /** How many times ours the first mark is. */
  readonly times: number;
}

/** Equal work: one mark a contestant. */
export function equalSvg({ title, results, samples, ...origin }: PeerCase): string {
  const ours = results.find(({ name }) => name === OURS[2])?.summary.median ?? NaN;
  const rows = results.filter(({ failure }) => failure === undefined).map(({ name, summary }) => ({
    name,
    marks: [summary],
    times: summary.median / ours,
  }));
  return sheetOf(rows, ["median of the runs, from the shortest to the longest"], [
    `Equal work on ${title}`,
    `${samples.toLocaleString("en")} samples; ${origin.device}; ${origin.date}. In brackets: times n4 with 2 workers.`,
  ]);
}

/** Own defaults, and to the same bias left: two marks a contestant. */
export function defaultsSvg({ title, results, common, ...origin }: KeptDefaults): string {
  const ours = results.find(({ name }) => name === "n4")?.same?.summary.median ?? NaN;
  const rows = results.flatMap(({ name, defaults, same }): Row[] => {
    if (!defaults || !same) return [];
    return [{ name, marks: [same.summary, defaults.summary], times: same.summary.median / ours }];
  });
  const left = (100 * common).toFixed(1);
  return sheetOf(rows, [`until ${left} % of bias are left`, "with its own defaults"], [
    `A correction of ${title}`,
    `From array to array; ${origin.device}; ${origin.date}. In brackets: times n4, to the same bias left.`,
  ]);
}

/**
 * What each program leaves after more and more of its own iterations, over the seconds that they take; a plot a case. ANTs, whose filter is ITK's, is left out: six lines can
 * be told apart.
 */
export function courseSvg(cases: readonly KeptDefaults[]): string {
  const shown = cases.map(({ title, results }) => ({
    title,
    courses: results.flatMap(({ name, course }) => course && !name.startsWith("ANTs") ? [{ name, course }] : []),
  }));
  const charts = shown.map(({ title, courses }): CurveChart => ({
    title,
    x: { label: "seconds, logarithmic", scale: "log" },
    y: { label: "bias left, %, logarithmic", scale: "log" },
    series: courses.map(({ name, course }, tone) => ({
      name: name.replace(/, (CPU|NumPy)/, ""),
      tone,
      shape: "line",
      x: course.map(({ seconds }) => seconds),
      y: course.map(({ left }) => 100 * left),
    })),
  }));
  const { device, date } = cases[cases.length - 1];
  const caption = `From array to array, 5 to 100 % of each one's own iterations; ${device}; ${date}.`;
  return sheetSvg({ title: "Bias left over time", caption, charts }, "auto");
}

function sheetOf(rows: readonly Row[], series: readonly string[], [title, caption]: readonly string[]): string {
  const chart: DotChart = {
    title: "",
    x: { label: "seconds, logarithmic", scale: "log" },
    rows: rows.map(({ name, times }) => `${name} (${brief(times)}×)`),
    series: series.map((name, tone) => ({
      name,
      tone,
      values: rows.map(({ marks }) => ({ value: marks[tone].median, range: [marks[tone].min, marks[tone].max] })),
    })),
  };
  return sheetSvg({ title, caption, charts: [chart] }, "auto");
}
