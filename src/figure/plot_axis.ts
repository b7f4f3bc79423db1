/**
 * Axes of plots: from numbers to pixels (d3-scale), their ticks and labels.
 *
 * @module
 */

// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear, scaleLog } from "npm:d3-scale@4.0.3";
import { fixed } from "./plot_theme.ts";
import type { Rect } from "./svg.ts";
import { textElement } from "./svg.ts";

/** An axis of numbers. */
export interface AxisSpec {
  /** What it shows, with its unit. */
  readonly label: string;
  /** Left out: `linear`. */
  readonly scale?: "linear" | "log";
  /** Smallest and largest value; with `log` both > 0. The axis reaches at least so far. */
  readonly domain: readonly [lo: number, hi: number];
}

/** An axis in pixels. */
export interface Axis {
  /** Pixel of a value. */
  readonly at: (value: number) => number;
  /** Values that are labelled, with their texts. */
  readonly ticks: readonly (readonly [value: number, text: string])[];
}

/** An axis along pixels `from` to `to`, widened to round numbers; about one tick every `spacing` pixels. */
export function axisAlong({ scale = "linear", domain }: AxisSpec, from: number, to: number, spacing: number): Axis {
  const count = Math.max(2, Math.floor(Math.abs(to - from) / spacing));
  if (scale === "linear") {
    const linear = scaleLinear().domain(domain).range([from, to]).nice(count);
    return { at: (value) => linear(value), ticks: linear.ticks(count).map((tick) => [tick, numberText(tick)]) };
  }
  const log = scaleLog().domain(domain).range([from, to]);
  return { at: (value) => log(value), ticks: logTicks(domain, count).map((tick) => [tick, numberText(tick)]) };
}

/** Steps of a logarithmic axis, coarse to fine: every third decade, every second, every one, then digits between them. */
const LOG_STEPS: readonly { readonly decades: number; readonly digits: readonly number[] }[] = [
  { decades: 3, digits: [1] },
  { decades: 2, digits: [1] },
  { decades: 1, digits: [1] },
  { decades: 1, digits: [1, 3] },
  { decades: 1, digits: [1, 2, 5] },
  { decades: 1, digits: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
];

/** The finest steps for which there is room, but at least two ticks. */
function logTicks([lo, hi]: readonly [number, number], count: number): number[] {
  const choices = LOG_STEPS.map(({ decades, digits }) => {
    const ticks: number[] = [];
    const first = Math.floor(Math.log10(lo) / decades) * decades;
    for (let decade = first; decade <= Math.log10(hi); decade += decades) {
      ticks.push(...digits.map((digit) => Number(`${digit}e${decade}`)).filter((tick) => tick >= lo && tick <= hi));
    }
    return ticks;
  });
  const fitting = choices.filter((ticks) => ticks.length >= 2 && ticks.length <= Math.max(count, 3));
  return fitting.at(-1) ?? choices.find((ticks) => ticks.length >= 2) ?? [lo, hi];
}

/** A number as an axis shows it. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 1e5 || size < 1e-3)
    ? Number(value.toPrecision(6)).toExponential().replace("e+", "e")
    : String(Number(value.toPrecision(6)));
  return text.replaceAll("-", "−");
}

const FONT = 12;

/** The horizontal axis below a plot, with lines across it. */
export function xAxisElements({ ticks, at }: Axis, label: string, { x, y, width, height }: Rect): string[] {
  const bottom = y + height;
  return [
    ...ticks.flatMap(([value, text]) => [
      `<path class="grid" d="M${fixed(at(value))} ${y}V${bottom}"/>`,
      textElement(text, { x: at(value), y: bottom + 18, size: FONT, anchor: "middle", className: "soft" }),
    ]),
    `<path class="axis" d="M${x} ${bottom}H${x + width}"/>`,
    textElement(label, { x: x + width / 2, y: bottom + 38, size: FONT + 1, anchor: "middle", className: "soft" }),
  ];
}

/** The vertical axis on the left of a plot, its label above it. */
export function yAxisElements({ ticks, at }: Axis, label: string, { x, y, width }: Rect): string[] {
  return [
    ...ticks.flatMap(([value, text]) => [
      `<path class="grid" d="M${x} ${fixed(at(value))}H${x + width}"/>`,
      textElement(text, { x: x - 8, y: at(value) + 4, size: FONT, anchor: "end", className: "soft" }),
    ]),
    textElement(label, { x: x - 8, y: y - 12, size: FONT + 1, anchor: "start", className: "soft" }),
  ];
}
