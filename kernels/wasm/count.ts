/**
 * Job `count`: how many values lie between each edge and the next. Twin: src/intensity/count/edge_histogram.ts. Where a
 * value clearly lies within one of even bins, four at a time are counted; else the edges themselves decide.
 */

// Added to a whole number below it, it leaves that in the low bits.
const WHOLE: f32 = 8388608.0;

/**
 * Counts `rows` rows of `width` values, `stride` apart.
 *
 * @param values float32. @param edges float32, ascending, `bins + 1` of them.
 * @param sure how far from a bin's middle, in widths of a bin, no edge can lie, rounding to float32 included.
 * @param counts uint32, four a bin, which add up: neighbours are mostly alike, and need not wait for each other.
 */
export function count(
  values: usize,
  rows: i32,
  stride: i32,
  width: i32,
  edges: usize,
  bins: i32,
  sure: f32,
  counts: usize,
): void {
  const lo = load<f32>(edges), hi = load<f32>(edges + (<usize> bins << 2));
  const perUnit = <f64> bins / (<f64> hi - <f64> lo);
  const least = f32x4.splat(lo), most = f32x4.splat(hi), scale = f32x4.splat(<f32> perUnit);
  const near = f32x4.splat(sure), half = f32x4.splat(0.5), whole = f32x4.splat(WHOLE);
  for (; rows > 0; rows--, values += <usize> stride << 2) {
    let p = values;
    const end = p + (<usize> width << 2), fours = p + (<usize> (width & ~3) << 2);
    for (; p < fours; p += 16) {
      const four = v128.load(p);
      const within = v128.and(f32x4.ge(four, least), f32x4.le(four, most));
      if (!v128.any_true(within)) continue;
      const place = f32x4.mul(f32x4.sub(four, least), scale);
      const bin = f32x4.floor(place);
      const clear = f32x4.lt(f32x4.abs(f32x4.sub(f32x4.sub(place, bin), half)), near);
      if (i32x4.all_true(v128.and(within, clear))) {
        const at = i32x4.shl(i32x4.sub(f32x4.add(bin, whole), whole), 4);
        increment(counts + i32x4.extract_lane(at, 0));
        increment(counts + 4 + i32x4.extract_lane(at, 1));
        increment(counts + 8 + i32x4.extract_lane(at, 2));
        increment(counts + 12 + i32x4.extract_lane(at, 3));
      } else {
        for (let q = p; q < p + 16; q += 4) countOne(load<f32>(q), edges, bins, lo, hi, perUnit, counts);
      }
    }
    for (; p < end; p += 4) countOne(load<f32>(p), edges, bins, lo, hi, perUnit, counts);
  }
}

// @inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

function countOne(value: f32, edges: usize, bins: i32, lo: f32, hi: f32, perUnit: f64, counts: usize): void {
  if (!(value >= lo && value <= hi)) return;
  const last = bins - 1;
  let bin = min(last, <i32> ((<f64> value - <f64> lo) * perUnit));
  while (value < load<f32>(edges + (<usize> bin << 2))) bin--;
  while (bin < last && value >= load<f32>(edges + (<usize> bin << 2), 4)) bin++;
  increment(counts + (<usize> bin << 4));
}
