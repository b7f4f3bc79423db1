/**
 * Which voxels are inside, value by value.
 *
 * @module
 */

import type { Job } from "../job.ts";

/** What is inside, as far as its intensity is finite: every voxel, those that are not 0, above a threshold, equal to a label, or marked already. */
export type InsideRule =
  | { readonly by: "all" }
  | { readonly by: "nonzero" }
  | { readonly by: "threshold"; readonly threshold: number }
  | { readonly by: "label"; readonly label: number }
  | { readonly by: "mark" };

/** Voxels to be marked; equal lengths. */
export interface MarkRequest {
  /** What is inside. */
  readonly rule: InsideRule;
  /** What the rule looks at. */
  readonly values: Float32Array;
  /** Intensities; where they are not finite nothing is inside. */
  readonly intensity: Float32Array;
  /** Receives 1 inside and 0 outside. With rule `mark` it holds marks, and loses some. */
  readonly out: Uint8Array;
}

/** Marks voxels inside. */
export const MARK_INSIDE: Job<MarkRequest, void> = {
  name: "mark inside",
  work({ rule, values, intensity, out }) {
    switch (rule.by) {
      // The difference of a number with itself is 0 where it is finite, else NaN.
      case "all":
        for (let i = 0; i < out.length; i++) out[i] = Number(intensity[i] - intensity[i] === 0);
        break;
      case "nonzero":
        for (let i = 0; i < out.length; i++) {
          out[i] = Number(Math.abs(values[i]) > 0) & Number(intensity[i] - intensity[i] === 0);
        }
        break;
      case "threshold":
        for (let i = 0; i < out.length; i++) {
          out[i] = Number(values[i] > rule.threshold) & Number(intensity[i] - intensity[i] === 0);
        }
        break;
      case "label":
        for (let i = 0; i < out.length; i++) {
          out[i] = Number(values[i] === rule.label) & Number(intensity[i] - intensity[i] === 0);
        }
        break;
      case "mark":
        for (let i = 0; i < out.length; i++) out[i] &= Number(intensity[i] - intensity[i] === 0);
        break;
    }
  },
};
