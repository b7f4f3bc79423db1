/**
 * The peers as pictures for docs/performance.md, readable on white and on dark: a row a contestant, the median's mark on a logarithmic axis with a hair line from the
 * shortest to the longest run, and how many times ours that is beside the name.
 *
 * @module
 */

import type { Dot } from "../src/figure/dot_plot.ts";
import { plotSheetSvg } from "../src/figure/plot_sheet.ts";
import type { Summary } from "./measure.ts";
import { type KeptDefaults, OURS, type PeerCase } from "./peers_table.ts";
import { brief } from "./results_page.ts";

/** One contestant: what is marked, in seconds. */
interface Row {
  readonly name: string;
  readonly marks: readonly { readonly series: number; readonly seconds: Summary }[];
  /** How many times ours the first mark is. */
  readonly times: number;
}

/** Equal work: one mark a contestant. */
export function equalSvg({ title, results, samples, ...origin }: PeerCase): string {
  const ours = results.find(({ name }) => name === OURS[2])?.summary.median ?? NaN;
  const rows = results.filter(({ failure }) => failure === undefined).map(({ name, summary }) => ({
    name,
    marks: [{ series: 0, seconds: summary }],
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
    const marks = [{ series: 0, seconds: same.summary }, { series: 1, seconds: defaults.summary }];
    return [{ name, marks, times: same.summary.median / ours }];
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
  const domainOf = (values: readonly number[]) => [Math.min(...values) / 1.3, Math.max(...values) * 1.3] as const;
  const plots = shown.map(({ title, courses }) => {
    const points = courses.flatMap(({ course }) => course);
    return {
      kind: "line",
      title,
      x: { label: "seconds, logarithmic", scale: "log", domain: domainOf(points.map(({ seconds }) => seconds)) },
      y: { label: "bias left, %, logarithmic", scale: "log", domain: domainOf(points.map(({ left }) => 100 * left)) },
      lines: courses.map(({ course }, series) => ({
        series,
        x: course.map(({ seconds }) => seconds),
        y: course.map(({ left }) => 100 * left),
      })),
    } as const;
  });
  const { device, date } = cases[cases.length - 1];
  const caption = [`From array to array, 5 to 100 % of each one's own iterations; ${device}; ${date}.`];
  const series = shown[0].courses.map(({ name }) => name.replace(/, (CPU|NumPy)/, ""));
  return plotSheetSvg({ title: "Bias left over time", caption, series, plots }, "auto");
}

function sheetOf(rows: readonly Row[], series: readonly string[], [title, caption]: readonly string[]): string {
  const all = rows.flatMap(({ marks }) => marks.flatMap(({ seconds: { min, max } }) => [min, max]));
  const domain = [Math.min(...all) / 1.5, Math.max(...all) * 1.5] as const;
  const dots = (marks: Row["marks"]): Dot[] =>
    marks.map(({ series, seconds: { median, min, max } }) => ({ series, value: median, range: [min, max] }));
  const plot = {
    kind: "dot",
    title: "",
    x: { label: "seconds, logarithmic", scale: "log", domain },
    rows: rows.map(({ name, marks, times }) => ({ label: `${name} (${brief(times)}×)`, dots: dots(marks) })),
  } as const;
  return plotSheetSvg({ title, caption: [caption], series, plots: [plot] }, "auto");
}
