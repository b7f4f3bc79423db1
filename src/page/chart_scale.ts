/**
 * Axes of charts: where a value lies, and which numbers stand beside it.
 *
 * @module
 */

// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear, scaleLog } from "npm:d3-scale@4.0.3";
import type { Axis, Range } from "./page_content.ts";

/** Where values lie along an axis. */
export interface Scale {
  /** Place of a value, rounded to a tenth; what lies below a logarithmic axis is at its low end. */
  place(value: number): number;
  /** Numbers to write. */
  readonly ticks: readonly number[];
}

/** A scale over all finite values (positive ones, where it is logarithmic), with about `count` ticks; `undefined` where there are none. */
export function createScale(
  axis: Axis,
  lists: readonly ArrayLike<number>[],
  places: Range,
  count: number,
): Scale | undefined {
  const extent = extentOf(axis, lists);
  if (!extent) return undefined;
  const log = axis.scale === "log";
  const scale = log ? scaleLog() : scaleLinear();
  scale.domain(extent).range(places);
  if (axis.fromZero) scale.nice(count);
  const ticks = log ? logTicks(scale.ticks(count), extent) : scale.ticks(count);
  return { place: (value) => Number(scale(log ? Math.max(value, extent[0]) : value).toFixed(1)), ticks };
}

function extentOf({ scale, fromZero }: Axis, lists: readonly ArrayLike<number>[]): Range | undefined {
  const log = scale === "log";
  let [lo, hi] = fromZero ? [0, -Infinity] : [Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (!Number.isFinite(list[i]) || (log && list[i] <= 0)) continue;
      [lo, hi] = [Math.min(lo, list[i]), Math.max(hi, list[i])];
    }
  }
  if (!(hi >= lo)) return undefined;
  if (hi > lo) return [lo, hi];
  return log ? [lo / 2, hi * 2] : [lo - 0.5, hi + 0.5];
}

/** Leading digits of the ticks of a logarithmic axis, from sparse to dense, and how many ticks are enough. */
const LOG_TICKS: readonly (readonly [digits: string, enough: number])[] = [["1", 3], ["125", 2], ["123456789", 2]];

/** The sparsest of these that leaves enough ticks; else the ends. */
function logTicks(ticks: readonly number[], extent: Range): readonly number[] {
  for (const [digits, enough] of LOG_TICKS) {
    const left = ticks.filter((tick) => digits.includes(tick.toExponential()[0]));
    if (left.length >= enough) return left;
  }
  return extent;
}
