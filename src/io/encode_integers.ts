/**
 * Float32 values as integers of 8 or 16 bits, by WebAssembly. Twin: `roundAndClamp` of numeric.ts, in the same values
 * and counts.
 *
 * @module
 */

import type { StorageCounts } from "../volume.ts";
import { threadStages } from "../wasm/thread_stages.ts";

/** Values copied at once, and how far vectors reach beyond the last. */
const [PIECE, SPARE] = [8192, 8];

/** Integers of 8 or 16 bits. */
export type ShortIntegers =
  | Uint8Array<ArrayBufferLike>
  | Int8Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>;

/**
 * Stores values in `out`, rounded half to even, clamped, 0 where they are not finite.
 *
 * @param range of the type of `out`.
 * @param counts raised by the number of values that were clamped, not finite, or rounded to 0.
 */
export function encodeIntegers(
  values: Float32Array,
  [least, most]: readonly [number, number],
  counts: StorageCounts,
  out: ShortIntegers,
): void {
  const { stages, arena } = threadStages();
  arena.release();
  const size = Math.min(PIECE, values.length);
  const piece = arena.take(Float32Array, size + SPARE);
  const bytes = out.BYTES_PER_ELEMENT;
  const stored = arena.take(Uint8Array, bytes * (size + SPARE));
  const found = arena.take(Int32Array, 3);
  const target = new Uint8Array(out.buffer, out.byteOffset, out.byteLength);
  for (let at = 0; at < values.length; at += PIECE) {
    const count = Math.min(PIECE, values.length - at);
    piece.set(values.subarray(at, at + count));
    piece.fill(0, count, count + SPARE);
    stages.integers(piece.byteOffset, count, least, most, bytes, stored.byteOffset, found.byteOffset);
    target.set(stored.subarray(0, bytes * count), bytes * at);
  }
  counts.clamped += found[0];
  counts.nonFinite += found[1];
  counts.zeroed += found[2];
}
