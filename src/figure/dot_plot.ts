/**
 * Dot plots (W. S. Cleveland 1984, doi:10.2307/2683253): a row a case, a mark a contestant, a hair line from the smallest to the largest value.
 *
 * @module
 */

import { axisAlong, type AxisSpec, xAxisElements } from "./plot_axis.ts";
import { fixed, markElement } from "./plot_theme.ts";
import { type Rect, textElement } from "./svg.ts";

/** A value of one contestant. */
export interface Dot {
  /** Which colour and mark: the same number for the same contestant in all plots of a sheet. */
  readonly series: number;
  /** The value that is marked. */
  readonly value: number;
  /** Smallest and largest value; left out: no hair line. */
  readonly range?: readonly [lo: number, hi: number];
}

/** A dot plot. */
export interface DotPlot {
  /** `dot`. */
  readonly kind: "dot";
  /** Text above it. */
  readonly title: string;
  /** Horizontal axis. */
  readonly x: AxisSpec;
  /** Rows from the top. */
  readonly rows: readonly { readonly label: string; readonly dots: readonly Dot[] }[];
  /** A value that is marked by a line from top to bottom. */
  readonly mark?: number;
}

/** Height of a row, pixels. */
export const ROW_HEIGHT = 42;

/** The elements of a plot whose axes bound `area`; rows are named on the left of it, within `labels` pixels. */
export function dotPlotElements({ x, rows, mark }: DotPlot, area: Rect, labels: number): string[] {
  const across = axisAlong(x, area.x + 10, area.x + area.width - 10, 70);
  return [
    ...xAxisElements(across, x.label, area),
    ...(mark === undefined ? [] : [
      `<path class="axis" stroke-dasharray="3 3" d="M${fixed(across.at(mark))} ${area.y}V${area.y + area.height}"/>`,
    ]),
    ...rows.flatMap(({ label, dots }, i) => {
      const y = area.y + (i + 0.5) * (area.height / rows.length);
      return [
        ...(labels > 0
          ? [
            textElement(label, {
              x: area.x - 12,
              y: y + 4,
              size: 12,
              anchor: "end",
              className: "soft",
              within: labels,
            }),
          ]
          : []),
        `<path class="grid" d="M${area.x} ${fixed(y)}H${area.x + area.width}"/>`,
        ...dots.flatMap((dot, k) => dotElements(dot, across.at, y + lane(k, dots.length))),
      ];
    }),
  ];
}

/** Dots of a row stand below each other, so that equal values stay apart. */
function lane(k: number, count: number): number {
  return count === 1 ? 0 : (k / (count - 1) - 0.5) * Math.min(ROW_HEIGHT - 16, 9 * (count - 1));
}

function dotElements({ series, value, range }: Dot, across: (value: number) => number, y: number): string[] {
  const [lo, hi] = range ?? [value, value];
  return [
    ...(hi > lo
      ? [`<path class="line${series}" stroke-width="1.5" d="M${fixed(across(lo))} ${fixed(y)}H${fixed(across(hi))}"/>`]
      : []),
    markElement(series, across(value), y),
  ];
}
