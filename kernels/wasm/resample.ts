/**
 * Job `resample`: inputs at hand times a banded matrix, added to sums. Twin: src/io/pyramid/resample_loops.ts. Each sum
 * is float64 and takes one product after the other, over ascending inputs. Eight columns at a time, for two outputs
 * whose inputs overlap: what both need is read once.
 *
 * A table has three uint32 an output: its first input at hand, one past its last, and the address of the first one's
 * weight.
 */

import { literal } from "./shared/literal";
import { toColumns, wideToColumns } from "./shared/columns";
import { promoteHigh } from "./shared/parts";

const TABLE_BYTES: usize = 12;
/** Columns of a step: their bytes as float64. */
const STEP: usize = 64;

const ZERO = literal(0);

/** Makes float64 of `count` float32 values; up to three more are written to make up a vector. */
export function widen(values: usize, count: i32, to: usize): void {
  for (; count > 0; count -= 4, values += 16, to += 32) {
    const four = v128.load(values);
    v128.store(to, f64x2.promote_low_f32x4(four));
    v128.store(to, promoteHigh(four), 16);
  }
}

/**
 * Adds along rows: `values` has shape `[blocks, inputs, columns]`, `sums` `[blocks, outputs, columns]`, both float64,
 * with room for a step beyond the end.
 *
 * @param fresh whether sums begin at 0, else with what they hold.
 */
export function resampleColumns(
  values: usize,
  inputs: i32,
  table: usize,
  outputs: i32,
  columns: i32,
  blocks: i32,
  sums: usize,
  fresh: bool,
): void {
  const row = <usize> columns << 3;
  for (let block = 0; block < blocks; block++, values += row * inputs) {
    let i = 0, entry = table;
    for (; i + 2 <= outputs; i += 2, entry += 2 * TABLE_BYTES, sums += 2 * row) {
      addTwo(values, row, entry, sums, 0, false, fresh);
    }
    if (i < outputs) {
      addOne(values, row, entry, sums, 0, false, fresh);
      sums += row;
    }
  }
}

/**
 * Adds along lines, eight at a time, which become columns of a tile on the way: `values` has shape `[lines, inputs]`,
 * `sums` `[lines, outputs]`, float64; with room for as many lines as make `lines` a multiple of eight.
 *
 * @param wide whether values are float64, else float32.
 * @param fresh whether sums begin at 0, else with what they hold.
 * @param tile scratch of `8 * (inputs + 4)` float64.
 */
export function resampleLines(
  values: usize,
  wide: bool,
  inputs: i32,
  table: usize,
  outputs: i32,
  lines: i32,
  sums: usize,
  fresh: bool,
  tile: usize,
): void {
  const line = <usize> outputs << 3;
  for (; lines > 0; lines -= 8, sums += 8 * line) {
    if (wide) {
      wideToColumns(values, inputs, tile);
    } else {
      toColumns(values, inputs, tile);
    }
    let i = 0, entry = table, to = sums;
    for (; i + 2 <= outputs; i += 2, entry += 2 * TABLE_BYTES, to += 16) {
      addTwo(tile, STEP, entry, to, line, true, fresh);
    }
    if (i < outputs) addOne(tile, STEP, entry, to, line, true, fresh);
    values += <usize> inputs << (wide ? 6 : 5);
  }
}

/**
 * Adds to an output and the one behind it: first what only the former needs, then what both do, then what only the
 * latter does.
 *
 * @param row bytes of a row of values.
 * @param lines whether sums lie in lines of `line` bytes, those of one column in each, else in rows like the values.
 */
// @inline
function addTwo(values: usize, row: usize, table: usize, sums: usize, line: usize, lines: bool, fresh: bool): void {
  const first0 = load<u32>(table), end0 = load<u32>(table, 4);
  const first1 = load<u32>(table, 12), end1 = load<u32>(table, 16);
  const overlap = first0 <= first1 && first1 < end0 && end0 <= end1;
  const both = <usize> (overlap ? end0 - first1 : 0) * row;
  const before = <usize> (end0 - first0) * row - both;
  const after = <usize> (end1 - first1) * row - both;
  const weights0: usize = load<u32>(table, 8), weights1: usize = load<u32>(table, 20);
  let from0 = values + row * first0, from1 = values + row * first1;
  for (let left = row;; left -= STEP, from0 += STEP, from1 += STEP, sums += STEP) {
    const next = sums + row;
    let s0 = ZERO, s1 = ZERO, s2 = ZERO, s3 = ZERO, t0 = ZERO, t1 = ZERO, t2 = ZERO, t3 = ZERO;
    if (!fresh && lines) {
      s0 = former(sums, line), t0 = latter(sums, line);
      s1 = former(sums + 2 * line, line), t1 = latter(sums + 2 * line, line);
      s2 = former(sums + 4 * line, line), t2 = latter(sums + 4 * line, line);
      s3 = former(sums + 6 * line, line), t3 = latter(sums + 6 * line, line);
    } else if (!fresh) {
      s0 = v128.load(sums), s1 = v128.load(sums, 16), s2 = v128.load(sums, 32), s3 = v128.load(sums, 48);
      t0 = v128.load(next), t1 = v128.load(next, 16), t2 = v128.load(next, 32), t3 = v128.load(next, 48);
    }
    let w0 = weights0, w1 = weights1, p = from0, end = p + before;
    for (; p < end; p += row, w0 += 8) {
      const w = v128.load64_splat(w0);
      s0 = f64x2.add(s0, f64x2.mul(w, v128.load(p)));
      s1 = f64x2.add(s1, f64x2.mul(w, v128.load(p, 16)));
      s2 = f64x2.add(s2, f64x2.mul(w, v128.load(p, 32)));
      s3 = f64x2.add(s3, f64x2.mul(w, v128.load(p, 48)));
    }
    p = from1, end = p + both;
    for (; p < end; p += row, w0 += 8, w1 += 8) {
      const w = v128.load64_splat(w0), v = v128.load64_splat(w1);
      const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
      s0 = f64x2.add(s0, f64x2.mul(w, a));
      t0 = f64x2.add(t0, f64x2.mul(v, a));
      s1 = f64x2.add(s1, f64x2.mul(w, b));
      t1 = f64x2.add(t1, f64x2.mul(v, b));
      s2 = f64x2.add(s2, f64x2.mul(w, c));
      t2 = f64x2.add(t2, f64x2.mul(v, c));
      s3 = f64x2.add(s3, f64x2.mul(w, d));
      t3 = f64x2.add(t3, f64x2.mul(v, d));
    }
    for (end = p + after; p < end; p += row, w1 += 8) {
      const v = v128.load64_splat(w1);
      t0 = f64x2.add(t0, f64x2.mul(v, v128.load(p)));
      t1 = f64x2.add(t1, f64x2.mul(v, v128.load(p, 16)));
      t2 = f64x2.add(t2, f64x2.mul(v, v128.load(p, 32)));
      t3 = f64x2.add(t3, f64x2.mul(v, v128.load(p, 48)));
    }
    if (lines) {
      storeTwo(sums, line, s0, t0);
      storeTwo(sums + 2 * line, line, s1, t1);
      storeTwo(sums + 4 * line, line, s2, t2);
      storeTwo(sums + 6 * line, line, s3, t3);
      break;
    }
    storeStep(sums, left, s0, s1, s2, s3);
    storeStep(next, left, t0, t1, t2, t3);
    if (left <= STEP) break;
  }
}

/** Adds to one output; parameters as above. */
// @inline
function addOne(values: usize, row: usize, table: usize, sums: usize, line: usize, lines: bool, fresh: bool): void {
  const first = load<u32>(table);
  const bytes = <usize> (load<u32>(table, 4) - first) * row;
  const weights: usize = load<u32>(table, 8);
  let from = values + row * first;
  for (let left = row;; left -= STEP, from += STEP, sums += STEP) {
    let s0 = ZERO, s1 = ZERO, s2 = ZERO, s3 = ZERO;
    if (!fresh && lines) {
      s0 = firstOfLines(sums, line), s1 = firstOfLines(sums + 2 * line, line);
      s2 = firstOfLines(sums + 4 * line, line), s3 = firstOfLines(sums + 6 * line, line);
    } else if (!fresh) {
      s0 = v128.load(sums), s1 = v128.load(sums, 16), s2 = v128.load(sums, 32), s3 = v128.load(sums, 48);
    }
    const end = from + bytes;
    for (let p = from, weight = weights; p < end; p += row, weight += 8) {
      const w = v128.load64_splat(weight);
      s0 = f64x2.add(s0, f64x2.mul(w, v128.load(p)));
      s1 = f64x2.add(s1, f64x2.mul(w, v128.load(p, 16)));
      s2 = f64x2.add(s2, f64x2.mul(w, v128.load(p, 32)));
      s3 = f64x2.add(s3, f64x2.mul(w, v128.load(p, 48)));
    }
    if (lines) {
      storeOne(sums, line, s0);
      storeOne(sums + 2 * line, line, s1);
      storeOne(sums + 4 * line, line, s2);
      storeOne(sums + 6 * line, line, s3);
      break;
    }
    storeStep(sums, left, s0, s1, s2, s3);
    if (left <= STEP) break;
  }
}

/** The former of two outputs, of a line and the next. */
// @inline
function former(at: usize, line: usize): v128 {
  return v128.shuffle<i64>(v128.load(at), v128.load(at + line), 0, 2);
}

/** The latter of two outputs, of a line and the next. */
// @inline
function latter(at: usize, line: usize): v128 {
  return v128.shuffle<i64>(v128.load(at), v128.load(at + line), 1, 3);
}

/** The last output, of a line and the next. */
// @inline
function firstOfLines(at: usize, line: usize): v128 {
  return v128.load64_lane(at + line, v128.load64_zero(at), 1);
}

/** Two outputs of a line and the next. */
// @inline
function storeTwo(at: usize, line: usize, outputs: v128, next: v128): void {
  v128.store(at, v128.shuffle<i64>(outputs, next, 0, 2));
  v128.store(at + line, v128.shuffle<i64>(outputs, next, 1, 3));
}

// @inline
function storeOne(at: usize, line: usize, output: v128): void {
  v128.store64_lane(at, output, 0);
  v128.store64_lane(at + line, output, 1);
}

/** Stores a step, or where fewer bytes are left than it has, these: what lies behind belongs to the next row. */
// @inline
function storeStep(to: usize, left: usize, s0: v128, s1: v128, s2: v128, s3: v128): void {
  if (left < STEP) {
    storePart(to, left, s0, s1, s2, s3);
  } else {
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}

/** Stores the first `bytes` of a step that is not whole. */
function storePart(to: usize, bytes: usize, s0: v128, s1: v128, s2: v128, s3: v128): void {
  if (bytes >= 32) {
    v128.store(to, s0);
    v128.store(to, s1, 16);
    s0 = s2;
    s1 = s3;
    to += 32;
    bytes -= 32;
  }
  if (bytes >= 16) {
    v128.store(to, s0);
    s0 = s1;
    to += 16;
    bytes -= 16;
  }
  if (bytes > 0) v128.store64_lane(to, s0, 0);
}
