/**
 * Histogram sharpening: given the histogram of u, the log intensities corrected so far, finds for each bin the expected
 * log intensity that the bias has blurred into it. A Gaussian stands for the distribution of the bias; a Wiener filter
 * removes it. Sled, Zijdenbos and Evans 1998, doi:10.1109/42.668698, equations 9 to 13; ITK's `SharpenImage`.
 *
 * @module
 */

import type { SharpenOptions } from "../backends/backend.ts";
import { Fft } from "./fft.ts";

/** A voxel counts in two bins, in shares that are multiples of 1 / HISTOGRAM_SCALE: sums are exact in any order. */
export const HISTOGRAM_SCALE = 2 ** 20;

/** The images whose range of u is below this share of its magnitude count as constant: there is nothing to sharpen. */
const CONSTANT_RANGE = 2 ** -21;

/** Whether u, ranging over `[lo, hi]`, leaves nothing to sharpen: constant but for rounding, or no sample at all. */
export function isConstant(lo: number, hi: number): boolean {
  return !(hi - lo > CONSTANT_RANGE * Math.max(1, Math.abs(lo), Math.abs(hi)));
}

/** Length of the transforms of so many bins: the histogram is padded to the next power of two and doubled. */
export function paddedBins(bins: number): number {
  return 2 ** (Math.ceil(Math.log2(bins)) + 1);
}

/** The Gaussian of the bias over bins of a width: `height exp(-n^2 exponent)` at n bins from its middle. */
export function biasGaussian(fwhm: number, slope: number): { readonly height: number; readonly exponent: number } {
  const width = fwhm / slope;
  return { height: (2 * Math.sqrt(Math.LN2 / Math.PI)) / width, exponent: (4 * Math.LN2) / (width * width) };
}

/**
 * The sharpening for one number of bins; buffers are allocated once. Twin of kernels/wasm/sharpen.ts, which the
 * TypeScript backend runs.
 */
export class Sharpener {
  readonly #options: SharpenOptions;
  readonly #fft: Fft;
  /** First padded bin that holds a histogram bin. */
  readonly #offset: number;
  readonly #kernelRe: Float64Array;
  readonly #kernelIm: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(options: SharpenOptions) {
    this.#options = options;
    const padded = paddedBins(options.bins);
    this.#fft = new Fft(padded);
    this.#offset = Math.floor((padded - options.bins) / 2);
    this.#kernelRe = new Float64Array(padded);
    this.#kernelIm = new Float64Array(padded);
    this.#re = new Float64Array(padded);
    this.#im = new Float64Array(padded);
  }

  /**
   * Writes the expected log intensity of each bin's centre into `expected`.
   *
   * @param histogram counts, length `bins`; a common factor cancels.
   * @param lo log intensity of the first bin's centre.
   * @param hi log intensity of the last bin's centre, > lo.
   * @param expected length `bins`; 0 where nothing reaches a bin.
   */
  sharpen(histogram: Float64Array, lo: number, hi: number, expected: Float64Array): void {
    const { bins } = this.#options;
    const slope = (hi - lo) / (bins - 1);
    this.#gaussianSpectrum(slope);
    this.#deconvolve(histogram);
    this.#expectation(lo, slope);
    for (let n = 0; n < bins; n++) {
      const weight = this.#im[n + this.#offset];
      expected[n] = weight === 0 ? 0 : this.#re[n + this.#offset] / weight;
    }
  }

  /** f, the spectrum of the wrapped Gaussian; real and even, since the Gaussian is. */
  #gaussianSpectrum(slope: number): void {
    const { size } = this.#fft;
    const { height, exponent } = biasGaussian(this.#options.fwhm, slope);
    this.#kernelIm.fill(0);
    this.#kernelRe[0] = height;
    for (let n = 1; n <= size / 2; n++) {
      const value = height * Math.exp(-n * n * exponent);
      this.#kernelRe[n] = value;
      this.#kernelRe[size - n] = value;
    }
    this.#fft.forward(this.#kernelRe, this.#kernelIm);
  }

  /** U = max(0, real part of the Wiener-filtered histogram), left in `#re`. */
  #deconvolve(histogram: Float64Array): void {
    const { size } = this.#fft;
    this.#re.fill(0);
    this.#im.fill(0);
    this.#re.set(histogram.subarray(0, this.#options.bins), this.#offset);
    this.#fft.forward(this.#re, this.#im);
    for (let k = 0; k < size; k++) {
      const f = this.#kernelRe[k];
      const gain = f / (f * f + this.#options.wienerNoise);
      this.#re[k] *= gain;
      this.#im[k] *= gain;
    }
    this.#fft.inverse(this.#re, this.#im);
    for (let n = 0; n < size; n++) this.#re[n] = Math.max(0, this.#re[n]);
  }

  /**
   * Blurs `log intensity * U` (in `#re`) and `U` (in `#im`) again; as f is real, one complex transform carries both.
   */
  #expectation(lo: number, slope: number): void {
    const { size } = this.#fft;
    for (let n = 0; n < size; n++) {
      const u = this.#re[n];
      this.#re[n] = (lo + (n - this.#offset) * slope) * u;
      this.#im[n] = u;
    }
    this.#fft.forward(this.#re, this.#im);
    for (let k = 0; k < size; k++) {
      this.#re[k] *= this.#kernelRe[k];
      this.#im[k] *= this.#kernelRe[k];
    }
    this.#fft.inverse(this.#re, this.#im);
  }
}
