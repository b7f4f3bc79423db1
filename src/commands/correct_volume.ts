/**
 * A volume that flows by in boxes, corrected in one call, with the options of a file.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { ImageFile } from "../io/image.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { usableWeights } from "../intensity/sample/weights.ts";
import { knownOptions, type ResolvedOptions } from "../options/presets.ts";
import { idleOptions, resolveOptions, settingsOf } from "../options/resolve.ts";
import { readValues } from "../options/parsers.ts";
import { type ArrayOptions, CORRECT_OPTIONS, demandArrayOptions } from "../options/table.ts";
import { modelObjection } from "../plan/initial_model.ts";
import type { PlannedOutput } from "../plan/memory.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import { type FittedVolume, reportFits, reportQuality } from "../report/fits.ts";
import type { RunReport } from "../report/run_report.ts";
import { correct } from "../steps/correct.ts";
import type { BiasEstimate } from "../steps/estimate.ts";
import { checkPlan, type CorrectJob, planJob } from "../steps/volume_run.ts";
import { VERSION } from "../version.ts";
import type { VolumeSink, VolumeSource } from "../volume.ts";
import { type ArrayDevice, openArrayDevice } from "./bias_field.ts";

/**
 * The options of a correction, named as for a file (docs/options.md), but for those that are about files. The preset is
 * `mri` unless another is given.
 */
export interface CorrectVolumeOptions extends ArrayDevice, Omit<ArrayOptions, keyof ArrayDevice> {
  /**
   * On the grid of the input or another resolution of it: the field is fitted where it is not 0, or holds `maskLabel`;
   * left out: `maskMethod` makes a mask.
   */
  readonly mask?: VolumeSource;
  /** Likewise, a region of one tissue: whether the correction helped is judged there. */
  readonly roi?: VolumeSource;
  /** On the grid of the input or another resolution of it: confidence, >= 0; only ratios count. Or as for a file. */
  readonly weights?: VolumeSource | "dark";
  /** A model of the same shape to start from. */
  readonly initialModel?: BiasModel;
}

/** What a correction found. */
export interface CorrectedVolume {
  /** The field at any resolution: for `biasField`, and for `formatBiasModel`, which writes it as text. */
  readonly model: BiasModel;
  /** How the result came about. */
  readonly report: ArrayReport;
}

/** What a report of a file says, but for what is about files. */
export type ArrayReport =
  & Pick<RunReport, "version" | "seconds" | "device" | "deviceMemory" | "options">
  & Pick<RunReport, "quality" | "fits" | "stages" | "warnings">;

/**
 * Corrects a volume wherever it lies: `input` is read in boxes and `output` written in boxes, nothing as large as the
 * volume is ever held. For files {@linkcode correctFile} does this, and can be resumed.
 *
 * @param output has the shape of the input; written once, every voxel.
 * @throws {UsageError} for options that contradict each other.
 * @throws {DataError} when the mask or the data leave nothing to fit.
 * @throws {MemoryLimitError} when `memoryLimit` is too little for the plan.
 * @throws {BackendError} when the device that the options name is not here, or has too little memory left.
 */
export async function correctVolume(
  input: VolumeSource,
  output: VolumeSink,
  options: CorrectVolumeOptions = {},
): Promise<CorrectedVolume> {
  await using stack = new AsyncDisposableStack();
  const { job, report } = await openCorrection(input, output, options, stack);
  const estimate = await correct(job, output);
  return { model: estimate.model, report: report(estimate) };
}

/** A correction that can begin: its options are read, its device is open and has room for the plan. */
interface OpenedCorrection {
  readonly job: CorrectJob;
  readonly plan: CorrectionPlan;
  /** Every option that has a value. */
  readonly options: ResolvedOptions;
  /** What is reported of it once it is done. */
  report(estimate: BiasEstimate): ArrayReport;
}

/** What a volume is of. */
interface CorrectionSubject extends Partial<Pick<ImageFile, "format" | "unitGiven">> {
  /** Which one it is, for the report; left out: the first. */
  readonly volume?: FittedVolume;
}

/**
 * Opens what {@linkcode correctVolume} needs.
 *
 * @param subject what the field is fitted on.
 * @throws as that does.
 */
export async function openCorrection(
  input: VolumeSource,
  output: PlannedOutput,
  options: CorrectVolumeOptions,
  stack: AsyncDisposableStack,
  { volume = 0, format = "nifti", unitGiven = true }: CorrectionSubject = {},
): Promise<OpenedCorrection> {
  const start = performance.now();
  const { mask, roi, weights: confidence, initialModel, backend: _open, listener: _told, signal, ...rest } = options;
  demandArrayOptions(rest);
  // These are no files here, but options that need them or rule them out do so as for a file.
  const weights = typeof confidence === "object" ? confidence : undefined;
  const word = typeof confidence === "object" ? "weights" : confidence;
  const named = {
    mask: mask && "mask",
    roi: roi && "roi",
    weights: word,
    initialModel: initialModel && "initialModel",
  };
  const given = readValues(CORRECT_OPTIONS, { ...rest, ...named });
  const used = resolveOptions(given, format, { unitGiven, voxelSize: input.voxelSize });
  const settings = settingsOf(used);
  const objection = initialModel && modelObjection(initialModel, input, settings);
  if (objection !== undefined) throw new UsageError(`Cannot start from option 'initialModel' as ${objection}`);
  const { log, threads, backend } = await openArrayDevice(options, stack);
  for (const line of idleOptions(given, used)) log.warn(line);
  const givenMask = mask && { source: mask, name: "mask", label: used.maskLabel };
  const usable = weights && usableWeights(weights, (text) => log.warn(text));
  const givenRoi = roi && { source: roi, name: "roi" };
  const companions = { mask: givenMask, roi: givenRoi, weights: usable, initialModel };
  const job: CorrectJob = { input, settings, backend, log, threads, ...companions, signal };
  const plan = planJob(job, output);
  const deviceMemory = await checkPlan(job, plan);
  const report = (estimate: BiasEstimate): ArrayReport => ({
    version: VERSION,
    seconds: (performance.now() - start) / 1000,
    device: backend.device,
    deviceMemory,
    options: knownOptions(used),
    quality: [reportQuality(volume, estimate)],
    fits: reportFits(volume, estimate),
    stages: [...log.stages],
    warnings: [...log.warnings],
  });
  return { job, plan, options: used, report };
}
