/**
 * How fits converged, as one chart.
 *
 * @module
 */

import type { Chart, Series } from "./page_content.ts";

/** The course of one fit, or of one of several that share a name. */
export interface FitCourse extends Pick<Series, "name" | "tone"> {
  /** Its levels in order, each with the measure of every iteration. */
  readonly levels: readonly { readonly convergence: readonly number[] }[];
}

/** The convergence measure of every iteration, levels one after the other. `threshold` 0 is not drawn. */
export function convergenceChart(courses: readonly FitCourse[], threshold: number): Chart {
  const series = courses.flatMap(({ name, tone, levels }): Series[] => {
    let done = 0;
    return levels.filter(({ convergence }) => convergence.length > 0).map(({ convergence }) => {
      const x = convergence.map((_, k) => done + k + 1);
      done += convergence.length;
      return { name, tone, shape: "dots", x, y: convergence };
    });
  });
  return {
    title: "Convergence",
    note: "Coefficient of variation of the ratio between two iterations' fields; a new curve for each level.",
    x: { title: "iteration" },
    y: { title: "change per iteration", scale: "log" },
    series,
    ...(threshold > 0 ? { threshold: { name: `threshold ${threshold}`, value: threshold } } : {}),
  };
}
