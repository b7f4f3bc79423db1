/**
 * The whole story on one page: plan, find the mask, match, fit, scale, apply. The volume flows through in boxes to be sampled, small fits happen on one device, the
 * volume flows through once more to be corrected. Nothing as large as the volume is ever held.
 *
 * @module
 */

import type { N4Backend } from "./backends/backend.ts";
import { type FitOutcome, fitVolume } from "./fits.ts";
import { maskAlongside, type MaskReader } from "./intensity/mask.ts";
import type { Matching } from "./intensity/matched.ts";
import { NonfiniteGuard, type NonfinitePolicy } from "./intensity/nonfinite.ts";
import type { GivenMask } from "./intensity/open_mask.ts";
import { prepareIntensities } from "./prepare.ts";
import { generate, type PassContext, transform } from "./io/passes.ts";
import type { BiasModel } from "./n4/bias_model.ts";
import { type CorrectionPlan, planCorrection } from "./plan/plan.ts";
import type { CorrectSettings } from "./plan/settings.ts";
import type { RunLog } from "./report.ts";
import { scaleOf } from "./scale.ts";
import { voxelMap } from "./voxel_map.ts";
import type { VolumeSink, VolumeSource } from "./volume.ts";

/** What a correction works with. */
export interface CorrectJob {
  /** The volume to correct; only read. */
  readonly input: VolumeSource;
  /** Parameters. */
  readonly settings: CorrectSettings;
  /** Where fit and apply run. */
  readonly backend: N4Backend;
  /** Told what happens. */
  readonly log: RunLog;
  /** Left out: `settings.maskMethod` makes a mask. */
  readonly mask?: GivenMask;
  /** Confidence of each voxel, on the input's grid or another resolution of it. */
  readonly weights?: VolumeSource;
  /** A model of the same shape to start from: the fit looks for what it leaves over. Mode `global` alone. */
  readonly initialModel?: BiasModel;
  /** Iterations per call of the device while somebody watches; changes no bit. */
  readonly batch?: number;
  /** Ends the work between two boxes or batches. */
  readonly signal?: AbortSignal;
}

/** What an estimate found. */
export interface BiasEstimate {
  /** The field. */
  readonly model: BiasModel;
  /** The plan that was followed. */
  readonly plan: CorrectionPlan;
  /** The mask that was used. */
  readonly mask: MaskReader;
  /** What is done to intensities before they are divided by the field. */
  readonly matching: Matching;
  /** How each fit went: the sections' in order, then the volume's. */
  readonly fits: readonly FitOutcome[];
}

/**
 * Corrects a volume: estimates its bias field and writes the corrected voxels to `output`, which has the input's shape.
 *
 * @throws {DataError} when the mask or the data leave nothing to fit.
 */
export async function correct(job: CorrectJob, output: VolumeSink): Promise<BiasEstimate> {
  const plan = planJob(job, output);
  const estimate = await estimateBias(job, plan);
  await applyBias({ ...job, ...job.settings, ...estimate, passes: passesOf(job, plan) }, output);
  return estimate;
}

/** The plan of a job; `output` left out where only the field is wanted. */
export function planJob(job: CorrectJob, output?: VolumeSink): CorrectionPlan {
  const { input, backend, settings } = job;
  const storage = {
    readChunk: input.chunk,
    writeChunk: output?.chunk ?? input.chunk,
    forwardOnly: input.forwardOnly || (output?.forwardOnly ?? false),
    workers: backend.device.workers,
    weighted: job.weights !== undefined,
  };
  return planCorrection(input, storage, settings);
}

/**
 * Estimates the bias field of a volume.
 *
 * @throws {DataError} when the mask or the data leave nothing to fit.
 */
export async function estimateBias(job: CorrectJob, plan: CorrectionPlan = planJob(job)): Promise<BiasEstimate> {
  const { input } = job;
  const passes = passesOf(job, plan);
  const { mask, matching } = await prepareIntensities(job, passes);
  const { sections, global, outcomes } = await fitVolume({ ...job, plan, passes, mask, matching });
  const { shape, voxelSize, affine } = input;
  const grid = { shape, voxelSize, ...(affine ? { affine } : {}) };
  const unscaled: BiasModel = { ...grid, sections, ...(global ? { global } : {}), scale: 1 };
  const scale = await scaleOf({ ...job, model: unscaled, plan, mask, matching, passes });
  return { model: { ...unscaled, scale }, plan, mask, matching, fits: outcomes };
}

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
}

/** Divides a volume by the field of a model. @throws {DataError} for a non-finite voxel with policy `fail`. */
export async function applyBias(job: ApplyJob, output: VolumeSink): Promise<void> {
  const { input, backend, passes, mask, matching } = job;
  const guard = new NonfiniteGuard(job.nonfinite);
  const masked = mask !== undefined && (job.zeroOutside || matching?.zGain !== undefined);
  await using session = await backend.openApply(voxelMap(job.model, input.shape, job));
  await transform("apply", input, output, passes, {
    ...(masked ? { alongside: maskAlongside(mask) } : {}),
    async work(box, slot) {
      const data = slot.data(box);
      guard.inspect(box, data);
      await session.correct(box, data, masked ? slot.bytes(box) : undefined);
    },
  });
  guard.report(passes.log);
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
  await transform("mask", input, output, passes, {
    alongside: maskAlongside(mask),
    work: (box, slot) => slot.data(box).set(slot.bytes(box)),
  });
}

/** How the boxes of a planned job flow. */
export function passesOf(job: Pick<CorrectJob, "log" | "signal">, plan: CorrectionPlan): PassContext {
  const { boxVoxels, slots } = plan;
  return { boxVoxels, slots, log: job.log, ...(job.signal ? { signal: job.signal } : {}) };
}
