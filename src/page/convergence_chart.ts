/**
 * How fits converged, as one chart.
 *
 * @module
 */

import type { Curve, CurveChart } from "../figure/chart.ts";

/** The course of one fit, or of one of several that share a name. */
export interface FitCourse extends Pick<Curve, "name" | "tone" | "thin"> {
  /** Its levels in order, each with the measure of every iteration. */
  readonly levels: readonly { readonly convergence: readonly number[] }[];
}

/** The convergence measure of every iteration, levels one after the other. @param threshold 0 is not drawn. */
export function convergenceChart(courses: readonly FitCourse[], threshold: number): CurveChart {
  const series = courses.flatMap(({ levels, ...course }): Curve[] => {
    let done = 0;
    return levels.filter(({ convergence }) => convergence.length > 0).map(({ convergence }) => {
      const x = convergence.map((_, k) => done + k + 1);
      done += convergence.length;
      return { ...course, shape: course.thin ? "line" : "dots", x, y: convergence };
    });
  });
  return {
    title: "Convergence",
    note: "Coefficient of variation of the ratio between two iterations' fields; a new curve for each level.",
    x: { label: "iteration" },
    y: { label: "change per iteration", scale: "log" },
    series,
    threshold: threshold > 0 ? { name: `threshold ${threshold}`, value: threshold } : undefined,
  };
}
