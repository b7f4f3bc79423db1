/**
 * Plots of lines over a number: histograms as steps, courses as lines.
 *
 * @module
 */

import { axisAlong, type AxisSpec, xAxisElements, yAxisElements } from "./plot_axis.ts";
import { DASHES, fixed } from "./plot_theme.ts";
import type { Rect } from "./svg.ts";

/** A line. */
export interface LineSeries {
  /** Which colour and pattern: the same number for the same thing in all plots of a sheet. */
  readonly series: number;
  /** Without the pattern: for a line that is alone in its plot. */
  readonly solid?: boolean;
  /** Abscissae; one more than ordinates for steps: their edges. */
  readonly x: ArrayLike<number>;
  /** Ordinates; NaN leaves a gap. */
  readonly y: ArrayLike<number>;
}

/** A plot of lines. */
export interface LinePlot {
  /** `line`. */
  readonly kind: "line";
  /** Text above it. */
  readonly title: string;
  /** Horizontal axis. */
  readonly x: AxisSpec;
  /** Vertical axis. */
  readonly y: AxisSpec;
  /** Lines, drawn in order. */
  readonly lines: readonly LineSeries[];
  /** A value of x that is marked by a line from top to bottom. */
  readonly mark?: number;
}

/** The elements of a plot whose axes bound `area`. */
export function linePlotElements({ x, y, lines, mark }: LinePlot, area: Rect): string[] {
  const across = axisAlong(x, area.x, area.x + area.width, 80);
  const up = axisAlong(y, area.y + area.height, area.y, 48);
  return [
    ...yAxisElements(up, y.label, area),
    ...xAxisElements(across, x.label, area),
    ...(mark === undefined ? [] : [
      `<path class="axis" stroke-dasharray="3 3" d="M${fixed(across.at(mark))} ${area.y}V${area.y + area.height}"/>`,
    ]),
    ...lines.map(({ series, solid = false, x: xs, y: ys }) => {
      const path = xs.length === ys.length + 1 ? steps(xs, ys, across.at, up.at) : polyline(xs, ys, across.at, up.at);
      const dash = solid || DASHES[series] === "" ? "" : ` stroke-dasharray="${DASHES[series]}"`;
      return `<path class="line${series}" stroke-width="1.8" stroke-linejoin="round"${dash} d="${path}"/>`;
    }),
  ];
}

type ToPixel = (value: number) => number;

function steps(edges: ArrayLike<number>, heights: ArrayLike<number>, across: ToPixel, up: ToPixel): string {
  let path = `M${fixed(across(edges[0]))} ${fixed(up(0))}`;
  for (let i = 0; i < heights.length; i++) path += `V${fixed(up(heights[i]))}H${fixed(across(edges[i + 1]))}`;
  return `${path}V${fixed(up(0))}`;
}

function polyline(xs: ArrayLike<number>, ys: ArrayLike<number>, across: ToPixel, up: ToPixel): string {
  let path = "";
  let pen = "M";
  for (let i = 0; i < ys.length; i++) {
    if (!Number.isFinite(ys[i])) {
      pen = "M";
      continue;
    }
    path += `${pen}${fixed(across(xs[i]))} ${fixed(up(ys[i]))}`;
    pen = "L";
  }
  return path;
}
