/**
 * Log bias fields on sample grids, and how far two of them are apart.
 *
 * @module
 */

import type { Lattice } from "../../src/backends/backend.ts";
import { splineRows3 } from "../../src/n4/bspline.ts";
import type { Shape3 } from "../../src/volume.ts";

/**
 * The lattice's log field at a grid of positions, float64, C order.
 *
 * @param positions full-resolution positions of planes, rows and columns.
 * @param domain full-resolution shape that the lattice spans.
 */
export function logFieldOn(lattice: Lattice, positions: readonly Float64Array[], domain: Shape3): Float64Array {
  const [cz, cy, cx] = lattice.points;
  const rows = splineRows3(positions, domain, lattice.points);
  let values = lattice.values;
  let [outer, count, inner] = [1, cz, cy * cx];
  for (let axis = 0; axis < 3; axis++) {
    const { first, evaluate } = rows[axis];
    const n = first.length;
    const next = new Float64Array(outer * n * inner);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < n; i++) {
        const from = (o * count + first[i]) * inner;
        const to = (o * n + i) * inner;
        for (let j = 0; j < 4; j++) {
          const weight = evaluate[4 * i + j];
          for (let c = 0; c < inner; c++) next[to + c] += weight * values[from + j * inner + c];
        }
      }
    }
    values = next;
    outer *= n;
    if (axis === 0) [count, inner] = [cy, cx];
    else [count, inner] = [cx, 1];
  }
  return values;
}

/** How two log fields differ where they are compared. */
export interface FieldDifference {
  /** Voxels compared. */
  readonly count: number;
  /** Largest |a - b|. */
  readonly max: number;
  /** Root mean square of a - b. */
  readonly rms: number;
  /** Pearson's correlation of a and b. */
  readonly r: number;
}

/**
 * Compares two log fields where `inside` holds and both are finite.
 *
 * @param centred take the mean of each field away first: the scale of a field is not identifiable.
 */
export function compareFields(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  inside: (i: number) => boolean,
  centred = false,
): FieldDifference {
  let [count, meanA, meanB] = [0, 0, 0];
  const taken = (i: number) => inside(i) && isFinite(a[i]) && isFinite(b[i]);
  for (let i = 0; i < a.length; i++) {
    if (!taken(i)) continue;
    count++;
    meanA += a[i];
    meanB += b[i];
  }
  meanA /= count;
  meanB /= count;
  const offset = centred ? meanA - meanB : 0;
  let [max, squares, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!taken(i)) continue;
    const difference = a[i] - b[i] - offset;
    max = Math.max(max, Math.abs(difference));
    squares += difference * difference;
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
    ab += (a[i] - meanA) * (b[i] - meanB);
  }
  return { count, max, rms: Math.sqrt(squares / count), r: ab / Math.sqrt(aa * bb) };
}
