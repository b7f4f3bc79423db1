/**
 * Exact sums of many values by WebAssembly: plain sums of short runs, which are exact where the values of a run are not
 * too far apart. Twin: `ExactSums.add`.
 *
 * @module
 */

import { threadStages } from "../../wasm/thread_stages.ts";
import { type ExactSums, MOST_EXPONENT } from "./exact_sum.ts";

/** Values of a run: their sum needs ten bits more than they have. */
const RUN = 1024;

/** Values copied at once. */
const PIECE = 8 * RUN;

/** Most powers of two between the values of a run whose sum is exact: 53 bits less a value's 24 and a run's 10. */
const MOST_APART = 19;

/** The exponent of what is not finite; the least one of a run that has nothing but zeros. */
const NO_EXPONENT = 255;

/** Results of the module. */
const RESULTS = 4;

/** Vectors reach this far beyond the last value. */
const SPARE = 4;

/** Adds the finite values `[begin, end)` whose byte in `inside` (left out: all of them) is not 0 to a group of sums. */
export function sumValues(
  sums: ExactSums,
  group: number,
  values: Float32Array,
  begin: number,
  end: number,
  inside?: Uint8Array,
): void {
  const { stages, arena } = threadStages();
  arena.release();
  const [piece, marks] = [arena.take(Float32Array, PIECE + SPARE), arena.take(Uint8Array, PIECE + SPARE)];
  const result = arena.take(Float64Array, RESULTS);
  for (let at = begin; at < end; at += PIECE) {
    const length = Math.min(PIECE, end - at);
    piece.set(values.subarray(at, at + length));
    piece.fill(0, length, length + SPARE);
    if (inside) {
      marks.set(inside.subarray(at, at + length));
      marks.fill(0, length, length + SPARE);
    }
    for (let from = 0; from < length; from += RUN) {
      const count = Math.min(RUN, length - from);
      const bytes = inside ? marks.byteOffset + from : 0;
      stages.sum(piece.byteOffset + 4 * from, bytes, count, result.byteOffset);
      const [sum, most, least, taken] = result;
      const exponent = most === 0 && least === NO_EXPONENT ? 1 : least;
      const exact = exponent > 0 && most < NO_EXPONENT && most - exponent <= MOST_APART && exponent <= MOST_EXPONENT;
      if (exact) sums.addSum(group, sum, exponent, taken);
      else sums.add(group, values, at + from, at + from + count, inside);
    }
  }
}
