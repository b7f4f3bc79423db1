/**
 * Otsu's threshold from a histogram (Otsu 1979, doi:10.1109/TSMC.1979.4310076): the split into two classes whose means
 * lie farthest apart, weighed by their sizes.
 *
 * @module
 */

import { Counts } from "../count/counts.ts";
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

/** Even bins over a range; the last one holds its upper end. */
export class EvenHistogram extends Counts {
  readonly #lo: number;
  readonly #width: number;

  /** @param bins number of bins, >= 1. @param lo, hi range, hi > lo. */
  constructor(bins: number, lo: number, hi: number) {
    super(bins);
    this.#lo = lo;
    this.#width = (hi - lo) / bins;
  }

  /** Counts every finite value. */
  add(values: Float32Array): void {
    const last = this.counts.length - 1;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!isFinite(value)) continue;
      const bin = Math.floor((value - this.#lo) / this.#width);
      this.counts[bin < 0 ? 0 : bin > last ? last : bin]++;
    }
  }

  /** Upper end of a bin. */
  upperEnd(bin: number): number {
    return this.#lo + (bin + 1) * this.#width;
  }
}
