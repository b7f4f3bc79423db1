/**
 * Did the correction help? Told from the samples of the fit alone, without truth: bias spreads the intensities of a
 * tissue, so that a correction that was needed makes the brightest tissue more even, and one that was not leaves it as
 * it was. How often that is right: docs/accuracy.md.
 *
 * @module
 */

import { quantiles } from "../../n4/numbers.ts";

/** What a correction did to the samples of its fit. */
export interface FieldVerdict {
  /** Whether the brightest tissue became more even, stayed as it was, or became less even. */
  readonly verdict: "helped" | "even already" | "harmed";
  /** Standard deviation of the log intensities of the brightest tissue, before and after. */
  readonly tissue: readonly [before: number, after: number];
  /** Entropy of the log intensities in bits, as of bins of 1/32 octave, before and after. */
  readonly entropy: readonly [before: number, after: number];
  /** The field over its mean: 95 % of the samples lie between these values. */
  readonly field: readonly [low: number, high: number];
}

/** The tissue varies by less than this share of what it did: the correction helped. */
const HELPED = 0.95;

/** It varies by more than this share of what it did. */
const HARMED = 1.02;

/** Most samples that are looked at. */
const MOST_SAMPLES = 2 ** 16;

/** Fewer samples tell nothing. */
const LEAST_SAMPLES = 512;

/** Bins of the histogram in which the peak of the brightest tissue is looked for. */
const BINS = 128;

/** A peak has at least this share of the highest one's height. */
const LEAST_PEAK = 0.25;

/** Samples of a tissue lie within so many half widths of its peak, but within these limits; log intensity. */
const [HALF_WIDTHS, NARROWEST, WIDEST] = [1.5, 0.05, 0.25];

/**
 * Judges a field.
 *
 * @param before log intensities of the samples.
 * @param after the same less the log field.
 * @returns `undefined` where there are too few samples.
 */
export function judgeField(before: Float32Array, after: Float32Array): FieldVerdict | undefined {
  if (before.length < LEAST_SAMPLES) return undefined;
  const step = Math.ceil(before.length / MOST_SAMPLES);
  const [first, second] = [before, after].map((values) => values.filter((_, i) => i % step === 0));
  const field = first.map((value, i) => value - second[i]);
  const level = field.reduce((sum, value) => sum + value, 0) / field.length;
  // Chosen halfway between both states, or the choice itself would favour one of them.
  const middle = second.map((value, i) => value + level + (field[i] - level) / 2);
  const { centre, width } = brightestPeak(middle);
  const inside = (_: number, i: number) => Math.abs(middle[i] - centre) <= width;
  const tissue = [deviation(first.filter(inside)), deviation(second.filter(inside))] as const;
  const share = tissue[1] / tissue[0];
  const [low, high] = quantiles(field, [0.025, 0.975]).map((value) => Math.exp(value - level));
  return {
    verdict: share < HELPED ? "helped" : share > HARMED ? "harmed" : "even already",
    tissue,
    entropy: [entropy(first), entropy(second)],
    field: [low, high],
  };
}

/** A verdict as a sentence. @param of what; left out: the image. */
export function describeVerdict({ verdict, tissue }: FieldVerdict, of = "the image"): string {
  const [before, after] = tissue.map((value) => `${Number((100 * value).toPrecision(3))} %`);
  const varies = `the brightest tissue of ${of} varies by ${after} after the correction and by ${before} before`;
  if (verdict === "helped") return `It helped: ${varies}.`;
  return verdict === "harmed" ? `It may have done harm: ${varies}.` : `There was little to correct: ${varies}.`;
}

/** The brightest peak of the histogram, and how far from it samples still belong to it. */
function brightestPeak(values: Float32Array): { readonly centre: number; readonly width: number } {
  const [lo, hi] = quantiles(values, [0.001, 0.999]);
  const bin = (hi - lo) / BINS;
  const counts = new Float64Array(BINS);
  for (const value of values) {
    const k = Math.floor((value - lo) / bin);
    if (k >= 0 && k < BINS) counts[k]++;
  }
  const smooth = [0, 1, 2].reduce(binomial, counts);
  const least = LEAST_PEAK * Math.max(...smooth);
  const isPeak = (count: number, k: number) =>
    k > 0 && count > least && count >= smooth[k - 1] && !(count < smooth[k + 1]);
  const peak = Math.max(0, smooth.findLastIndex(isPeak));
  let end = peak;
  while (end + 1 < BINS && smooth[end] > smooth[peak] / 2) end++;
  const width = Math.min(WIDEST, Math.max(NARROWEST, HALF_WIDTHS * (end - peak) * bin));
  return { centre: lo + (peak + 0.5) * bin, width };
}

/** Weights 1, 2, 1 over neighbours; bins at the ends are their own neighbours. */
function binomial(counts: Float64Array): Float64Array {
  return counts.map((count, k) => (counts[Math.max(0, k - 1)] + 2 * count + counts[Math.min(BINS - 1, k + 1)]) / 4);
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Shannon's entropy in bits. */
function entropy(values: Float32Array): number {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bin = Math.floor(value * 32 / Math.LN2);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return [...counts.values()].reduce((sum, count) => sum - count / values.length * Math.log2(count / values.length), 0);
}
