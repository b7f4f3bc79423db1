/** A complex fast Fourier transform of a power-of-two length, in place. Twin: src/n4/fft.ts. */

import { literal } from "./literal";

const ONE = literal(1);

/**
 * @param re, im `size` float64 each.
 * @param cos, sin of `2 pi k / size`, `size / 2` float64 each.
 * @param reversed each index with its bits in reverse, uint32.
 * @param inverse the inverse transform, divided by `size`.
 */
export function transform(
  re: usize,
  im: usize,
  size: i32,
  cos: usize,
  sin: usize,
  reversed: usize,
  inverse: bool,
): void {
  for (let i: usize = 0; i < <usize> size; i++) {
    const j: usize = load<u32>(reversed + (i << 2));
    if (j > i) {
      swap(re, i, j);
      swap(im, i, j);
    }
  }
  const sign = f64x2.splat(inverse ? 1 : -1);
  const end = <usize> size << 3;
  // Bytes: `half` of a block, `stride` from a twiddle factor to the next one's.
  for (let half: usize = 8, stride = end >> 1; half < end; half <<= 1, stride >>= 1) {
    for (let start: usize = 0; start < end; start += 2 * half) {
      const ra = re + start, ia = im + start, rb = ra + half, ib = ia + half;
      if (half === 8) {
        butterflies(ra, ia, rb, ib, v128.load64_zero(cos), f64x2.mul(sign, v128.load64_zero(sin)), 1);
        continue;
      }
      for (let k: usize = 0, t: usize = 0; k < half; k += 16, t += 2 * stride) {
        const c = v128.load64_lane(cos + t + stride, v128.load64_zero(cos + t), 1);
        const s = v128.load64_lane(sin + t + stride, v128.load64_zero(sin + t), 1);
        butterflies(ra + k, ia + k, rb + k, ib + k, c, f64x2.mul(sign, s), 2);
      }
    }
  }
  if (!inverse) return;
  const share = f64x2.div(ONE, f64x2.splat(size));
  for (let p: usize = 0; p < end; p += 16) {
    v128.store(re + p, f64x2.mul(v128.load(re + p), share));
    v128.store(im + p, f64x2.mul(v128.load(im + p), share));
  }
}

/** One or two butterflies. */
// @inline
function butterflies(ra: usize, ia: usize, rb: usize, ib: usize, c: v128, s: v128, count: i32): void {
  const one = count === 1;
  const reB = one ? v128.load64_zero(rb) : v128.load(rb), imB = one ? v128.load64_zero(ib) : v128.load(ib);
  const reA = one ? v128.load64_zero(ra) : v128.load(ra), imA = one ? v128.load64_zero(ia) : v128.load(ia);
  const tr = f64x2.sub(f64x2.mul(reB, c), f64x2.mul(imB, s));
  const ti = f64x2.add(f64x2.mul(reB, s), f64x2.mul(imB, c));
  put(rb, f64x2.sub(reA, tr), one);
  put(ib, f64x2.sub(imA, ti), one);
  put(ra, f64x2.add(reA, tr), one);
  put(ia, f64x2.add(imA, ti), one);
}

// @inline
function put(to: usize, values: v128, one: bool): void {
  if (one) v128.store64_lane(to, values, 0);
  else v128.store(to, values);
}

// @inline
function swap(values: usize, i: usize, j: usize): void {
  const kept = load<f64>(values + (i << 3));
  store<f64>(values + (i << 3), load<f64>(values + (j << 3)));
  store<f64>(values + (j << 3), kept);
}
