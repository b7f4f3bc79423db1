/**
 * What is kept of an answer in tests/golden/oct_pipeline.json: every value of a short one, every 29th of a long one, and of masks every bit.
 *
 * @module
 */

import type { Shape3 } from "../../src/volume.ts";

/** Size of the stacks that goldens are made on. */
export const GOLDEN_SIZE: Shape3 = [11, 31, 37];

/** Answers up to this length are kept whole. */
const SHORT = 64;

/** Distance between the values kept of a long one. */
const STEP = 29;

/** An answer as kept: bits, eight a byte from the lowest, as base64; or numbers, infinity as text. */
export interface GoldenAnswer {
  readonly bits?: string;
  readonly length?: number;
  readonly values?: readonly (number | string)[];
}

/** What is kept of an answer. */
export function goldenOf(answer: ArrayLike<number>): GoldenAnswer {
  const all = Array.from(answer);
  if (all.length > SHORT && all.every((value) => value === 0 || value === 1)) {
    return { bits: pack(all), length: all.length };
  }
  const kept = all.length <= SHORT ? all : all.filter((_, i) => i % STEP === 0);
  return { values: kept.map((value) => isFinite(value) ? Number(value.toPrecision(9)) : String(value)) };
}

/** The numbers of a kept answer. */
export function valuesOf({ bits, length, values }: GoldenAnswer): number[] {
  if (bits === undefined) return (values ?? []).map(Number);
  const bytes = atob(bits);
  return Array.from({ length: length ?? 0 }, (_, i) => (bytes.charCodeAt(i >> 3) >> (i & 7)) & 1);
}

/** The same numbers of an answer at hand. */
export function keptValues(answer: ArrayLike<number>): number[] {
  return valuesOf(goldenOf(answer));
}

function pack(bits: readonly number[]): string {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => bytes[i >> 3] |= bit << (i & 7));
  return btoa(String.fromCharCode(...bytes));
}
