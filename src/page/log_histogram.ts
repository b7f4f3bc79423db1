/**
 * Histogram of log intensity over any range, unknown beforehand: 32 bins an octave over all positive float32 numbers. A
 * bin is a float's exponent with the first five bits of its mantissa, so that counting takes no logarithm; the bins of
 * an octave are even in intensity, and the density per unit of log intensity accounts for that.
 *
 * @module
 */

/** Bits of a float32 below those that name its bin. */
const SHIFT = 18;
const BINS = 255 << (23 - SHIFT);
const PER_OCTAVE = 1 << (23 - SHIFT);

/** A bin that holds voxels. */
export interface LogBin {
  /** Lower end, intensity. */
  readonly from: number;
  /** Upper end. */
  readonly to: number;
  /** Part of the voxels, from 0 to 1. */
  readonly part: number;
}

/** Counts of positive voxels. 64 KiB. */
export class LogHistogram {
  readonly #counts = new Float64Array(BINS);

  /** Counts the values > 0 and finite whose byte in `inside` is not 0. */
  add(values: Float32Array, inside: Uint8Array): void {
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    const counts = this.#counts;
    for (let i = 0; i < bits.length; i++) {
      const bin = bits[i] >> SHIFT;
      if (inside[i] !== 0 && bin >= 0 && bin < BINS && bits[i] !== 0) counts[bin]++;
    }
  }

  /** Bins from the first to the last that holds a voxel; empty without any. */
  bins(): LogBin[] {
    const counts = this.#counts;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const first = counts.findIndex((count) => count > 0);
    if (first < 0) return [];
    const last = counts.findLastIndex((count) => count > 0);
    return Array.from({ length: last - first + 1 }, (_, i) => ({
      from: lowerEnd(first + i),
      to: lowerEnd(first + i + 1),
      part: counts[first + i] / total,
    }));
  }
}

/**
 * Shannon's entropy of log intensity in bits, as of even bins of 1/32 octave: `-sum p log2(p w0 / w)` for bins of width
 * w and w0 = ln 2 / 32. It does not depend on a factor on all intensities, but for the bins' borders; a bias blurs the
 * histogram and raises it.
 */
export function logEntropy(bins: readonly LogBin[]): number {
  const even = Math.LN2 / PER_OCTAVE;
  return bins.reduce((sum, { from, to, part }) => {
    return part === 0 ? sum : sum - part * Math.log2((part * even) / Math.log(to / from));
  }, 0);
}

/**
 * Smallest number of a bin. Below the first normal number bins are even down to 0, which has no logarithm: half of it
 * stands for 0.
 */
function lowerEnd(bin: number): number {
  const [value] = new Float32Array(Int32Array.of(bin === 0 ? 1 << (SHIFT - 1) : bin << SHIFT).buffer);
  return value;
}
