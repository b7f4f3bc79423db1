/**
 * Which voxels lie above a threshold once the field of a model is taken off them.
 *
 * @module
 */

import type { FitSamples } from "../../backends/backend.ts";
import type { BiasModel } from "../../n4/bias_model.ts";
import { subtractModel } from "../../n4/samples.ts";
import { positionInVolume } from "../../n4/shrink.ts";
import type { Job } from "../../thread_job.ts";
import { type Box, boxShape, type Triple } from "../../volume.ts";

/** Voxels of a box to be marked; arrays of its shape. */
interface CorrectedRequest {
  /** Where the voxels lie, on a grid of the model's field of view. */
  readonly box: Box;
  /** Voxels of the model's volume for each of that grid, `[z, y, x]`. */
  readonly ratio: Triple;
  /** Its field is taken off. */
  readonly model: BiasModel;
  /** Corrected intensities above it are inside. */
  readonly threshold: number;
  /** Intensities as they are. */
  readonly intensity: Float32Array;
  /** Receives 1 inside and 0 outside. */
  readonly out: Uint8Array;
}

/** Marks voxels inside; those that have no logarithm are compared as they are, where they are finite. */
export const MARK_CORRECTED: Job<CorrectedRequest, void> = {
  name: "mark corrected",
  work({ box, ratio, model, threshold, intensity, out }) {
    const least = threshold > 0 ? Math.log(threshold) : -Infinity;
    const [, ny, nx] = boxShape(box);
    for (const { first, samples } of piecesOf(box, ratio)) {
      const { value, x: { length: columns } } = samples;
      for (let row = 0, k = 0; row < ny; row++) {
        for (let at = first + row * nx, end = at + columns; at < end; at++) value[k++] = Math.log(intensity[at]);
      }
      const logs = subtractModel(samples, model).value;
      for (let row = 0, k = 0; row < ny; row++) {
        for (let at = first + row * nx, end = at + columns; at < end; at++, k++) {
          const own = intensity[at];
          out[at] = isFinite(own) && (own > 0 ? logs[k] > least : own > threshold) ? 1 : 0;
        }
      }
    }
  },
};

/** Columns that the samples of a fit can count. */
const MOST_COLUMNS = 2 ** 16;

/**
 * All voxels of a box, plane by plane and by so many columns, at their positions in the volume; values are left to
 * fill. `first` is the index of a piece's first voxel in the box.
 */
function* piecesOf(box: Box, ratio: Triple): Generator<{ readonly first: number; readonly samples: FitSamples }> {
  const [nz, ny, nx] = boxShape(box);
  const axis = (from: number, count: number, a: number) =>
    Float64Array.from({ length: count }, (_, k) => positionInVolume(from + k, ratio[a]));
  const y = axis(box.y0, ny, 1);
  for (let left = 0; left < nx; left += MOST_COLUMNS) {
    const columns = Math.min(MOST_COLUMNS, nx - left);
    const x = axis(box.x0 + left, columns, 2);
    const rowStart = Uint32Array.from({ length: ny + 1 }, (_, r) => r * columns);
    const xIndex = Uint16Array.from({ length: ny * columns }, (_, i) => i % columns);
    const value = new Float32Array(ny * columns);
    for (let z = 0; z < nz; z++) {
      const samples = { z: axis(box.z0 + z, 1, 0), y, x, rowStart, xIndex, value };
      yield { first: z * ny * nx + left, samples };
    }
  }
}
