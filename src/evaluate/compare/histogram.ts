/**
 * Histograms of several lists over the same bins, to be drawn over each other.
 *
 * @module
 */

import { percentilesOf, type ValueMap } from "../../intensity/count/statistics.ts";

/** How often values of one list fall into each bin. */
interface HistogramSeries {
  /** Whose values. */
  readonly name: string;
  /** Values per bin; length of the edges less one. What lies beyond the edges is in no bin. */
  readonly counts: Uint32Array;
  /** Values of the whole list, in bins or not. */
  readonly total: number;
}

/** Histograms over the same bins. */
export interface Histograms {
  /** What is counted, with its unit. */
  readonly quantity: string;
  /** Edges of the bins, ascending, evenly spaced; a bin takes its lower edge, the last one both. */
  readonly edges: Float64Array;
  /** One a list. */
  readonly series: readonly HistogramSeries[];
}

/** Bins: fine enough for the shape of two peaks, coarse enough for 10,000 values. */
const BINS = 64;

/** The part of the values, in percent, that may lie beyond either end. */
const CUT = 0.2;

/** Values to be counted. */
interface CountedList {
  /** The values; those that are not finite do not count. */
  readonly values: Float32Array;
  /** Only inside it; left out: all. */
  readonly mask?: Uint8Array;
  /** A growing function whose values are counted; left out: the values themselves. */
  readonly of?: ValueMap;
}

/**
 * Counts lists over bins that reach from the smallest 0.2nd to the largest 99.8th percentile of them. Lists without a
 * value count nothing.
 */
export function histogramsOf(quantity: string, lists: Readonly<Record<string, CountedList>>): Histograms {
  const ends = Object.values(lists)
    .map(({ values, mask, of }) => percentilesOf(values, [CUT, 100 - CUT], of, mask))
    .filter(([low]) => !Number.isNaN(low));
  const lo = Math.min(...ends.map(([low]) => low), Infinity);
  const hi = Math.max(...ends.map(([, high]) => high), -Infinity);
  const [from, to] = lo < hi ? [lo, hi] : isFinite(lo) ? around(lo) : [0, 1];
  const edges = Float64Array.from({ length: BINS + 1 }, (_, i) => from + ((to - from) * i) / BINS);
  return { quantity, edges, series: Object.entries(lists).map(([name, list]) => ({ name, ...count(list, edges) })) };
}

/** A range around the one value there is. */
function around(value: number): [number, number] {
  const half = Math.max(Math.abs(value) * 1e-3, 1e-6);
  return [value - half, value + half];
}

/** Counts as `numpy.histogram` does: a bin by arithmetic, put right by the edges themselves. */
function count({ values, mask, of }: CountedList, edges: Float64Array): Pick<HistogramSeries, "counts" | "total"> {
  const counts = new Uint32Array(BINS);
  const [from, to] = [edges[0], edges[BINS]];
  const scale = BINS / (to - from);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    if ((mask !== undefined && mask[i] === 0) || !Number.isFinite(values[i])) continue;
    total++;
    const value = of === undefined ? values[i] : of(values[i]);
    if (!(value >= from && value <= to)) continue;
    let bin = Math.min(BINS - 1, Math.floor((value - from) * scale));
    if (value < edges[bin]) bin--;
    else if (bin < BINS - 1 && value >= edges[bin + 1]) bin++;
    counts[bin]++;
  }
  return { counts, total };
}
