/**
 * Did the correction help? Judged from the samples of the fit alone, without truth: bias spreads the intensities of a
 * tissue, so that a correction that was needed makes the brightest tissue, or a region that is given, more even, and
 * one that was not leaves it as it was. How often that is right: docs/accuracy.md.
 *
 * @module
 */

import { quantiles } from "../../n4/numbers.ts";

/** What a correction did to the samples of its fit. */
export interface FieldVerdict {
  /**
   * Whether the tissue became more even, a little more even for a field of that size, stayed as it was (the field is
   * nothing, or no larger than its error), or less even.
   */
  readonly verdict: "helped" | "unclear" | "even already" | "harmed";
  /** Standard deviation of the log intensities of the brightest tissue, or of the region, before and after. */
  readonly tissue: readonly [before: number, after: number];
  /** Samples of the region that was given; left out: the tissue is the brightest one. */
  readonly roiSamples?: number;
  /** Entropy of the log intensities in bits, as of bins of 1/32 octave, before and after. */
  readonly entropy: readonly [before: number, after: number];
  /** The field over its mean: 95 % of the samples lie between these values. */
  readonly field: readonly [low: number, high: number];
  /** Error of the log field, its standard deviation, by fits of two halves of the samples; left out: not fitted. */
  readonly error?: number;
  /** Whether that error alone makes the field nothing. */
  readonly withinError?: boolean;
}

/** What is known of a field beside its samples. */
interface FieldEvidence {
  /** 1 for each sample of a region of one tissue; left out, or of too few samples: the brightest tissue counts. */
  readonly region?: Uint8Array;
  /** Error of the log field, by fits of two halves of the samples. */
  readonly error?: number;
  /** 1 for each sample <= 0, which was taken as it is: it means nothing beside logarithms. Left out: none. */
  readonly unlogged?: Uint8Array;
}

/** A field that varies less over the tissue corrects nothing that matters; it is what a fit finds in an even image. */
const LEAST_FIELD = 0.006;

/**
 * A bias that is taken off lowers the variance of the tissue by its own, one that is put on raises it by that, and a
 * field that has nothing to do with the tissue's intensities is put on. The correction helped from this part on.
 */
const HELPED = 0.2;

/** Most samples that are looked at. */
const MOST_SAMPLES = 2 ** 16;

/** Fewer samples prove nothing. */
export const LEAST_SAMPLES = 512;

/** Fewer samples of a region prove nothing. */
export const LEAST_OF_REGION = 32;

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
 * @param after the same as written: less the log field, or a part of it.
 * @param given what more is known of it.
 * @returns `undefined` where there are too few samples.
 */
export function judgeField(
  before: Float32Array,
  after: Float32Array,
  { region, error, unlogged }: FieldEvidence = {},
): FieldVerdict | undefined {
  if (unlogged) {
    const isLogged = (i: number) => unlogged[i] === 0;
    const rest = { region: region?.filter((_, i) => isLogged(i)), error };
    return judgeField(chosen(before, isLogged), chosen(after, isLogged), rest);
  }
  const roiSamples = region?.reduce((sum, inside) => sum + inside, 0) ?? 0;
  const isRegion = roiSamples >= LEAST_OF_REGION;
  if (before.length < LEAST_SAMPLES && !isRegion) return undefined;
  const step = Math.ceil(before.length / MOST_SAMPLES);
  const [first, second] = [before, after].map((values) =>
    new Float32Array(Math.ceil(values.length / step)).map((_, k) => values[k * step])
  );
  const field = first.map((value, i) => value - second[i]);
  const level = field.reduce((sum, value) => sum + value, 0) / field.length;
  // Chosen halfway between both states, or the choice itself would favour one of them.
  const middle = second.map((value, i) => value + level + (field[i] - level) / 2);
  const [tissue, size] = isRegion
    ? spread([before, after], (i) => region?.[i] === 1)
    : spread([first, second], brightestTissue(middle));
  const gain = (tissue[0] ** 2 - tissue[1] ** 2) / size ** 2;
  const [low, high] = quantiles(field, [0.025, 0.975]).map((value) => Math.exp(value - level));
  const withinError = size > LEAST_FIELD && size <= (error ?? 0);
  const isNothing = size <= LEAST_FIELD || withinError;
  return {
    verdict: isNothing ? "even already" : gain >= HELPED ? "helped" : gain < 0 ? "harmed" : "unclear",
    tissue,
    roiSamples: isRegion ? roiSamples : undefined,
    entropy: [entropy(first), entropy(second)],
    field: [low, high],
    error,
    withinError: withinError || undefined,
  };
}

/** Whether the tissue became more even. */
export function isMoreEven(verdict: FieldVerdict["verdict"]): boolean {
  return verdict === "helped" || verdict === "unclear";
}

/** A verdict in words. @param of what; left out: the image. */
export function describeVerdict(found: FieldVerdict, of = "the image"): string {
  const { verdict, tissue, roiSamples, error, withinError } = found;
  const percent = (value: number) => `${Number((100 * value).toPrecision(3))} %`;
  const [before, after] = tissue.map(percent);
  const what = roiSamples === undefined
    ? `the brightest tissue of ${of}`
    : `the region of option 'roi' in ${of} (${roiSamples} samples)`;
  const varies = `${what} varies by ${after} after the correction and by ${before} before`;
  const halves = error === undefined
    ? ""
    : ` Fits of two halves of the samples put the error of the field at ${percent(error)} or more.`;
  if (verdict === "helped") return `It helped: ${varies}.${halves}`;
  if (verdict === "unclear") return `It is unclear whether it helped: ${varies}, little for such a field.${halves}`;
  if (verdict === "harmed") return `It may have done harm: ${varies}.${halves}`;
  if (found.field[0] === found.field[1]) return `Nothing was changed: ${varies}.${halves}`;
  return `${withinError ? "The field is no larger than its error" : "It was even already"}: ${varies}.${halves}`;
}

/** Standard deviations over chosen samples: before and after, and of the field. */
function spread(states: readonly [Float32Array, Float32Array], isChosen: (i: number) => boolean) {
  const [before, after] = states.map((values) => chosen(values, isChosen));
  const field = deviation(before.map((value, i) => value - after[i]));
  return [[deviation(before), deviation(after)], field] as const;
}

/** Chosen values. `filter` holds them as numbers of the heap, at several times the bytes. */
function chosen(values: Float32Array, isChosen: (i: number) => boolean): Float32Array {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (isChosen(i)) count++;
  const kept = new Float32Array(count);
  let at = 0;
  for (let i = 0; i < values.length; i++) if (isChosen(i)) kept[at++] = values[i];
  return kept;
}

/** Which samples belong to the brightest tissue. */
function brightestTissue(values: Float32Array): (i: number) => boolean {
  const { centre, width } = brightestPeak(values);
  return (i) => Math.abs(values[i] - centre) <= width;
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

/** Standard deviation. */
export function deviation(values: Float32Array): number {
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
