/**
 * Stage `smooth`: a separable Gaussian over one plane of a tile, z then y then x. Twin:
 * src/backends/ts/loops/smooth.ts. Sums are float64: the middle tap, then pairs of equal taps from the outermost
 * inwards, as SciPy adds them; each axis ends in a rounding to float32. Sixteen voxels at a time, in as many sums as
 * there are registers for; buffers have room for as many beyond their ends.
 */

import { Smooth } from "./shared/parameters";
import { demote } from "./shared/parts";

/** Pair k of values of type `T` from an address on, as float64. */
// @inline
function pair<T>(from: usize, k: usize): v128 {
  if (sizeof<T>() === 8) return v128.load(from + 16 * k);
  return f64x2.promote_low_f32x4(v128.load64_zero(from + 8 * k));
}

// @inline
function rounded(sum: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(sum));
}

/** Smooths one plane of a tile. */
export function smooth(p: Smooth): void {
  const given = p.given, line = p.line, nx = p.nx, columns = p.columns;
  const rows = p.rows, px = p.px, ySources = p.ySources, yTaps = p.yTaps, yRadius = p.yRadius;
  const xSources = p.xSources, xTaps = p.xTaps, xRadius = p.xRadius;
  let out = p.out;
  weigh<f32, f64>(p.zSources, p.zTaps, p.zRadius, p.count, p.afterZ);
  const givenEnd = given + (<usize> p.px << 3);
  const lineEnd = line + (<usize> p.width << 3);
  for (let y = 0; y < rows; y++) {
    weigh<f64, f64>(ySources + (<usize> y << 2), yTaps, yRadius, px, given);
    let column = columns;
    for (let to = line; to < given; to += 8, column += 4) store<f64>(to, load<f64>(load<u32>(column)));
    column = columns + ((givenEnd - line) >> 1);
    for (let to = givenEnd; to < lineEnd; to += 8, column += 4) store<f64>(to, load<f64>(load<u32>(column)));
    weigh<f64, f32>(xSources, xTaps, xRadius, nx, out);
    out += <usize> nx << 2;
  }
}

/**
 * Sums of values of type `T`, float32 or float64; written as type `R`, float32, or float64 rounded to float32. Pair k
 * of values holds the k-th two.
 */
function weigh<T, R>(sources: usize, taps: usize, radius: i32, count: i32, out: usize): void {
  const middle: usize = load<u32>(sources + (<usize> radius << 2));
  const tap0 = v128.load64_splat(taps);
  const outermost = taps + (<usize> radius << 3);
  const bytes = <usize> count * sizeof<T>();
  for (let at: usize = 0; at < bytes; at += 16 * sizeof<T>(), out += 16 * sizeof<R>()) {
    const m = middle + at;
    let s0 = f64x2.mul(pair<T>(m, 0), tap0);
    let s1 = f64x2.mul(pair<T>(m, 1), tap0);
    let s2 = f64x2.mul(pair<T>(m, 2), tap0);
    let s3 = f64x2.mul(pair<T>(m, 3), tap0);
    let s4 = f64x2.mul(pair<T>(m, 4), tap0);
    let s5 = f64x2.mul(pair<T>(m, 5), tap0);
    let s6 = f64x2.mul(pair<T>(m, 6), tap0);
    let s7 = f64x2.mul(pair<T>(m, 7), tap0);
    let before = sources, after = sources + (<usize> radius << 3);
    for (let tap = outermost; tap > taps; tap -= 8, before += 4, after -= 4) {
      const w = v128.load64_splat(tap);
      const a = load<u32>(before) + at, b = load<u32>(after) + at;
      s0 = f64x2.add(s0, f64x2.mul(f64x2.add(pair<T>(a, 0), pair<T>(b, 0)), w));
      s1 = f64x2.add(s1, f64x2.mul(f64x2.add(pair<T>(a, 1), pair<T>(b, 1)), w));
      s2 = f64x2.add(s2, f64x2.mul(f64x2.add(pair<T>(a, 2), pair<T>(b, 2)), w));
      s3 = f64x2.add(s3, f64x2.mul(f64x2.add(pair<T>(a, 3), pair<T>(b, 3)), w));
      s4 = f64x2.add(s4, f64x2.mul(f64x2.add(pair<T>(a, 4), pair<T>(b, 4)), w));
      s5 = f64x2.add(s5, f64x2.mul(f64x2.add(pair<T>(a, 5), pair<T>(b, 5)), w));
      s6 = f64x2.add(s6, f64x2.mul(f64x2.add(pair<T>(a, 6), pair<T>(b, 6)), w));
      s7 = f64x2.add(s7, f64x2.mul(f64x2.add(pair<T>(a, 7), pair<T>(b, 7)), w));
    }
    if (sizeof<R>() === 4) {
      v128.store(out, demote(s0, s1), 0);
      v128.store(out, demote(s2, s3), 16);
      v128.store(out, demote(s4, s5), 32);
      v128.store(out, demote(s6, s7), 48);
    } else {
      v128.store(out, rounded(s0), 0);
      v128.store(out, rounded(s1), 16);
      v128.store(out, rounded(s2), 32);
      v128.store(out, rounded(s3), 48);
      v128.store(out, rounded(s4), 64);
      v128.store(out, rounded(s5), 80);
      v128.store(out, rounded(s6), 96);
      v128.store(out, rounded(s7), 112);
    }
  }
}
