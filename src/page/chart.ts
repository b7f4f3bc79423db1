/**
 * Charts as SVG inside the page: its colours are the style sheet's, so that it follows the theme, and it needs no script.
 *
 * @module
 */

import { createScale, type Scale } from "./chart_scale.ts";
import { numberText } from "./format.ts";
import { Markup, markup } from "./markup.ts";
import type { Chart, Series } from "./page_content.ts";

/** Size of the drawing and the frame of its axes, in units of the SVG. */
const SIZE = { width: 440, height: 260 } as const;
const FRAME = { left: 58, right: 430, top: 8, bottom: 218 } as const;
/** About so many numbers at an axis. */
const TICKS = { x: 7, y: 5 } as const;

/** A chart with its title, legend and note; nothing, where no value can be drawn. */
export function chartMarkup(chart: Chart): Markup {
  const { title, note, series, threshold } = chart;
  const levels = threshold ? [[threshold.value]] : [];
  const x = createScale(chart.x, series.map((one) => one.x), [FRAME.left, FRAME.right], TICKS.x);
  const y = createScale(chart.y, [...series.map((one) => one.y), ...levels], [FRAME.bottom, FRAME.top], TICKS.y);
  if (!x || !y) return new Markup("");
  return markup`<figure class="chart card"><h3>${title}</h3>
${legend(chart)}
<svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${title}: ${note}">
${axisMarks(chart, x, y)}
${series.map((one) => seriesMarkup(one, x, y))}
${threshold && level("threshold", y.place(threshold.value))}
</svg>
<figcaption>${note}</figcaption></figure>
`;
}

/** An entry for every name. */
function legend({ series, threshold }: Chart): Markup {
  const tones = new Map<string, string>(series.map(({ name, tone }) => [name, tone]));
  if (threshold) tones.set(threshold.name, "threshold");
  return markup`<ul class="legend">${[...tones].map(([name, tone]) => markup`<li class="${tone}">${name}</li>`)}</ul>`;
}

function axisMarks(chart: Chart, x: Scale, y: Scale): readonly Markup[] {
  const { left, right, top, bottom } = FRAME;
  const side = (top + bottom) / 2;
  return [
    ...y.ticks.map((value) => level("grid", y.place(value))),
    ...y.ticks.map((value) => text(numberText(value), left - 8, y.place(value) + 4, "end")),
    ...x.ticks.map((value) => text(numberText(value), x.place(value), bottom + 17, "middle")),
    text(chart.x.title, (left + right) / 2, SIZE.height - 6, "middle"),
    markup`<g transform="rotate(-90 13 ${side})">${text(chart.y.title, 13, side, "middle")}</g>`,
  ];
}

/** A line across the chart. */
function level(className: string, at: number): Markup {
  return markup`<line class="${className}" x1="${FRAME.left}" x2="${FRAME.right}" y1="${at}" y2="${at}"/>`;
}

function text(content: string, x: number, y: number, anchor: "middle" | "end"): Markup {
  return markup`<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`;
}

/** A point of the drawing; `undefined` where a curve is broken. */
type Point = readonly [x: number, y: number] | undefined;

function seriesMarkup({ tone, shape, x, y }: Series, xScale: Scale, yScale: Scale): Markup {
  const points: Point[] = [];
  for (let i = 0; i < y.length; i++) {
    for (const at of shape === "steps" ? [x[i], x[i + 1]] : [x[i]]) {
      const known = Number.isFinite(y[i]) && Number.isFinite(at);
      points.push(known ? [xScale.place(at), yScale.place(y[i])] : undefined);
    }
  }
  const line = pathOf(points);
  const known = points.filter((point) => point !== undefined);
  const area = shape === "steps" && known.length > 0
    ? markup`<path class="area" d="${line}V${FRAME.bottom}H${known[0][0]}Z"/>`
    : undefined;
  const dots = shape === "dots" ? known.map(([cx, cy]) => markup`<circle cx="${cx}" cy="${cy}" r="2.2"/>`) : undefined;
  return markup`<g class="${tone}">${area}<path class="line" d="${line}"/>${dots}</g>
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
