/**
 * Stage `smooth`: a separable Gaussian over one box with its halo, z then y then x, float32 between the passes and float64 within, as
 * SciPy's `gaussian_filter` with mode `reflect`. A voxel's sum runs over its taps in order, wherever the box begins.
 *
 * @module
 */

import { type Box, boxShape, type Shape3 } from "../../volume.ts";
import type { SmoothSpec } from "../backend.ts";

/** Taps on each side of the middle one. */
export function kernelRadius(sigma: number, truncate: number): number {
  return sigma > 0 ? Math.floor(truncate * sigma + 0.5) : 0;
}

/** Voxels that a box needs around itself. */
export function smoothHalo(spec: SmoothSpec): [z: number, y: number, x: number] {
  const radius = (a: number) => Math.min(kernelRadius(spec.sigma[a], spec.truncate), spec.volume[a]);
  return [radius(0), radius(1), radius(2)];
}

/** Normalised Gaussian taps, length `2 * radius + 1`; the single tap 1 where nothing is smoothed. */
function kernel(sigma: number, radius: number): Float64Array {
  if (radius === 0) return Float64Array.of(1);
  const taps = Float64Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const sum = taps.reduce((a, b) => a + b, 0);
  return taps.map((tap) => tap / sum);
}

/** Index of voxel i on an axis of n voxels mirrored at both ends, the edge voxel repeated. */
function mirrored(i: number, n: number): number {
  const period = 2 * n;
  const m = ((i % period) + period) % period;
  return m < n ? m : period - 1 - m;
}

/** Smooths `data`, given over `padded`, into `out` over `box`. */
export function smoothBox(spec: SmoothSpec, box: Box, padded: Box, data: Float32Array, out: Float32Array): void {
  const starts = [[box.z0, padded.z0], [box.y0, padded.y0], [box.x0, padded.x0]];
  const target = boxShape(box);
  let shape: Shape3 = boxShape(padded);
  let current = data;
  for (let axis = 0; axis < 3; axis++) {
    const next: [number, number, number] = [...shape];
    next[axis] = target[axis];
    const result = axis === 2 ? out : new Float32Array(next[0] * next[1] * next[2]);
    smoothAxis(
      current,
      shape,
      axis,
      {
        taps: kernel(spec.sigma[axis], kernelRadius(spec.sigma[axis], spec.truncate)),
        start: starts[axis][0],
        inputStart: starts[axis][1],
        length: spec.volume[axis],
      },
      result,
      next[axis],
    );
    current = result;
    shape = next;
  }
}

/** One axis of a pass: global index of the first voxel wanted and of the first one given, and the axis' length. */
interface AxisPass {
  readonly taps: Float64Array;
  readonly start: number;
  readonly inputStart: number;
  readonly length: number;
}

function smoothAxis(
  data: Float32Array,
  shape: Shape3,
  axis: number,
  { taps, start, inputStart, length }: AxisPass,
  out: Float32Array,
  count: number,
): void {
  const inner = axis === 2 ? 1 : axis === 1 ? shape[2] : shape[1] * shape[2];
  const outer = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  const radius = (taps.length - 1) / 2;
  const line = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      line.fill(0);
      for (let t = 0; t < taps.length; t++) {
        const from = (o * shape[axis] + mirrored(start + i + t - radius, length) - inputStart) * inner;
        const weight = taps[t];
        for (let j = 0; j < inner; j++) line[j] += weight * data[from + j];
      }
      out.set(line, (o * count + i) * inner);
    }
  }
}
