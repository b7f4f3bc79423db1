/**
 * Charts as SVG inside the page: its colours are the style sheet's, so that it follows the theme, and it needs no script.
 *
 * @module
 */

// @ts-types="@types/d3-scale"
import { scaleLinear, scaleLog } from "d3-scale";
import { numberText } from "./format.ts";
import { html, type Markup } from "./markup.ts";
import type { Axis, Chart, Series } from "./page_content.ts";

/** Size of the drawing and what its axes take, in units of the SVG. */
const SIZE = { width: 440, height: 260 } as const;
const MARGIN = { left: 58, right: 10, top: 8, bottom: 42 } as const;
/** About so many numbers at an axis. */
const TICKS = { x: 7, y: 5 } as const;

/** Where a value lies along an axis. */
interface Scale {
  (value: number): number;
  domain(): number[];
  ticks(count: number): number[];
}

/** A chart with its title, legend and note. */
export function chartMarkup(chart: Chart): Markup {
  const x = scaleOf(chart.x, chart.series.map((series) => series.x), [MARGIN.left, SIZE.width - MARGIN.right]);
  const levels = chart.threshold ? [[chart.threshold.value]] : [];
  const values = [...chart.series.map((series) => series.y), ...levels];
  const y = scaleOf(chart.y, values, [SIZE.height - MARGIN.bottom, MARGIN.top]);
  if (!x || !y) return html``;
  return html`
    <figure class="chart card"><h3>${chart.title}</h3>
    ${legend(chart)}
    <svg viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${chart.title}: ${chart.note}">
    ${axisMarks(chart, x, y)}
    ${chart.series.map((series) => seriesMarkup(series, x, y))}
    ${thresholdMarkup(chart, y)}
    </svg>
    <figcaption>${chart.note}</figcaption></figure>
  `;
}

/** A scale over all finite values (positive ones, where it is logarithmic); `undefined` where there are none. */
function scaleOf(axis: Axis, lists: readonly ArrayLike<number>[], range: readonly [number, number]): Scale | undefined {
  const log = axis.scale === "log";
  let [lo, hi] = axis.fromZero ? [0, -Infinity] : [Infinity, -Infinity];
  for (const list of lists) {
    for (const value of Array.from(list)) {
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
    }
  }
  if (!(hi >= lo)) return undefined;
  if (hi === lo) [lo, hi] = log ? [lo / 2, hi * 2] : [lo - 0.5, hi + 0.5];
  if (log) return scaleLog().domain([lo, hi]).range(range);
  const scale = scaleLinear().domain([lo, hi]).range(range);
  return axis.fromZero ? scale.nice(TICKS.y) : scale;
}

function legend({ series, threshold }: Chart): Markup {
  const entry = (tone: string, name: string) => html`<li class="${tone}">${name}</li>`;
  const names = new Map(series.map(({ name, tone }) => [name, tone]));
  const entries = [...names].map(([name, tone]) => entry(tone, name));
  return html`<ul class="legend">${entries}${threshold ? entry("threshold", threshold.name) : undefined}</ul>`;
}

function axisMarks(chart: Chart, x: Scale, y: Scale): Markup {
  const bottom = SIZE.height - MARGIN.bottom;
  const middle = (MARGIN.left + SIZE.width - MARGIN.right) / 2;
  const xTicks = ticksOf(x, chart.x, TICKS.x).map((value) =>
    html`<text class="tick" x="${round(x(value))}" y="${bottom + 17}" text-anchor="middle">${numberText(value)}</text>`
  );
  const yTicks = ticksOf(y, chart.y, TICKS.y).map((value) =>
    html`
      <line class="grid" x1="${MARGIN.left}" x2="${SIZE.width - MARGIN.right}" y1="${round(y(value))}" y2="${round(
        y(value),
      )}" />
      <text class="tick" x="${MARGIN.left - 8}" y="${round(y(value) + 4)}" text-anchor="end">${numberText(value)}</text>
    `
  );
  const side = `rotate(-90 14 ${(bottom + MARGIN.top) / 2})`;
  return html`${yTicks}${xTicks}
<text class="axis" x="${middle}" y="${SIZE.height - 6}" text-anchor="middle">${chart.x.title}</text>
<text class="axis" x="14" y="${
    (bottom + MARGIN.top) / 2
  }" text-anchor="middle" transform="${side}">${chart.y.title}</text>`;
}

/** Numbers at an axis: on a logarithmic one over two decades or more the powers of ten alone. */
function ticksOf(scale: Scale, axis: Axis, count: number): number[] {
  const ticks = scale.ticks(count);
  if (axis.scale !== "log") return ticks;
  const decades = ticks.filter((tick) => Number.isInteger(Math.log10(tick)));
  if (decades.length >= 3) return decades;
  const round = ticks.filter((tick) => [1, 2, 5].includes(Number(tick.toExponential().split("e")[0])));
  return round.length >= 2 ? round : ticks.length <= count ? ticks : scale.domain();
}

function seriesMarkup({ tone, shape, x, y }: Series, xScale: Scale, yScale: Scale): Markup {
  const points: (readonly [number, number] | undefined)[] = [];
  const logLike = yScale.domain()[0] > 0 ? yScale.domain()[0] : undefined;
  for (let i = 0; i < y.length; i++) {
    const value = logLike === undefined ? y[i] : Math.max(y[i], logLike);
    const ends = shape === "steps" ? [x[i], x[i + 1]] : [x[i]];
    for (const end of ends) {
      const known = Number.isFinite(value) && Number.isFinite(end);
      points.push(known ? [round(xScale(end)), round(yScale(value))] : undefined);
    }
  }
  const line = pathOf(points);
  const dots = shape === "dots"
    ? points.map((point) =>
      point && html`
        <circle class="dot" cx="${point[0]}" cy="${point[1]}" r="2.4" />
      `
    )
    : [];
  const base = SIZE.height - MARGIN.bottom;
  const [first, last] = [points.find(Boolean), points.findLast(Boolean)];
  const area = shape === "steps" && first && last
    ? html`
      <path class="area" d="${line}V${base}H${first[0]}Z" />
    `
    : undefined;
  return html`
    <g class="${tone}">${area}<path class="line" d="${line}"/>${dots}</g>
  `;
}

/** A path through points, broken where one is missing. */
function pathOf(points: readonly (readonly [number, number] | undefined)[]): string {
  let path = "";
  let pen = "M";
  for (const point of points) {
    if (point) path += `${pen}${point[0]} ${point[1]}`;
    pen = point ? "L" : "M";
  }
  return path;
}

function thresholdMarkup({ threshold }: Chart, y: Scale): Markup | undefined {
  if (!threshold) return undefined;
  const at = round(y(threshold.value));
  return html`
    <line class="threshold" x1="${MARGIN.left}" x2="${SIZE.width - MARGIN.right}" y1="${at}" y2="${at}" />
  `;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
