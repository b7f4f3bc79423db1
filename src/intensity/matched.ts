/**
 * Intensities as the fit sees them: matched to the whole volume's histogram, and brought to a smooth profile along z.
 *
 * @module
 */

import type { LookupTables } from "../backends/backend.ts";
import { lookUp, tableOfPlane } from "../n4/lookup.ts";

/** What is done to intensities inside the mask before a field is fitted, and with it to the output. */
export interface Matching {
  /** Histogram matching. */
  readonly luts?: LookupTables;
  /** Gain per plane. */
  readonly zGain?: Float32Array;
}

/** The matching of another run of planes. @param planes that each of them is matched like. */
export function onPlanes({ luts, zGain }: Matching, planes: Int32Array): Matching {
  return {
    ...(luts ? { luts: { ...luts, tableOfPlane: planes.map((z) => luts.tableOfPlane[z]) } } : {}),
    ...(zGain ? { zGain: Float32Array.from(planes, (z) => zGain[z]) } : {}),
  };
}

/** The matched intensity of a voxel on plane z inside the mask. */
export type Matcher = (value: number, z: number) => number;

/** A function for {@linkcode Matching}; `undefined` where nothing is matched. */
export function createMatcher({ luts, zGain }: Matching): Matcher | undefined {
  if (!luts && !zGain) return undefined;
  return (value, z) => {
    const table = tableOfPlane(luts, z);
    const matched = luts && table ? lookUp(luts, table, value) : value;
    return zGain ? matched * zGain[z] : matched;
  };
}
