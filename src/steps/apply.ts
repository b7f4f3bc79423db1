/**
 * The division by a field, box by box, and the images of field and mask.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { maskAlongside, type MaskReader } from "../intensity/mask/mask.ts";
import type { Matching } from "../intensity/match/matched.ts";
import { NonfiniteGuard, type NonfinitePolicy, tellNonfinite } from "../intensity/nonfinite.ts";
import { generate, type PassContext, transform } from "../io/flow/passes.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { voxelMap } from "./voxel_map.ts";
import type { Box, VolumeSink, VolumeSource } from "../volume.ts";

/** What the application of a model works with. */
export interface ApplyJob {
  /** The volume to correct; any resolution of the model's field of view. */
  readonly input: VolumeSource;
  /** The field. */
  readonly model: BiasModel;
  /** What is done to intensities first; left out: nothing. */
  readonly matching?: Matching;
  /** Needed with `zeroOutside` or a gain along z. */
  readonly mask?: MaskReader;
  /** Write 0 outside the mask; left out: the field is divided by there as well. */
  readonly zeroOutside?: boolean;
  /** 1 corrects fully, 0 not at all. */
  readonly strength: number;
  /** What becomes of non-finite voxels. */
  readonly nonfinite: NonfinitePolicy;
  /** Where it runs. */
  readonly backend: N4Backend;
  /** How boxes flow. */
  readonly passes: PassContext;
  /** Told how many voxels of a box are not finite, where there are any, before the box is written. */
  readonly onNonfinite?: (box: Box, count: number) => void;
}

/** Divides a volume by the field of a model. @throws {DataError} for a non-finite voxel with policy `fail`. */
export async function applyBias(job: ApplyJob, output: VolumeSink): Promise<void> {
  tellNonfinite(job.passes.log, job.nonfinite, await correctPlanes(job, output));
}

/**
 * Corrects the planes that `passes` name, but for boxes that their journal has.
 *
 * @returns how many voxels were not finite.
 */
export async function correctPlanes(job: ApplyJob, output: VolumeSink): Promise<number> {
  const { input, backend, passes, mask, matching } = job;
  const guard = new NonfiniteGuard(job.nonfinite);
  const masked = mask !== undefined && (job.zeroOutside || matching?.zGain !== undefined);
  await using session = await backend.openApply(voxelMap(job.model, input.shape, job));
  await transform("apply", input, output, passes, {
    alongside: masked ? maskAlongside(mask, passes.threads) : undefined,
    async work(box, slot) {
      const data = slot.data(box);
      const found = await guard.inspect(box, data, passes.threads);
      if (found > 0) job.onNonfinite?.(box, found);
      await session.correct(box, data, masked ? slot.bytes(box) : undefined);
    },
  });
  return guard.count;
}

/** Writes the bias field of a model on the grid of `output`: any resolution of its field of view. */
export async function writeField(
  model: BiasModel,
  output: VolumeSink,
  backend: N4Backend,
  passes: PassContext,
): Promise<void> {
  await using session = await backend.openApply(voxelMap(model, output.shape, { strength: 1 }));
  await generate("bias field", output, passes, (box, slot) => session.field(box, slot.data(box)));
}

/** Writes the mask of `input` as 0 and 1. */
export async function writeMask(
  input: VolumeSource,
  mask: MaskReader,
  output: VolumeSink,
  passes: PassContext,
): Promise<void> {
  await transform("mask image", input, output, passes, {
    alongside: maskAlongside(mask, passes.threads),
    work: (box, slot) => slot.data(box).set(slot.bytes(box)),
  });
}
