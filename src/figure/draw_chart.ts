/**
 * Draws a chart within its axes.
 *
 * @module
 */

import { domainOf, placeAxis, type PlacedAxis, TICK_SIZE } from "./axis.ts";
import type { Axis, Chart, Curve, CurveChart, DotChart, Dots } from "./chart.ts";
import { classOf, levelElement, lineElement, markElement } from "./legend.ts";
import { type Markup, markup, type MarkupValue } from "./markup.ts";
import { fixed, type Rect, textElement } from "./svg.ts";

/** Room for the numbers on the left of a vertical axis, for its label above it, and for numbers and label below. */
export const AROUND = { left: 48, above: 24, below: 46 } as const;

/** What is drawn keeps so far from the ends of an axis that does not begin at 0. */
const INSET = 8;

/** Whether there is something to draw. */
export function hasValues(chart: CurveChart): boolean {
  return domainOf(chart.x, xValues(chart)) !== undefined && domainOf(chart.y, yValues(chart)) !== undefined;
}

/** The elements of a chart whose axes bound `area`. @param rowLabels width for the names of rows, on the left. */
export function chartElements(chart: Chart, area: Rect, rowLabels = 0): MarkupValue {
  const { x, y, width, height } = area;
  const across = placed(chart.x, xValues(chart), x, x + width);
  return [
    xAxisElements(across, chart.x.label, area),
    chart.mark !== undefined &&
    markup`<path class="axis" stroke-dasharray="3 3" d="M${fixed(across.at(chart.mark))} ${y}v${height}"/>\n`,
    "rows" in chart ? rowElements(chart, across, area, rowLabels) : curveElements(chart, across, area),
  ];
}

function xValues({ series, mark }: Chart): ArrayLike<number>[] {
  const values = series.map((one) =>
    "x" in one ? one.x : one.values.flatMap((dot) => dot ? [dot.value, ...(dot.range ?? [])] : [])
  );
  return [...values, mark === undefined ? [] : [mark]];
}

function yValues({ series, threshold }: CurveChart): ArrayLike<number>[] {
  return [...series.map(({ y }) => y), threshold ? [threshold.value] : []];
}

/** An axis over lists of values; over anything, where there are none. */
function placed(axis: Axis, lists: readonly ArrayLike<number>[], from: number, to: number): PlacedAxis {
  const inset = axis.fromZero ? 0 : INSET * Math.sign(to - from);
  return placeAxis(axis, domainOf(axis, lists) ?? [1, 10], from + inset, to - inset);
}

function xAxisElements({ ticks, at }: PlacedAxis, label: string, { x, y, width, height }: Rect): Markup[] {
  const bottom = y + height;
  return [
    ...ticks.map(([value, text]) =>
      markup`<path class="grid" d="M${fixed(at(value))} ${y}V${bottom}"/>${
        textElement(text, { x: at(value), y: bottom + 17, size: TICK_SIZE, anchor: "middle", colour: "soft" })
      }`
    ),
    markup`<path class="axis" d="M${x} ${bottom}h${width}"/>\n`,
    textElement(label, { x: x + width / 2, y: bottom + 37, size: TICK_SIZE + 1, anchor: "middle", colour: "soft" }),
  ];
}

/** The vertical axis, its label above it: beside its numbers it would run over them. */
function yAxisElements({ ticks, at }: PlacedAxis, label: string, { x, y, width }: Rect): Markup[] {
  return [
    ...ticks.map(([value, text]) =>
      markup`<path class="grid" d="M${x} ${fixed(at(value))}h${width}"/>${
        textElement(text, { x: x - 8, y: at(value) + 4, size: TICK_SIZE, anchor: "end", colour: "soft" })
      }`
    ),
    textElement(label, { x: x - 8, y: y - 12, size: TICK_SIZE + 1, colour: "soft" }),
  ];
}

function curveElements(chart: CurveChart, across: PlacedAxis, area: Rect): MarkupValue {
  const { x, y, width, height } = area;
  const { series, threshold } = chart;
  const up = placed(chart.y, yValues(chart), y + height, y);
  return [
    yAxisElements(up, chart.y.label, area),
    series.map((curve) => curveElement(curve, series, across, up, y + height)),
    threshold && levelElement(x, x + width, up.at(threshold.value)),
  ];
}

/** A point of the drawing; `undefined` where a curve is broken. */
type Point = readonly [x: number, y: number] | undefined;

function curveElement(curve: Curve, all: readonly Curve[], across: PlacedAxis, up: PlacedAxis, bottom: number): Markup {
  const { shape, x, y } = curve;
  const points: Point[] = [];
  for (let i = 0; i < y.length; i++) {
    for (const at of shape === "steps" ? [x[i], x[i + 1]] : [x[i]]) {
      const known = Number.isFinite(y[i]) && Number.isFinite(at);
      points.push(known ? [fixed(across.at(at)), fixed(up.at(y[i]))] : undefined);
    }
  }
  const line = pathOf(points);
  const known = points.filter((point) => point !== undefined);
  return markup`<g class="${classOf(curve)}">${
    shape === "steps" && known.length > 0 && markup`<path class="area" d="${line}V${bottom}H${known[0][0]}Z"/>`
  }${lineElement(curve, all, line)}${
    shape === "dots" && known.map(([cx, cy]) => markup`<circle class="mark" cx="${cx}" cy="${cy}" r="2.2"/>`)
  }</g>
`;
}

/** A path through points, broken where one is missing. */
function pathOf(points: readonly Point[]): string {
  let path = "";
  let pen = "M";
  for (const point of points) {
    if (point) path += `${pen}${point[0]} ${point[1]}`;
    pen = point ? "L" : "M";
  }
  return path;
}

/** Height of a row. */
export const ROW_HEIGHT = 42;

function rowElements({ rows, series }: DotChart, across: PlacedAxis, { x, y, width }: Rect, labels: number): Markup[] {
  return rows.map((label, row) => {
    const middle = y + (row + 0.5) * ROW_HEIGHT;
    const here = series.filter(({ values }) => values[row] !== undefined);
    return markup`${
      labels > 0 &&
      textElement(label, { x: x - 12, y: middle + 4, size: 12, anchor: "end", colour: "soft", within: labels })
    }<path class="grid" d="M${x} ${middle}h${width}"/>
${here.map((dots, k) => dotElement(dots, row, across, middle + lane(k, here.length)))}`;
  });
}

/** Dots of a row stand below each other, so that equal values stay apart. */
function lane(k: number, count: number): number {
  return count === 1 ? 0 : (k / (count - 1) - 0.5) * Math.min(ROW_HEIGHT - 16, 9 * (count - 1));
}

function dotElement(dots: Dots, row: number, across: PlacedAxis, y: number): Markup {
  const { value, range: [lo, hi] = [NaN, NaN] } = dots.values[row] ?? { value: NaN };
  return markup`<g class="${classOf(dots)}">${
    hi > lo && markup`<path class="line" d="M${fixed(across.at(lo))} ${fixed(y)}H${fixed(across.at(hi))}"/>`
  }${markElement(dots.tone, across.at(value), y)}</g>
`;
}
