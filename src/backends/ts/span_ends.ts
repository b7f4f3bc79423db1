/**
 * The samples of a row that lie in one span share their four control points.
 *
 * @module
 */

import type { SplineRows } from "../backend.ts";

/** For each first control point k of an axis, the end of the run of positions that it belongs to: position i lies before `spanEnds[first[i]]`. */
export function spanEnds({ first, points }: SplineRows): Int32Array {
  const ends = new Int32Array(points);
  for (let i = 0; i < first.length; i++) ends[first[i]] = i + 1;
  return ends;
}
