/**
 * Stage `smooth`: a separable Gaussian over one box with its halo, z then y then x, float32 between the passes and float64 within, as
 * SciPy's `gaussian_filter` with mode `reflect`. A voxel's sum runs over its taps in order, wherever the box begins. It goes plane by plane, so that nothing but two planes
 * lies between the input and the output.
 *
 * @module
 */

import { gaussianRadius, gaussianTaps } from "../../n4/gaussian.ts";
import { type Box, boxShape } from "../../volume.ts";
import type { SmoothSpec } from "../backend.ts";

/** Index of voxel i on an axis of n voxels mirrored at both ends, the edge voxel repeated. */
function mirrored(i: number, n: number): number {
  const period = 2 * n;
  const m = ((i % period) + period) % period;
  return m < n ? m : period - 1 - m;
}

/** Smooths `data`, given over `padded`, into `out` over `box`. */
export function smoothBox(spec: SmoothSpec, box: Box, padded: Box, data: Float32Array, out: Float32Array): void {
  const [, py, px] = boxShape(padded);
  const [nz, ny, nx] = boxShape(box);
  const [tz, ty, tx] = ([0, 1, 2] as const).map((axis) =>
    gaussianTaps(spec.sigma[axis], gaussianRadius(spec.sigma[axis], spec.truncate))
  );
  const afterZ = new Float32Array(py * px);
  const afterY = new Float32Array(ny * px);
  const columns = tapColumns(tx.length, box.x0, nx, spec.volume[2]);
  const line = new Float32Array(columns.length);
  const alongZ = { data, starts: new Float64Array(tz.length), taps: tz };
  const alongY = { data: afterZ, starts: new Float64Array(ty.length), taps: ty };
  const alongX = { data: line, starts: Float64Array.from(tx, (_, t) => t), taps: tx };
  const sums = new Float64Array(BLOCK);
  for (let z = 0; z < nz; z++) {
    findStarts(box.z0 + z, spec.volume[0], padded.z0, py * px, alongZ.starts);
    weigh(alongZ, sums, afterZ, 0, py * px);
    for (let y = 0; y < ny; y++) {
      findStarts(box.y0 + y, spec.volume[1], padded.y0, px, alongY.starts);
      weigh(alongY, sums, afterY, y * px, px);
    }
    for (let y = 0; y < ny; y++) {
      for (let i = 0; i < line.length; i++) line[i] = afterY[y * px + columns[i] - padded.x0];
      weigh(alongX, sums, out, (z * ny + y) * nx, nx);
    }
  }
}

/** Where the taps of voxel `at` read on an axis of `length` voxels, the first of them given being `first`; `stride` values from one to the next. */
function findStarts(at: number, length: number, first: number, stride: number, starts: Float64Array): void {
  const radius = (starts.length - 1) / 2;
  for (let t = 0; t < starts.length; t++) starts[t] = (mirrored(at + t - radius, length) - first) * stride;
}

/** The voxels that `count` neighbouring outputs with `taps` taps read, from first to last. */
function tapColumns(taps: number, at: number, count: number, length: number): Int32Array {
  return Int32Array.from({ length: count + taps - 1 }, (_, i) => mirrored(at + i - (taps - 1) / 2, length));
}

/** Values summed at a time: their float64 sums stay in the processor's first cache. */
const BLOCK = 1024;

/** Where the values that are weighed come from: tap t reads from `starts[t]` on. */
interface Weighing {
  readonly data: Float32Array;
  readonly starts: Float64Array;
  readonly taps: Float64Array;
}

/**
 * `out[to + i] = sum over t of taps[t] * data[starts[t] + i]`, taps in order, for i in `[0, count)`. Four taps at a time load and store a sum once: 2.2 to 2.8 times as fast as one
 * by one at sigma 1, 2, 2. `sums` is scratch, length BLOCK.
 */
function weigh(
  { data, starts, taps }: Weighing,
  sums: Float64Array,
  out: Float32Array,
  to: number,
  count: number,
): void {
  for (let block = 0; block < count; block += BLOCK) {
    const n = Math.min(BLOCK, count - block);
    for (let i = 0; i < n; i++) sums[i] = 0;
    let t = 0;
    for (; t + 4 <= taps.length; t += 4) {
      const w0 = taps[t], w1 = taps[t + 1], w2 = taps[t + 2], w3 = taps[t + 3];
      const a = starts[t] + block, b = starts[t + 1] + block, c = starts[t + 2] + block, d = starts[t + 3] + block;
      for (let i = 0; i < n; i++) {
        sums[i] = sums[i] + w0 * data[a + i] + w1 * data[b + i] + w2 * data[c + i] + w3 * data[d + i];
      }
    }
    for (; t < taps.length; t++) {
      const w = taps[t], a = starts[t] + block;
      for (let i = 0; i < n; i++) sums[i] += w * data[a + i];
    }
    for (let i = 0; i < n; i++) out[to + block + i] = sums[i];
  }
}
