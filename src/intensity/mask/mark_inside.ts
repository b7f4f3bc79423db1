/**
 * Which voxels are inside, value by value.
 *
 * @module
 */

import { type Job, type Threads, threadsFor } from "../../thread_job.ts";
import { allFinite, bitsOf, BLOCK } from "../nonfinite.ts";

/**
 * Which finite voxels are inside: all, those that are not 0, above a threshold, equal to a label, or marked already.
 */
export type InsideRule =
  | { readonly by: "all" }
  | { readonly by: "nonzero" }
  | { readonly by: "threshold"; readonly threshold: number }
  | { readonly by: "label"; readonly label: number }
  | { readonly by: "mark" };

/** Voxels to be marked; equal lengths. */
interface MarkRequest {
  /** What is inside. */
  readonly rule: InsideRule;
  /** What the rule looks at. */
  readonly values: Float32Array;
  /** Intensities; where they are not finite nothing is inside. */
  readonly intensity: Float32Array;
  /** Receives 1 inside and 0 outside. With rule `mark` it holds marks, and loses some. */
  readonly out: Uint8Array;
}

/** Bits of infinity; those of NaN are larger. */
const INFINITE = 0x7f800000;

/** Marks voxels inside. */
export const MARK_INSIDE: Job<MarkRequest, void> = {
  name: "mark inside",
  work({ rule, values, intensity, out }) {
    const bits = bitsOf(intensity);
    if (rule.by === "nonzero" && values === intensity) return markNonzero(bits, INFINITE, out, 0, out.length);
    const words = bitsOf(values);
    for (let begin = 0; begin < out.length; begin += BLOCK) {
      const end = Math.min(begin + BLOCK, out.length);
      if (rule.by === "all") out.fill(1, begin, end);
      else if (rule.by === "nonzero") markNonzero(words, INFINITE + 1, out, begin, end);
      else if (rule.by === "threshold") markAbove(values, rule.threshold, out, begin, end);
      else if (rule.by === "label") markLabel(values, rule.label, out, begin, end);
      if (!allFinite(bits, begin, end)) unmarkNonfinite(intensity, out, begin, end);
    }
  },
};

/**
 * Clears the marks of voxels whose intensities are not finite.
 *
 * @param threads who does it; left out: the calling thread.
 */
export async function keepFinite(intensity: Float32Array, out: Uint8Array, threads?: Threads): Promise<void> {
  const request = { rule: { by: "mark" }, values: intensity, intensity, out } as const;
  await threadsFor(threads, intensity, out).run(MARK_INSIDE, request);
}

/** Marks the values `[begin, end)` above a threshold with 1, others with 0. */
function markAbove(values: Float32Array, threshold: number, out: Uint8Array, begin: number, end: number): void {
  // Four at a time, for speed, and since V8's middle compiler would inline a shorter loop and never optimise it
  // further.
  let i = begin;
  for (const last = end - 3; i < last; i += 4) {
    out[i] = Number(values[i] > threshold);
    out[i + 1] = Number(values[i + 1] > threshold);
    out[i + 2] = Number(values[i + 2] > threshold);
    out[i + 3] = Number(values[i + 3] > threshold);
  }
  for (; i < end; i++) out[i] = Number(values[i] > threshold);
}

/** Marks values, given by their bits, whose magnitude's bits lie in (0, limit): two differences are negative there. */
function markNonzero(bits: Int32Array, limit: number, out: Uint8Array, begin: number, end: number): void {
  let i = begin;
  for (const last = end - 3; i < last; i += 4) {
    const a = bits[i] & 0x7fffffff, b = bits[i + 1] & 0x7fffffff;
    const c = bits[i + 2] & 0x7fffffff, d = bits[i + 3] & 0x7fffffff;
    out[i] = ((0 - a) & (a - limit)) >>> 31;
    out[i + 1] = ((0 - b) & (b - limit)) >>> 31;
    out[i + 2] = ((0 - c) & (c - limit)) >>> 31;
    out[i + 3] = ((0 - d) & (d - limit)) >>> 31;
  }
  for (; i < end; i++) out[i] = ((0 - (bits[i] & 0x7fffffff)) & ((bits[i] & 0x7fffffff) - limit)) >>> 31;
}

function markLabel(values: Float32Array, label: number, out: Uint8Array, begin: number, end: number): void {
  let i = begin;
  for (const last = end - 3; i < last; i += 4) {
    out[i] = Number(values[i] === label);
    out[i + 1] = Number(values[i + 1] === label);
    out[i + 2] = Number(values[i + 2] === label);
    out[i + 3] = Number(values[i + 3] === label);
  }
  for (; i < end; i++) out[i] = Number(values[i] === label);
}

function unmarkNonfinite(intensity: Float32Array, out: Uint8Array, begin: number, end: number): void {
  // The difference of a number with itself is 0 where it is finite, else NaN.
  for (let i = begin; i < end; i++) if (intensity[i] - intensity[i] !== 0) out[i] = 0;
}
