/**
 * The mask of `--refine-mask`: Otsu's, of the image as a first fit corrects it. A strong bias takes part of the object
 * below any one threshold; where most of it is gone, a threshold parts the object again.
 *
 * @module
 */

import type { FitSamples, Lattice } from "../backends/backend.ts";
import type { MaskReader } from "../intensity/mask/mask.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { subtractModel } from "../n4/samples.ts";
import { positionInVolume } from "../n4/shrink.ts";
import { type Box, boxShape, type Geometry, perAxis, type Triple } from "../volume.ts";
import type { VolumeRun } from "./volume_run.ts";

/** The name that a first field and the threshold of what it leaves are kept under. */
const REFINED = "refined";

/** Keeps a first field, and the threshold that voxels corrected by it lie above. */
export async function writeRefined(
  { store }: VolumeRun,
  { points, values }: Lattice,
  threshold: number,
): Promise<void> {
  await store.write(REFINED, { record: { points, threshold }, arrays: { values } });
}

/**
 * The refined mask; `undefined` where there is none, or none yet.
 *
 * @param grid that boxes are asked on: the input's, or that of a coarser level of it.
 */
export async function readRefined(run: VolumeRun, grid: Geometry): Promise<MaskReader | undefined> {
  const kept = run.settings.refineMask ? await run.store.read(REFINED) : undefined;
  if (!kept) return undefined;
  const threshold = Number(kept.record.threshold);
  const model = firstModel(run, { points: kept.record.points as Triple, values: kept.arrays.values as Float64Array });
  return {
    description: `voxels above ${threshold} once they are corrected by a first fit (Otsu)`,
    forwardOnly: false,
    byIntensity: true,
    read(box, intensity, out) {
      const least = threshold > 0 ? Math.log(threshold) : -Infinity;
      const nx = box.x1 - box.x0;
      for (const { first, samples } of piecesOf(box, perAxis((a) => run.input.shape[a] / grid.shape[a]))) {
        const columns = samples.x.length;
        const at = (k: number) => first + Math.floor(k / columns) * nx + k % columns;
        const value = samples.value.map((_, k) => Math.log(intensity[at(k)]));
        subtractModel({ ...samples, value }, model).value.forEach((log, k) => {
          const own = intensity[at(k)];
          // What has no logarithm is not corrected, as where the threshold was found.
          out[at(k)] = isFinite(own) && (own > 0 ? log > least : own > threshold) ? 1 : 0;
        });
      }
      return Promise.resolve();
    },
  };
}

/** A field of the fit over the volume. */
export function firstModel({ input: { shape, voxelSize }, plan }: VolumeRun, global: Lattice): BiasModel {
  const { domain } = plan.globalFit ?? {};
  const padded = domain?.below && { shape: domain.shape, below: domain.below };
  return { shape, voxelSize, padded, sections: [], global, scale: 1 };
}

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
