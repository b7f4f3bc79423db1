/**
 * Which voxels of a box lie above a threshold, as a job: packed bits, so that the caller only has to place words.
 *
 * @module
 */

import type { Job } from "../../thread_job.ts";
import { type Box, boxShape } from "../../volume.ts";
import { wordsAcross } from "./bit_volume.ts";

/** Values of a box, and what they are compared with. */
interface PackRequest {
  readonly box: Box;
  readonly values: Float32Array;
  /** The threshold of each of its planes. */
  readonly thresholds: readonly number[];
  /**
   * Receives packed rows, as `BitVolume.writePackedBox` takes them: 1 where a value lies above its plane's threshold.
   */
  readonly out: Uint32Array;
}

/** Marks the values above their planes' thresholds. */
export const PACK_ABOVE: Job<PackRequest, void> = {
  name: "pack above",
  work({ box, values, thresholds, out }) {
    const [, ny, nx] = boxShape(box);
    const across = wordsAcross(box);
    for (let row = 0, begin = 0, at = 0; begin < values.length; row++, begin += nx, at += across) {
      packRowAbove(values, thresholds[Math.floor(row / ny)], [begin, nx, box.x0 & 31], out, at);
    }
  },
};

/** Packs a row of `count` values, the first of which becomes bit `bit` of the first word. */
function packRowAbove(
  values: Float32Array,
  threshold: number,
  [begin, count, bit]: readonly [number, number, number],
  out: Uint32Array,
  at: number,
): void {
  const end = begin + count;
  let i = begin;
  if (bit > 0) {
    out[at++] = packSome(values, threshold, i, Math.min(end, i + 32 - bit)) << bit;
    i += 32 - bit;
  }
  for (; i + 32 <= end; i += 32) out[at++] = packWord(values, threshold, i);
  if (i < end) out[at] = packSome(values, threshold, i, end);
}

/** 32 values as bits. */
function packWord(values: Float32Array, threshold: number, begin: number): number {
  let word = 0;
  for (let place = 0, i = begin; place < 32; place += 4, i += 4) {
    const four = Number(values[i] > threshold) | (Number(values[i + 1] > threshold) << 1) |
      (Number(values[i + 2] > threshold) << 2) | (Number(values[i + 3] > threshold) << 3);
    word |= four << place;
  }
  return word;
}

/** Fewer values as bits, from bit 0 on. */
function packSome(values: Float32Array, threshold: number, begin: number, end: number): number {
  let word = 0;
  for (let i = begin; i < end; i++) word |= Number(values[i] > threshold) << (i - begin);
  return word;
}
