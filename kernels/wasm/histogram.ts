/**
 * Stage `histogram`: the triangular Parzen histogram of u in whole numbers. Twin: src/backends/ts/loops/histogram.ts.
 *
 * Where a sample lies is one whole number n, bins times HISTOGRAM_SCALE: its bin above, its upper neighbour's share
 * below. It adds once, n and a count above both, to a sum of its bin; as every n of a bin has the same upper part,
 * count and shares can be told apart afterwards.
 */

import { literal } from "./shared/literal";
import { promoteHigh } from "./shared/parts";

// HISTOGRAM_SCALE is 2^20.
const SCALE_BITS: i64 = 20;
const ONE_SAMPLE_BITS: i64 = 48;
// Sums of n stay below one sample's count: 2^28 samples times bins, times 2^20.
const MOST_SAMPLES_BINS: i32 = 1 << 28;
const LARGEST_CHUNK: i32 = 1 << 14;

const HALF = literal(0.5);
// Added to a whole number below it, it leaves that in the low bits.
const WHOLE = literal(4503599627370496.0);
// As an integer this takes WHOLE's own bits off again and adds one sample.
const SAMPLE_LESS_WHOLE = sampleLess(WHOLE);

/**
 * Adds samples `[begin, end)` of `u` (float32) to `counts` (float64, `bins` of them); `packed`: scratch, `bins` zeros
 * of int64, left zero.
 *
 * @param scale bins per log intensity.
 */
export function histogram(
  u: usize,
  begin: u32,
  end: u32,
  lo: f64,
  scale: f64,
  bins: i32,
  packed: usize,
  counts: usize,
): void {
  let from = u + (<usize> begin << 2);
  const last = u + (<usize> end << 2);
  const least = f64x2.splat(lo), perUnit = f64x2.splat(scale * 1048576.0);
  const most = f64x2.splat(<f64> (bins - 1) * 1048576.0);
  const chunk: usize = min(LARGEST_CHUNK, MOST_SAMPLES_BINS / bins) << 2;
  while (from < last) {
    const to = min(last, from + chunk);
    const even = from + ((to - from) & ~15);
    for (; from < even; from += 16) {
      const values = v128.load(from);
      const low = units(f64x2.promote_low_f32x4(values), least, perUnit, most);
      const high = units(promoteHigh(values), least, perUnit, most);
      count(i64x2.extract_lane(low, 0), packed);
      count(i64x2.extract_lane(low, 1), packed);
      count(i64x2.extract_lane(high, 0), packed);
      count(i64x2.extract_lane(high, 1), packed);
    }
    for (; from < to; from += 4) {
      const values = f64x2.promote_low_f32x4(v128.load32_zero(from));
      count(i64x2.extract_lane(units(values, least, perUnit, most), 0), packed);
    }
    unpack(packed, bins, counts);
  }
}

function sampleLess(whole: v128): v128 {
  return i64x2.sub(i64x2.splat(1 << ONE_SAMPLE_BITS), whole);
}

/** One sample's count and its n; the largest n for what is not a number, so that it stays within memory. */
// @inline
function units(values: v128, least: v128, perUnit: v128, most: v128): v128 {
  const n = f64x2.floor(f64x2.add(f64x2.mul(f64x2.sub(values, least), perUnit), HALF));
  return i64x2.add(f64x2.add(f64x2.pmin(most, n), WHOLE), SAMPLE_LESS_WHOLE);
}

// @inline
function count(sample: i64, packed: usize): void {
  const at = packed + (<usize> (sample >> (SCALE_BITS - 3)) & 0x7ffffff8);
  store<i64>(at, load<i64>(at) + sample);
}

/** Takes counts and shares apart, and clears them. */
function unpack(packed: usize, bins: i32, counts: usize): void {
  let above: f64 = 0;
  for (let j: i64 = 0; j < bins; j++, packed += 8, counts += 8) {
    const sum = load<i64>(packed);
    const samples = sum >> ONE_SAMPLE_BITS;
    const upper = (sum & ((<i64> 1 << ONE_SAMPLE_BITS) - 1)) - samples * (j << SCALE_BITS);
    store<f64>(counts, load<f64>(counts) + above + <f64> ((samples << SCALE_BITS) - upper));
    store<i64>(packed, 0);
    above = <f64> upper;
  }
}
