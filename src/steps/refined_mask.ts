/**
 * The mask of `--refine-mask`: Otsu's, of the image as a first fit corrects it. A strong bias takes part of the object
 * below any one threshold; where most of it is gone, a threshold parts the object again.
 *
 * @module
 */

import type { Lattice } from "../backends/backend.ts";
import { MARK_CORRECTED } from "../intensity/mask/mark_corrected.ts";
import type { MaskReader } from "../intensity/mask/mask.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { threadsFor } from "../thread_job.ts";
import { type Geometry, perAxis, type Triple } from "../volume.ts";
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
  const ratio = perAxis((a) => run.input.shape[a] / grid.shape[a]);
  return {
    description: `voxels above ${threshold} once they are corrected by a first fit (Otsu)`,
    forwardOnly: false,
    byIntensity: true,
    read: (box, intensity, out, threads) =>
      threadsFor(threads, intensity, out).run(MARK_CORRECTED, { box, ratio, model, threshold, intensity, out }),
  };
}

/** A field of the fit over the volume. */
export function firstModel({ input: { shape, voxelSize }, plan }: VolumeRun, global: Lattice): BiasModel {
  const { domain } = plan.globalFit ?? {};
  const padded = domain?.below && { shape: domain.shape, below: domain.below };
  return { shape, voxelSize, padded, sections: [], global, scale: 1 };
}
