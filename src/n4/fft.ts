/**
 * A complex fast Fourier transform of a power-of-two length, in place, float64. Only the sharpening uses it, on a
 * histogram of a few hundred bins, so clarity goes before speed. Radix-2 decimation in time, Cooley and Tukey 1965,
 * doi:10.1090/S0025-5718-1965-0178586-1.
 *
 * @module
 */

/** A transform of one length, with its twiddle factors worked out. */
export class Fft {
  /** Number of points, a power of two. */
  readonly size: number;
  /** Of `2 pi k / size`, length `size / 2`. */
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** Each index with its bits in reverse, length `size`. */
  readonly reversed: Uint32Array;

  /** @throws {RangeError} when `size` is not a power of two >= 2. */
  constructor(size: number) {
    const bits = Math.round(Math.log2(size));
    if (size < 2 || 2 ** bits !== size) {
      throw new RangeError(`Cannot plan the transform as 'size' must be a power of two >= 2: current value is ${size}`);
    }
    this.size = size;
    this.cos = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sin = Float64Array.from({ length: size / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / size));
    this.reversed = new Uint32Array(size);
    for (let i = 1; i < size; i++) {
      this.reversed[i] = (this.reversed[i >> 1] >> 1) | ((i & 1) << (bits - 1));
    }
  }

  /** `X[k] = sum_n x[n] exp(-2 pi i k n / size)`, in place; both arrays have length `size`. */
  forward(re: Float64Array, im: Float64Array): void {
    this.#transform(re, im, -1);
  }

  /** `x[n] = 1/size sum_k X[k] exp(+2 pi i k n / size)`, in place; both arrays have length `size`. */
  inverse(re: Float64Array, im: Float64Array): void {
    this.#transform(re, im, 1);
    for (let i = 0; i < this.size; i++) {
      re[i] /= this.size;
      im[i] /= this.size;
    }
  }

  #transform(re: Float64Array, im: Float64Array, sign: number): void {
    const { size } = this;
    for (let i = 0; i < size; i++) {
      const j = this.reversed[i];
      if (j > i) {
        [re[i], re[j]] = [re[j], re[i]];
        [im[i], im[j]] = [im[j], im[i]];
      }
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const c = this.cos[k * stride];
          const s = sign * this.sin[k * stride];
          const a = start + k;
          const b = a + half;
          const tr = re[b] * c - im[b] * s;
          const ti = re[b] * s + im[b] * c;
          re[b] = re[a] - tr;
          im[b] = im[a] - ti;
          re[a] += tr;
          im[a] += ti;
        }
      }
    }
  }
}
