/** Lines become columns: eight lines of values as rows of eight float64. */

import { promoteHigh } from "./parts";

/** Bytes of a row of eight columns. */
const ROW: usize = 64;

/** Eight lines of float32 as rows of eight columns of float64, up to three rows more than `length`. */
export function toColumns(lines: usize, length: i32, columns: usize): void {
  const line = <usize> length << 2;
  const end = lines + line;
  for (; lines < end; lines += 16, columns += 4 * ROW) {
    fourToColumns(lines, line, columns);
    fourToColumns(lines + 4 * line, line, columns + 32);
  }
}

/** Four values of four lines. */
// @inline
function fourToColumns(from: usize, line: usize, to: usize): void {
  const a = v128.load(from), b = v128.load(from + line), c = v128.load(from + 2 * line), d = v128.load(from + 3 * line);
  const ab01 = v128.shuffle<i32>(a, b, 0, 4, 1, 5), ab23 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cd23 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, f64x2.promote_low_f32x4(ab01));
  v128.store(to, f64x2.promote_low_f32x4(cd01), 16);
  v128.store(to, promoteHigh(ab01), 64);
  v128.store(to, promoteHigh(cd01), 80);
  v128.store(to, f64x2.promote_low_f32x4(ab23), 128);
  v128.store(to, f64x2.promote_low_f32x4(cd23), 144);
  v128.store(to, promoteHigh(ab23), 192);
  v128.store(to, promoteHigh(cd23), 208);
}

/** The same of float64 lines, up to one row more than `length`. */
export function wideToColumns(lines: usize, length: i32, columns: usize): void {
  const line = <usize> length << 3;
  const end = lines + line;
  for (; lines < end; lines += 16, columns += 2 * ROW) {
    for (let pair: usize = 0, from = lines; pair < ROW; pair += 16, from += 2 * line) {
      const a = v128.load(from), b = v128.load(from + line);
      v128.store(columns + pair, v128.shuffle<i64>(a, b, 0, 2));
      v128.store(columns + pair, v128.shuffle<i64>(a, b, 1, 3), 64);
    }
  }
}
