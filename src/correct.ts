/**
 * The whole story on one page: plan, find the mask, sample, fit, scale, apply. The volume flows through in boxes to be sampled, a small fit happens on one device, the
 * volume flows through once more to be corrected. Nothing as large as the volume is ever held.
 *
 * @module
 */

import type { ApplySpec, FitSamples, N4Backend } from "./backends/backend.ts";
import { DataError } from "./errors.ts";
import { emptyMaskError, maskAlongside, type MaskReader, NearestReader } from "./intensity/mask.ts";
import { NonfiniteGuard, type NonfinitePolicy } from "./intensity/nonfinite.ts";
import { type GivenMask, openMask } from "./intensity/open_mask.ts";
import { rangeScale, sampleScale } from "./intensity/rescale.ts";
import { sampleVolume } from "./intensity/sample.ts";
import { addLattices, type BiasModel, gridPositions } from "./n4/bias_model.ts";
import { fitBiasField, type FitControl, type LevelReport } from "./n4/fit.ts";
import { compactSamples, type DenseSamples, type SampleCounts, subtractModel, usedIntensities } from "./n4/samples.ts";
import { generate, type PassContext, transform } from "./io/passes.ts";
import { type CorrectionPlan, type CorrectSettings, planCorrection } from "./plan.ts";
import type { RunLog } from "./report.ts";
import type { Shape3, VolumeSink, VolumeSource } from "./volume.ts";

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
  /** A model of the same shape to start from: the fit looks for what it leaves over. */
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
  /** Course of each level. */
  readonly levels: readonly LevelReport[];
  /** Samples used and left out. */
  readonly counts: SampleCounts;
}

/**
 * Corrects a volume: estimates its bias field and writes the corrected voxels to `output`, which has the input's shape.
 *
 * @throws {DataError} when the mask or the data leave nothing to fit.
 */
export async function correct(job: CorrectJob, output: VolumeSink): Promise<BiasEstimate> {
  const plan = planJob(job, output);
  const estimate = await estimateBias(job, plan);
  await applyBias({ ...job, ...job.settings, model: estimate.model, passes: passesOf(job, plan) }, output);
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
  const { input, settings, log, initialModel } = job;
  const passes = passesOf(job, plan);
  const mask = await openMask(input, job.mask, settings.maskMethod, passes);
  log.note(`Mask: ${mask.description}.`);
  const weights = job.weights ? { weights: new NearestReader(job.weights, input) } : {};
  const dense = await sampleVolume({ source: input, grid: plan.grid, mask, ...weights, passes });
  const { samples, counts } = compactSamples(dense, settings.nonPositive);
  checkCounts(counts, mask, job);

  const residual = initialModel ? subtractModel(samples, initialModel) : samples;
  const corrected = new Float32Array(settings.rescale === "mean" || settings.rescale === "median" ? counts.used : 0);
  const { lattice, levels } = await log.stage(
    "fit",
    () => fitBiasField(job.backend, residual, input, plan.fit, fitControl(job, plan, counts.used, corrected)),
  );
  const { shape, voxelSize, affine } = input;
  const model: BiasModel = {
    shape,
    voxelSize,
    ...(affine ? { affine } : {}),
    sections: initialModel?.sections ?? [],
    global: initialModel?.global ? addLattices(initialModel.global, lattice) : lattice,
    scale: 1,
  };
  const scale = await scaleOf(job, { model, mask, passes, dense, samples, corrected });
  return { model: { ...model, scale }, plan, mask, levels, counts };
}

/** What the application of a model works with. */
export interface ApplyJob {
  /** The volume to correct; any resolution of the model's field of view. */
  readonly input: VolumeSource;
  /** The field. */
  readonly model: BiasModel;
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
  const { input, model, strength, backend, passes } = job;
  const guard = new NonfiniteGuard(job.nonfinite);
  await using session = await backend.openApply(applySpec(model, input.shape, strength));
  await transform("apply", input, output, passes, {
    async work(box, slot) {
      const data = slot.data(box);
      guard.inspect(box, data);
      await session.correct(box, data);
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
  await using session = await backend.openApply(applySpec(model, output.shape, 1));
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

function applySpec(model: BiasModel, shape: Shape3, strength: number): ApplySpec {
  return {
    volume: shape,
    domain: model.shape,
    positions: gridPositions(model.shape, shape),
    sections: model.sections,
    ...(model.global ? { global: model.global } : {}),
    strength,
    scale: model.scale,
    zeroOutside: false,
    floor: 1e-6,
  };
}

/** Refuses what leaves nothing to fit; warns of what was left out. */
function checkCounts(counts: SampleCounts, mask: MaskReader, { log, settings, weights }: CorrectJob): void {
  if (counts.used === 0 && counts.nonPositive === 0) throw emptyMaskError(mask, weights !== undefined);
  if (counts.used === 0) {
    const text = "Cannot fit the bias field as at least one voxel of the mask must be > 0";
    throw new DataError(`${text}: current count is 0 of ${counts.nonPositive}`);
  }
  if (counts.nonPositive === 0) return;
  const fate = settings.nonPositive === "itk" ? "taken as they are, unlogged, as ITK does" : "left out of the fit";
  log.warn(
    `${counts.nonPositive} of ${
      counts.used + (settings.nonPositive === "itk" ? 0 : counts.nonPositive)
    } samples in the mask are <= 0: ${fate}.`,
  );
}

function fitControl(job: CorrectJob, plan: CorrectionPlan, samples: number, corrected: Float32Array): FitControl {
  const start = performance.now();
  const { iterations, convergenceThreshold: threshold } = plan.fit;
  const planned = iterations.reduce((a, b) => a + b, 0);
  return {
    ...(job.batch ? { batch: job.batch } : {}),
    ...(job.signal ? { signal: job.signal } : {}),
    ...(corrected.length > 0 ? { corrected } : {}),
    onProgress({ level, iteration, convergence }) {
      const done = iterations.slice(0, level).reduce((a, b) => a + b, 0) + iteration;
      const seconds = (performance.now() - start) / 1000;
      const common = { level, levels: iterations.length, iteration, iterations: iterations[level] };
      job.log.emit({ event: "fit", ...common, convergence, threshold, samples, done, planned, seconds });
    },
  };
}

interface ScaleInputs {
  readonly model: BiasModel;
  readonly mask: MaskReader;
  readonly passes: PassContext;
  readonly dense: DenseSamples;
  readonly samples: FitSamples;
  /** Corrected log intensity of each sample. */
  readonly corrected: Float32Array;
}

async function scaleOf({ settings, backend, input }: CorrectJob, inputs: ScaleInputs): Promise<number> {
  const { rescale, strength } = settings;
  if (rescale === "none") return 1;
  if (rescale !== "minmax") {
    const logField = inputs.samples.value.map((value, i) => value - inputs.corrected[i]);
    return sampleScale(rescale, usedIntensities(inputs.dense, inputs.samples), logField, strength);
  }
  await using session = await backend.openApply(applySpec(inputs.model, input.shape, strength));
  return await rangeScale(input, inputs.mask, session, inputs.passes);
}
