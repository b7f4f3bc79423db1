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
      const least = Math.log(threshold);
      let i = 0;
      for (const plane of planesOf(box, perAxis((a) => run.input.shape[a] / grid.shape[a]))) {
        const value = Float32Array.from(plane.value, (_, k) => Math.log(intensity[i + k]));
        for (const log of subtractModel({ ...plane, value }, model).value) {
          out[i] = log > least && isFinite(intensity[i]) ? 1 : 0;
          i++;
        }
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

/** All voxels of a box, plane by plane, at their positions in the volume; values are left to fill. */
function* planesOf(box: Box, ratio: Triple): Generator<FitSamples> {
  const [nz, ny, nx] = boxShape(box);
  const axis = (from: number, count: number, a: number) =>
    Float64Array.from({ length: count }, (_, k) => positionInVolume(from + k, ratio[a]));
  const [y, x] = [axis(box.y0, ny, 1), axis(box.x0, nx, 2)];
  const rowStart = Uint32Array.from({ length: ny + 1 }, (_, r) => r * nx);
  const xIndex = Uint16Array.from({ length: ny * nx }, (_, i) => i % nx);
  const value = new Float32Array(ny * nx);
  for (let z = 0; z < nz; z++) yield { z: axis(box.z0 + z, 1, 0), y, x, rowStart, xIndex, value };
}
