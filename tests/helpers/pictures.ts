/**
 * Pictures read back: colours of pixels, the numbers they stand for, and how these follow an array.
 *
 * @module
 */

import type { decode } from "npm:fast-png@8.0.0";
import { COLOURS } from "../../src/figure/colour_map.ts";

/** A decoded PNG. */
export type Picture = ReturnType<typeof decode>;

/** Red, green and blue of a pixel. */
export function colourAt({ data, width, channels }: Picture, x: number, y: number): number[] {
  return Array.from(data.subarray(channels * (y * width + x), channels * (y * width + x) + 3));
}

/** The value in [0, 1] whose colour is nearest. */
export function valueOf(colour: readonly number[], table: Uint8Array): number {
  let best = 0;
  let least = Infinity;
  for (let i = 0; i < COLOURS; i++) {
    const distance = colour.reduce((sum, c, k) => sum + (c - table[3 * i + k]) ** 2, 0);
    if (distance < least) [best, least] = [i, distance];
  }
  return best / (COLOURS - 1);
}

/** Pearson's r of two lists. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
