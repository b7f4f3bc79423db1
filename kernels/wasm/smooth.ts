/**
 * Stage `smooth`: a separable Gaussian over one plane of a tile, z then y then x. Twin: src/backends/ts/smooth.ts. Sums are float64: the middle tap, then
 * pairs of equal taps from the outermost inwards, as SciPy adds them; each axis ends in a rounding to float32. Sixteen voxels at a time, in as
 * many sums as there are registers for; buffers have room for as many beyond their ends.
 */

import { demote } from "./shared/parts";

// @inline
function wide(from: usize, offset: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from + offset));
}

// @inline
function rounded(sum: v128): v128 {
  return f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(sum));
}

/**
 * Smooths one plane of a tile.
 *
 * @param zSources addresses of the float32 planes that its taps read, from first to last, `count` values each.
 * @param ySources for each row of the output the addresses of the rows in `afterZ` that its taps read; each row's begin one entry after the row before.
 * @param xSources addresses in `line` that its taps read for the first column.
 * @param zTaps, yTaps, xTaps float64: the middle tap, then outwards.
 * @param afterZ scratch of `count` float64. `line`: scratch of one row and its halo, `width` float64.
 * @param given address in `line` of the first of the `px` columns that the tile has.
 * @param columns for each value of `line` the address in it of the column that it mirrors, itself where it is given.
 */
export function smooth(
  zSources: usize,
  zTaps: usize,
  zRadius: i32,
  count: i32,
  afterZ: usize,
  ySources: usize,
  yTaps: usize,
  yRadius: i32,
  rows: i32,
  px: i32,
  line: usize,
  width: i32,
  given: usize,
  columns: usize,
  xSources: usize,
  xTaps: usize,
  xRadius: i32,
  nx: i32,
  out: usize,
): void {
  weighSingle(zSources, zTaps, zRadius, count, afterZ);
  const givenEnd = given + (<usize> px << 3);
  const lineEnd = line + (<usize> width << 3);
  for (let y = 0; y < rows; y++) {
    weighDouble(ySources + (<usize> y << 2), yTaps, yRadius, px, given, false);
    let column = columns;
    for (let p = line; p < given; p += 8, column += 4) store<f64>(p, load<f64>(load<u32>(column)));
    column = columns + ((givenEnd - line) >> 1);
    for (let p = givenEnd; p < lineEnd; p += 8, column += 4) store<f64>(p, load<f64>(load<u32>(column)));
    weighDouble(xSources, xTaps, xRadius, nx, out, true);
    out += <usize> nx << 2;
  }
}

/** Sums of float32 values, as float64 rounded to float32. */
function weighSingle(sources: usize, taps: usize, radius: i32, count: i32, out: usize): void {
  const middle: usize = load<u32>(sources + (<usize> radius << 2));
  const tap0 = v128.load64_splat(taps);
  const outermost = taps + (<usize> radius << 3);
  const bytes = <usize> count << 2;
  for (let at: usize = 0; at < bytes; at += 64, out += 128) {
    const m = middle + at;
    let s0 = f64x2.mul(wide(m, 0), tap0);
    let s1 = f64x2.mul(wide(m, 8), tap0);
    let s2 = f64x2.mul(wide(m, 16), tap0);
    let s3 = f64x2.mul(wide(m, 24), tap0);
    let s4 = f64x2.mul(wide(m, 32), tap0);
    let s5 = f64x2.mul(wide(m, 40), tap0);
    let s6 = f64x2.mul(wide(m, 48), tap0);
    let s7 = f64x2.mul(wide(m, 56), tap0);
    let before = sources, after = sources + (<usize> radius << 3);
    for (let tap = outermost; tap > taps; tap -= 8, before += 4, after -= 4) {
      const w = v128.load64_splat(tap);
      const a = load<u32>(before) + at, b = load<u32>(after) + at;
      s0 = f64x2.add(s0, f64x2.mul(f64x2.add(wide(a, 0), wide(b, 0)), w));
      s1 = f64x2.add(s1, f64x2.mul(f64x2.add(wide(a, 8), wide(b, 8)), w));
      s2 = f64x2.add(s2, f64x2.mul(f64x2.add(wide(a, 16), wide(b, 16)), w));
      s3 = f64x2.add(s3, f64x2.mul(f64x2.add(wide(a, 24), wide(b, 24)), w));
      s4 = f64x2.add(s4, f64x2.mul(f64x2.add(wide(a, 32), wide(b, 32)), w));
      s5 = f64x2.add(s5, f64x2.mul(f64x2.add(wide(a, 40), wide(b, 40)), w));
      s6 = f64x2.add(s6, f64x2.mul(f64x2.add(wide(a, 48), wide(b, 48)), w));
      s7 = f64x2.add(s7, f64x2.mul(f64x2.add(wide(a, 56), wide(b, 56)), w));
    }
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

/** Sums of float64 values, as float32 where `single`, else as float64 rounded to float32. */
function weighDouble(sources: usize, taps: usize, radius: i32, count: i32, out: usize, single: bool): void {
  const middle: usize = load<u32>(sources + (<usize> radius << 2));
  const tap0 = v128.load64_splat(taps);
  const outermost = taps + (<usize> radius << 3);
  const bytes = <usize> count << 3;
  for (let at: usize = 0; at < bytes; at += 128) {
    const m = middle + at;
    let s0 = f64x2.mul(v128.load(m, 0), tap0);
    let s1 = f64x2.mul(v128.load(m, 16), tap0);
    let s2 = f64x2.mul(v128.load(m, 32), tap0);
    let s3 = f64x2.mul(v128.load(m, 48), tap0);
    let s4 = f64x2.mul(v128.load(m, 64), tap0);
    let s5 = f64x2.mul(v128.load(m, 80), tap0);
    let s6 = f64x2.mul(v128.load(m, 96), tap0);
    let s7 = f64x2.mul(v128.load(m, 112), tap0);
    let before = sources, after = sources + (<usize> radius << 3);
    for (let tap = outermost; tap > taps; tap -= 8, before += 4, after -= 4) {
      const w = v128.load64_splat(tap);
      const a = load<u32>(before) + at, b = load<u32>(after) + at;
      s0 = f64x2.add(s0, f64x2.mul(f64x2.add(v128.load(a, 0), v128.load(b, 0)), w));
      s1 = f64x2.add(s1, f64x2.mul(f64x2.add(v128.load(a, 16), v128.load(b, 16)), w));
      s2 = f64x2.add(s2, f64x2.mul(f64x2.add(v128.load(a, 32), v128.load(b, 32)), w));
      s3 = f64x2.add(s3, f64x2.mul(f64x2.add(v128.load(a, 48), v128.load(b, 48)), w));
      s4 = f64x2.add(s4, f64x2.mul(f64x2.add(v128.load(a, 64), v128.load(b, 64)), w));
      s5 = f64x2.add(s5, f64x2.mul(f64x2.add(v128.load(a, 80), v128.load(b, 80)), w));
      s6 = f64x2.add(s6, f64x2.mul(f64x2.add(v128.load(a, 96), v128.load(b, 96)), w));
      s7 = f64x2.add(s7, f64x2.mul(f64x2.add(v128.load(a, 112), v128.load(b, 112)), w));
    }
    if (single) {
      v128.store(out, demote(s0, s1), 0);
      v128.store(out, demote(s2, s3), 16);
      v128.store(out, demote(s4, s5), 32);
      v128.store(out, demote(s6, s7), 48);
      out += 64;
    } else {
      v128.store(out, rounded(s0), 0);
      v128.store(out, rounded(s1), 16);
      v128.store(out, rounded(s2), 32);
      v128.store(out, rounded(s3), 48);
      v128.store(out, rounded(s4), 64);
      v128.store(out, rounded(s5), 80);
      v128.store(out, rounded(s6), 96);
      v128.store(out, rounded(s7), 112);
      out += 128;
    }
  }
}
