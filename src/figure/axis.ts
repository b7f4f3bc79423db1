/**
 * Axes of charts: from numbers to pixels (d3-scale), and which numbers stand beside them.
 *
 * @module
 */

// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear, scaleLog } from "npm:d3-scale@4.0.3";
import type { Axis, Range } from "./chart.ts";
import { numberText, powerText } from "./format.ts";
import { textWidth } from "./svg.ts";

/** Height of the numbers beside an axis. */
export const TICK_SIZE = 12;
/** Least distance of two numbers side by side. */
const TICK_GAP = 10;
/** About so many pixels from number to number, by the axis' direction. */
const SPACING = { across: 70, up: 36 } as const;

/** An axis in pixels. */
export interface PlacedAxis {
  /** Pixel of a value; what lies below a logarithmic axis is at its low end. */
  readonly at: (value: number) => number;
  /** Values that are labelled, with their texts. */
  readonly ticks: readonly (readonly [value: number, text: string])[];
}

/** The range of all values that can be drawn along an axis; `undefined` where there are none. */
export function domainOf({ scale, fromZero }: Axis, lists: readonly ArrayLike<number>[]): Range | undefined {
  const log = scale === "log";
  let [lo, hi] = [Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (!Number.isFinite(list[i]) || (log && list[i] <= 0)) continue;
      if (list[i] < lo) lo = list[i];
      if (list[i] > hi) hi = list[i];
    }
  }
  if (hi < lo) return undefined;
  if (fromZero) return [Math.min(lo, 0), hi > 0 ? hi : 1];
  if (!log) return hi > lo ? [lo, hi] : [lo - 0.5, hi + 0.5];
  const [middle, half] = [Math.sqrt(lo * hi), Math.sqrt(10)];
  return [Math.min(lo, middle / half), Math.max(hi, middle * half)];
}

/** An axis from pixel `from` to `to`: across where it grows, up where it falls. */
export function placeAxis({ scale, fromZero }: Axis, domain: Range, from: number, to: number): PlacedAxis {
  const across = to > from;
  const most = Math.max(2, Math.floor(Math.abs(to - from) / (across ? SPACING.across : SPACING.up)));
  const linear = scaleLinear().domain(domain).range([from, to]);
  if (fromZero) linear.nice(most);
  const place = scale === "log" ? scaleLog().domain(domain).range([from, to]) : linear;
  const at = (value: number) => place(scale === "log" ? Math.max(value, domain[0]) : value);
  const apart = (values: readonly number[]) =>
    !across || values.every((value, i) => {
      const text = tickText(value) + (i === 0 ? "" : tickText(values[i - 1]));
      return i === 0 || at(value) - at(values[i - 1]) >= textWidth(text, TICK_SIZE) / 2 + TICK_GAP;
    });
  const counts = Array.from({ length: most - 1 }, (_, i) => most - i);
  const choices = [
    ...(scale === "log" ? logTicks(domain, Math.max(most, 3)) : []),
    ...counts.map((count) => linear.ticks(count)),
  ].filter(({ length }) => length >= 2);
  const ticks = choices.find(apart) ?? choices.at(-1) ?? domain;
  return { at, ticks: ticks.map((value) => [value, tickText(value)]) };
}

/** Steps of a logarithmic axis, fine to coarse: digits of every decade, then every second and third decade. */
const LOG_STEPS: readonly { readonly decades: number; readonly digits: string }[] = [
  { decades: 1, digits: "123456789" },
  { decades: 1, digits: "125" },
  { decades: 1, digits: "13" },
  { decades: 1, digits: "1" },
  { decades: 2, digits: "1" },
  { decades: 3, digits: "1" },
];

/** The ticks of these steps, as far as they are at most so many. */
function logTicks([lo, hi]: Range, most: number): number[][] {
  return LOG_STEPS.map(({ decades, digits }) => {
    const ticks: number[] = [];
    const first = Math.floor(Math.log10(lo) / decades) * decades;
    for (let decade = first; decade <= Math.log10(hi); decade += decades) {
      ticks.push(
        ...[...digits].map((digit) => Number(`${digit}e${decade}`)).filter((tick) => tick >= lo && tick <= hi),
      );
    }
    return ticks;
  }).filter(({ length }) => length <= most);
}

/** A number as an axis shows it: in powers of ten from a million on, with a true minus sign. */
export function tickText(value: number): string {
  const text = Math.abs(value) >= 1e6 ? powerText(value, 6) : numberText(value, 6);
  return text.replaceAll("-", "−");
}
