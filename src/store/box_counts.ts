/**
 * What writing the corrected image did to values.
 *
 * @module
 */

import { addCounts, noCounts, type StorageCounts } from "../volume.ts";

/** What writing did to the values of some boxes. */
export interface BoxCounts extends StorageCounts {
  /** Voxels of the input that were not finite. */
  nonFiniteInput: number;
}

/** Counts before anything is written. */
export function noBoxCounts(): BoxCounts {
  return { ...noCounts(), nonFiniteInput: 0 };
}

/** Adds counts to others. */
export function addBoxCounts(to: BoxCounts, more: Readonly<BoxCounts>): void {
  addCounts(to, more);
  to.nonFiniteInput += more.nonFiniteInput;
}
