/**
 * Otsu's threshold from a histogram (Otsu 1979, doi:10.1109/TSMC.1979.4310076): the split into two classes whose means
 * lie farthest apart, weighed by their sizes.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../../thread_job.ts";
import { Counts } from "../count/counts.ts";
import type { CountedNumbers } from "../count/whole_counts.ts";
import { binCentres, type EdgeHistogram } from "../count/edge_histogram.ts";

/**
 * The middle of the bin that ends the lower class.
 *
 * @param histogram over the range of the data: its first and last bin are not empty.
 */
export function otsuThreshold({ edges, counts }: Pick<EdgeHistogram, "edges" | "counts">): number {
  return binCentres(edges)[otsuBin(counts)];
}

/**
 * The bin that ends the lower class: the between-class variance is greatest when bins `0 .. result` are the lower
 * class. The first one where several are equal.
 *
 * @param counts samples per bin, evenly spaced.
 */
export function otsuBin(counts: Float64Array): number {
  let total = 0;
  let moment = 0;
  for (let i = 0; i < counts.length; i++) {
    total += counts[i];
    moment += counts[i] * i;
  }
  let best = 0;
  let greatest = -1;
  let below = 0;
  let momentBelow = 0;
  for (let i = 0; i < counts.length - 1; i++) {
    below += counts[i];
    momentBelow += counts[i] * i;
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const distance = momentBelow / below - (moment - momentBelow) / above;
    const variance = below * above * distance * distance;
    if (variance > greatest) {
      greatest = variance;
      best = i;
    }
  }
  return best;
}

/**
 * How a mask is made. `robust`: without outliers, by a threshold near the background, and closing takes nothing away.
 * `plain`: as ITK does for a volume, and scikit-image and SciPy for a stack.
 */
export type MaskRules = "robust" | "plain";

/**
 * Where tissue begins in dark agarose, in parts of the way from the mean of Otsu's lower class to that of the upper one
 * (docs/decisions/tissue_mask.md).
 */
const TISSUE_BEGINS = 1 / 3;

/** Agarose is darker than this part of the tissue: of a volume of tissue alone Otsu's classes are two tissues. */
const AGAROSE_BELOW = 0.4;

/**
 * The middle of the bin that lies {@linkcode TISSUE_BEGINS} of the way between the means of Otsu's two classes. Otsu's
 * own threshold lies half way, which tissue in the shade does not reach at its rim. -Infinity where the darker class is
 * no agarose.
 */
export function tissueThreshold({ edges, counts }: Pick<EdgeHistogram, "edges" | "counts">): number {
  const last = otsuBin(counts);
  const below = meanBin(counts.subarray(0, last + 1));
  const above = last + 1 + meanBin(counts.subarray(last + 1));
  const centres = binCentres(edges);
  const [dark, bright] = [below, above].map((bin) => centres[0] + bin * (centres[1] - centres[0]));
  if (dark > AGAROSE_BELOW * bright) return -Infinity;
  return centres[Math.floor(below + TISSUE_BEGINS * (above - below))];
}

function meanBin(counts: Float64Array): number {
  let [total, moment] = [0, 0];
  counts.forEach((count, i) => {
    total += count;
    moment += count * i;
  });
  return moment / total;
}

/** Bins of the histogram of a whole volume, as in ITK's use for N4. */
export const VOLUME_BINS = 256;

/** ITK's histogram reaches one hundredth of a bin beyond the maximum. */
const VOLUME_MARGIN = 1 / 100;

/** An empty histogram over the range of a volume, `lo < hi`, whose two classes {@linkcode volumeThreshold} parts. */
export function volumeHistogram(lo: number, hi: number): EvenHistogram {
  return new EvenHistogram(VOLUME_BINS, lo, hi + (VOLUME_MARGIN * (hi - lo)) / VOLUME_BINS);
}

/** Otsu's threshold of a volume: voxels above it are inside. */
export function volumeThreshold(histogram: EvenHistogram): number {
  return histogram.upperEnd(otsuBin(histogram.counts));
}

/** Even bins: `bins` of `width` each from `lo` on. */
interface EvenBins {
  readonly bins: number;
  readonly lo: number;
  readonly width: number;
}

/** The bin of a value; -1 where it lies outside the range. */
function binOf(value: number, { bins, lo, width }: EvenBins): number {
  if (!(value >= lo && value <= lo + bins * width)) return -1;
  return Math.min(bins - 1, Math.floor((value - lo) / width));
}

/** Values to count. */
interface EvenRequest extends EvenBins {
  readonly values: Float32Array;
}

/** Counts the values that lie in the range. */
function countEvenly({ values, ...even }: EvenRequest): Float64Array {
  const counts = new Float64Array(even.bins);
  for (let i = 0; i < values.length; i++) {
    const bin = binOf(values[i], even);
    if (bin >= 0) counts[bin]++;
  }
  return counts;
}

/** {@linkcode countEvenly} as a job. */
export const COUNT_EVENLY: Job<EvenRequest, Float64Array> = { name: "count evenly", work: countEvenly };

/** Even bins over a range; the last one holds its upper end. What lies outside is left out. */
export class EvenHistogram extends Counts {
  readonly #even: EvenBins;

  /** @param bins number of bins, >= 1. @param lo, hi range, hi > lo. */
  constructor(bins: number, lo: number, hi: number) {
    super(bins);
    this.#even = { bins, lo, width: (hi - lo) / bins };
  }

  /** Counts the values that lie in the range. */
  add(values: Float32Array): void {
    this.merge(countEvenly({ values, ...this.#even }));
  }

  /** The same of numbers that have been counted. */
  addCounted(numbers: CountedNumbers): void {
    for (let i = 0; i < numbers.length; i += 2) {
      const bin = binOf(numbers[i], this.#even);
      if (bin >= 0) this.counts[bin] += numbers[i + 1];
    }
  }

  /** The same. @param threads who do it; left out: the calling thread. */
  async addBy(threads: Threads | undefined, values: Float32Array): Promise<void> {
    this.merge(await threadsFor(threads, values).run(COUNT_EVENLY, { values, ...this.#even }));
  }

  /** Upper end of a bin. */
  upperEnd(bin: number): number {
    return this.#even.lo + (bin + 1) * this.#even.width;
  }
}
