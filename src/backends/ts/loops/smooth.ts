/**
 * Stage `smooth`: a separable Gaussian over one box with its halo, z then y then x, float32 between the passes and
 * float64 within, as SciPy's `gaussian_filter` with mode `reflect`. A voxel's sum runs over its taps in SciPy's order,
 * wherever the box begins: the middle one, then pairs of equal taps from the outermost inwards. These loops are the
 * tested twin of kernels/wasm/smooth.ts, which does the work.
 *
 * @module
 */

import { gaussianRadius, gaussianTaps } from "../../../n4/gaussian.ts";
import { type Box, boxShape } from "../../../volume.ts";
import type { SmoothSpec } from "../../backend.ts";

/** Index of voxel i on an axis of n voxels mirrored at both ends, the edge voxel repeated. */
export function mirrored(i: number, n: number): number {
  const period = 2 * n;
  const m = ((i % period) + period) % period;
  return m < n ? m : period - 1 - m;
}

/** The taps of an axis from the middle outwards, length radius + 1: a Gaussian's are the same on both sides. */
export function foldedTaps({ sigma, truncate }: SmoothSpec, axis: 0 | 1 | 2): Float64Array {
  const radius = gaussianRadius(sigma[axis], truncate);
  return gaussianTaps(sigma[axis], radius).slice(radius);
}

/** Smooths `data`, given over `padded`, into `out` over `box`. */
export function smoothBox(spec: SmoothSpec, box: Box, padded: Box, data: Float32Array, out: Float32Array): void {
  const [, py, px] = boxShape(padded);
  const [nz, ny, nx] = boxShape(box);
  const [tz, ty, tx] = ([0, 1, 2] as const).map((axis) => foldedTaps(spec, axis));
  const afterZ = new Float32Array(py * px);
  const line = new Float32Array(px);
  const columns = Array.from({ length: nx + 2 * (tx.length - 1) }, (_, i) => {
    return mirrored(box.x0 + i - (tx.length - 1), spec.volume[2]) - padded.x0;
  });
  const edged = new Float32Array(columns.length);
  const alongX = Array.from({ length: 2 * tx.length - 1 }, (_, t) => t);
  for (let z = 0; z < nz; z++) {
    const planes = starts(box.z0 + z, tz.length - 1, spec.volume[0], padded.z0, py * px);
    weigh(data, planes, tz, afterZ);
    for (let y = 0; y < ny; y++) {
      weigh(afterZ, starts(box.y0 + y, ty.length - 1, spec.volume[1], padded.y0, px), ty, line);
      for (let i = 0; i < edged.length; i++) edged[i] = line[columns[i]];
      weigh(edged, alongX, tx, out.subarray((z * ny + y) * nx, (z * ny + y + 1) * nx));
    }
  }
}

/**
 * Where the taps of voxel `at` read on an axis of `length` voxels, the first of them given being `first`; `stride`
 * values from one to the next.
 */
function starts(at: number, radius: number, length: number, first: number, stride: number): number[] {
  return Array.from({ length: 2 * radius + 1 }, (_, t) => (mirrored(at + t - radius, length) - first) * stride);
}

/**
 * `out[i] = sum over taps of taps[t] * (data[starts[radius - t] + i] + data[starts[radius + t] + i])`, the middle one
 * counted once.
 */
function weigh(data: Float32Array, from: readonly number[], taps: Float64Array, out: Float32Array): void {
  const radius = taps.length - 1;
  for (let i = 0; i < out.length; i++) {
    let sum = taps[0] * data[from[radius] + i];
    for (let t = radius; t > 0; t--) sum += taps[t] * (data[from[radius - t] + i] + data[from[radius + t] + i]);
    out[i] = sum;
  }
}
