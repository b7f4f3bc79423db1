/**
 * Intensities as the fit sees them: matched to the whole volume's histogram, and brought to a smooth profile along z.
 *
 * @module
 */

import type { LookupTables } from "../../backends/backend.ts";
import { lookUp, type MappedValues, mapTimes, tableOfPlane } from "../../n4/lookup.ts";

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
    luts: luts && { ...luts, tableOfPlane: planes.map((z) => luts.tableOfPlane[z]) },
    zGain: zGain && Float32Array.from(planes, (z) => zGain[z]),
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

/** Writes a row's matched intensities on plane z into `out`, from 0 on, unrounded; places outside may hold anything. */
export function matchRow(matching: Matching | undefined, z: number, row: MappedValues, out: Float64Array): void {
  const gain = matching?.zGain ? matching.zGain[z] : 1;
  const luts = matching?.luts;
  const table = tableOfPlane(luts, z);
  if (luts && table) mapTimes(luts, table, gain, row, out);
  else times(row.values, row.begin, row.end, gain, out);
}

function times(values: Float32Array, begin: number, end: number, gain: number, out: Float64Array): void {
  let [i, x] = [begin, 0];
  for (const last = end - 3; i < last; i += 4, x += 4) {
    out[x] = values[i] * gain;
    out[x + 1] = values[i + 1] * gain;
    out[x + 2] = values[i + 2] * gain;
    out[x + 3] = values[i + 3] * gain;
  }
  for (; i < end; i++, x++) out[x] = values[i] * gain;
}
