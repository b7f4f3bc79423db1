/**
 * The division by a field, box by box, and the images of field and mask.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { maskAlongside, type MaskReader } from "../intensity/mask/mask.ts";
import type { Matching } from "../intensity/match/matched.ts";
import { mapRange, type RangeMap } from "../intensity/sample/rescale.ts";
import { FIND_NONFINITE, NonfiniteGuard, type NonfinitePolicy, tellNonfinite } from "../intensity/nonfinite.ts";
import { PooledSlot } from "../io/flow/slots.ts";
import { generate, type PassContext, transform } from "../io/flow/passes.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { type Threads, threadsFor } from "../thread_job.ts";
import { voxelMap } from "./voxel_map.ts";
import type { Box, VolumeSink, VolumeSource } from "../volume.ts";

/** What the application of a model works with. */
interface ApplyJob {
  /** The volume to correct; any resolution of the model's field of view. */
  readonly input: VolumeSource;
  /** The field. */
  readonly model: BiasModel;
  /** What is done to intensities first; left out: nothing. */
  readonly matching?: Matching;
  /** Needed with `zeroOutside`, `keepOutside` or a gain along z. */
  readonly mask?: MaskReader;
  /** Write 0 outside the mask; left out: the field is divided by there as well. */
  readonly zeroOutside?: boolean;
  /** What `zeroOutside` keeps; left out: the mask. */
  readonly keptMask?: MaskReader;
  /** Leave voxels outside the mask as they are, bit for bit. */
  readonly keepOutside?: boolean;
  /** Maps the range of corrected intensities; left out: nothing does. */
  readonly range?: RangeMap;
  /** 1 corrects fully, 0 not at all. */
  readonly strength: number;
  /** What becomes of non-finite voxels. */
  readonly nonfinite: NonfinitePolicy;
  /** Where it runs. */
  readonly backend: N4Backend;
  /** How boxes flow. */
  readonly passes: PassContext;
  /** Called with how many voxels of a box are not finite, where there are any, before the box is written. */
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
  const { input, backend, passes, matching, range, keepOutside } = job;
  const guard = new NonfiniteGuard(job.nonfinite);
  const keptMask = job.zeroOutside ? job.keptMask : undefined;
  const zeroOutside = job.zeroOutside && !keptMask;
  const masked = job.mask !== undefined && (zeroOutside || matching?.zGain !== undefined);
  const mask = range?.mask ?? (masked || keepOutside ? job.mask : undefined);
  // An integer over the least field stays within float32's range.
  const mayOverflow = input.dataType.startsWith("float");
  const mayRound = /^u?int(32|64)$/.test(input.dataType);
  let [overflows, rounded] = [0, 0];
  await using session = await backend.openApply(voxelMap(job.model, input.shape, { ...job, zeroOutside }));
  await transform("apply", input, output, passes, {
    alongside: mask && maskAlongside(mask, passes.threads),
    async work(box, slot) {
      const data = slot.data(box);
      const found = await guard.inspect(box, data, passes.threads);
      if (found > 0) job.onNonfinite?.(box, found);
      if (mayRound) rounded += countLong(data);
      const before = mask && keepOutside ? slot.extra(box) : undefined;
      before?.set(data);
      await session.correct(box, data, masked ? slot.bytes(box) : undefined);
      if (mayOverflow) overflows += await countOverflows(data, job.nonfinite === "zero" ? 0 : found, passes.threads);
      if (range) mapRange(data, slot.bytes(box), range);
      if (before) restoreOutside(data, before, slot.bytes(box));
      if (keptMask) await zeroBeyond(keptMask, box, data);
    },
  });
  if (overflows > 0) {
    passes.log.warn(`${overflows} corrected voxels lie beyond the range of float32: they are infinite.`);
  }
  if (rounded > 0) {
    const rule = "float32, in which all is computed, does not hold every whole number there";
    passes.log.warn(`${rounded} voxels are ${MOST_WHOLE} (2^24) or more: they are rounded to 24 bits, as ${rule}.`);
  }
  return guard.count;
}

/** Float32 holds every whole number up to this one. */
const MOST_WHOLE = 2 ** 24;

/** Values of so many bits that they may have been rounded. */
function countLong(data: Float32Array): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]) >= MOST_WHOLE) count++;
  return count;
}

/** Sets finite voxels to 0 that a mask does not keep. */
async function zeroBeyond(kept: MaskReader, box: Box, data: Float32Array): Promise<void> {
  using slot = new PooledSlot(data.length);
  const inside = slot.bytes(box);
  await kept.read(box, data, inside);
  for (let i = 0; i < data.length; i++) if (inside[i] === 0 && isFinite(data[i])) data[i] = 0;
}

/** Voxels of a box that are not finite, beside those that were not before. */
async function countOverflows(data: Float32Array, before: number, threads?: Threads): Promise<number> {
  const { count } = await threadsFor(threads, data).run(FIND_NONFINITE, { data, zero: false });
  return Math.max(0, count - before);
}

function restoreOutside(data: Float32Array, before: Float32Array, inside: Uint8Array): void {
  for (let i = 0; i < data.length; i++) if (inside[i] === 0) data[i] = before[i];
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
