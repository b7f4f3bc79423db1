/**
 * Uniform cubic B-splines: the rows of weights that fit and evaluate a lattice, its refinement, its evaluation at a
 * point. A volume of N voxels along an axis carries `spans` knot spans and `spans + 3` control points there; voxel i
 * lies at the parametric coordinate `i * spans / (N - 1)`. Scattered-data fit: Lee, Wolberg and Shin 1997,
 * doi:10.1109/2945.620490.
 *
 * @module
 */

import type { Lattice, SplineRows, SplineRows3 } from "../backends/backend.ts";
import { perAxis, type Shape3, type Triple, voxelCount } from "../volume.ts";

/** Control points of a cubic spline beyond its number of spans. */
export const SPLINE_ORDER = 3;

/** The four uniform cubic weights at `t` in [0, 1), written to `out[offset .. offset + 3]`; they sum to 1. */
function cubicWeights(t: number, out: Float64Array, offset: number): void {
  const s = 1 - t;
  out[offset] = (s * s * s) / 6;
  out[offset + 1] = (3 * t * t * t - 6 * t * t + 4) / 6;
  out[offset + 2] = (3 * s * s * s - 6 * s * s + 4) / 6;
  out[offset + 3] = (t * t * t) / 6;
}

/**
 * Spline rows for positions on one axis.
 *
 * @param positions full-resolution indices, ascending; values outside [0, length - 1] are clamped to it.
 * @param length N, voxels of the axis at full resolution.
 * @param points control points along the axis, >= 4.
 */
export function splineRows(positions: Float64Array, length: number, points: number): SplineRows {
  const n = positions.length;
  const spans = points - SPLINE_ORDER;
  const scale = length > 1 ? spans / (length - 1) : 0;
  const last = length > 1 ? spans - 1e-3 * scale : 0;
  const first = new Int32Array(n);
  const evaluate = new Float64Array(4 * n);
  const omega = new Float64Array(4 * n);
  const delta = new Float64Array(4 * n);
  for (let i = 0; i < n; i++) {
    const p = Math.min(Math.max(positions[i] * scale, 0), last);
    first[i] = Math.floor(p);
    cubicWeights(p - first[i], evaluate, 4 * i);
    let squares = 0;
    for (let j = 4 * i; j < 4 * i + 4; j++) squares += evaluate[j] * evaluate[j];
    for (let j = 4 * i; j < 4 * i + 4; j++) {
      const b = evaluate[j];
      omega[j] = b * b;
      delta[j] = (b * b * b) / squares;
    }
  }
  return { points, first, evaluate, omega, delta };
}

/** Spline rows of all three axes, `[z, y, x]`; `shape` is the full-resolution grid that the lattice spans. */
export function splineRows3(positions: readonly Float64Array[], shape: Shape3, points: Triple): SplineRows3 {
  return perAxis((a) => splineRows(positions[a], shape[a], points[a]));
}

/** A grid that a spline spans, and how far it reaches beyond the volume. */
export interface PaddedShape {
  /** Full-resolution shape, padding included. */
  readonly shape: Shape3;
  /** Voxels of padding before the first plane, row and column of the volume; left out: none. */
  readonly below?: Triple;
}

/** Positions in the volume as positions in a padded grid. */
export function inPadded<P extends readonly Float64Array[]>(positions: P, { below }: Pick<PaddedShape, "below">): P {
  return below ? positions.map((axis, a) => axis.map((p) => p + below[a])) as unknown as P : positions;
}

/** A lattice of zeros. */
export function zeroLattice(points: Triple): Lattice {
  return { points, values: new Float64Array(voxelCount(points)) };
}

/** Control points after one refinement of an axis: every span is halved. */
export function refinedPoints(points: number): number {
  return 2 * points - SPLINE_ORDER;
}

/** Halves the spans of the chosen axes; the field stays the same. Weights 1/2 1/2 and 1/8 6/8 1/8. */
export function refineLattice(lattice: Lattice, axes: readonly [z: boolean, y: boolean, x: boolean]): Lattice {
  let refined = lattice;
  for (let axis = 0; axis < 3; axis++) {
    if (axes[axis]) refined = refineAxis(refined, axis);
  }
  return refined;
}

function refineAxis(lattice: Lattice, axis: number): Lattice {
  const count = lattice.points[axis];
  const points: [number, number, number] = [...lattice.points];
  points[axis] = refinedPoints(count);
  const inner = lattice.points.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = lattice.points.slice(0, axis).reduce((a, b) => a * b, 1);
  const old = lattice.values;
  const values = new Float64Array(voxelCount(points));
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < points[axis]; k++) {
      const from = (o * count + (k >> 1)) * inner;
      const to = (o * points[axis] + k) * inner;
      for (let i = 0; i < inner; i++) {
        values[to + i] = k % 2 === 0
          ? (old[from + i] + old[from + inner + i]) / 2
          : (old[from + i] + 6 * old[from + inner + i] + old[from + 2 * inner + i]) / 8;
      }
    }
  }
  return { points, values };
}

/**
 * The spline's value where row `iz`, `iy`, `ix` of `rows` points, from 64 control points; for single points and tests.
 */
export function evaluateAt(lattice: Lattice, rows: SplineRows3, iz: number, iy: number, ix: number): number {
  const [, cy, cx] = lattice.points;
  const [z, y, x] = rows;
  let sum = 0;
  for (let a = 0; a < 4; a++) {
    for (let b = 0; b < 4; b++) {
      const row = ((z.first[iz] + a) * cy + y.first[iy] + b) * cx + x.first[ix];
      const weight = z.evaluate[4 * iz + a] * y.evaluate[4 * iy + b];
      for (let c = 0; c < 4; c++) sum += weight * x.evaluate[4 * ix + c] * lattice.values[row + c];
    }
  }
  return sum;
}

/** Writes the spline's values along a row of positions, `iz` and `iy` fixed, into `out`, length of the x rows. */
export function evaluateRow(lattice: Lattice, rows: SplineRows3, iz: number, iy: number, out: Float64Array): void {
  const [, cy, cx] = lattice.points;
  const [z, y, x] = rows;
  const line = new Float64Array(cx);
  for (let a = 0; a < 4; a++) {
    for (let b = 0; b < 4; b++) {
      const row = ((z.first[iz] + a) * cy + y.first[iy] + b) * cx;
      const weight = z.evaluate[4 * iz + a] * y.evaluate[4 * iy + b];
      for (let c = 0; c < cx; c++) line[c] += weight * lattice.values[row + c];
    }
  }
  for (let ix = 0; ix < out.length; ix++) {
    const k = x.first[ix];
    let sum = 0;
    for (let c = 0; c < 4; c++) sum += x.evaluate[4 * ix + c] * line[k + c];
    out[ix] = sum;
  }
}
