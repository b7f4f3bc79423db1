/**
 * An array in memory, corrected in one call.
 *
 * @module
 */

import type { N4Backend } from "../backends/backend.ts";
import { usableWeights } from "../intensity/sample/weights.ts";
import { ArrayVolume } from "../io/array_volume.ts";
import type { BiasModel } from "../n4/bias_model.ts";
import { resolveOptions, settingsOf } from "../options/resolve.ts";
import type { CorrectOptions } from "../options/table.ts";
import { openChosenBackend } from "../run/inputs.ts";
import { type RunListener, RunLog } from "../run_log.ts";
import { writeField } from "../steps/apply.ts";
import { correct } from "../steps/correct.ts";
import { passesOf, planJob } from "../steps/volume_run.ts";
import { openThreads } from "../threads/pool.ts";
import type { Shape3, Triple } from "../volume.ts";

/** A correction of an array. */
export interface CorrectArrayJob {
  /** Intensities in C order, `shape` voxels; any numbers, which become float32. Only read. */
  readonly data: ArrayLike<number>;
  /** Voxels along `[z, y, x]`; a 2-D image is `[1, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edge lengths in mm, `[z, y, x]`; left out: 1 mm. */
  readonly voxelSize?: Triple;
  /** As `data`: the field is fitted where it is not 0, or holds `options.maskLabel`; left out: `options.maskMethod`. */
  readonly mask?: ArrayLike<number>;
  /** As `data`: confidence of each voxel, >= 0; only ratios count. */
  readonly weights?: ArrayLike<number>;
  /**
   * As for a file (docs/options.md); the preset is `mri` unless another is given. Options that name files have no
   * effect.
   */
  readonly options?: CorrectOptions;
  /** Left out: the best that is here is opened, and closed at the end. */
  readonly backend?: N4Backend;
  /** Told what happens. */
  readonly listener?: RunListener;
  /** Ends the work between two boxes or batches. */
  readonly signal?: AbortSignal;
}

/** An array that was corrected. */
export interface CorrectedArray {
  /** Corrected intensities, as `data`. */
  readonly corrected: Float32Array;
  /** The bias field that they were divided by, as `data`. */
  readonly field: Float32Array;
  /** The field at any resolution. */
  readonly model: BiasModel;
}

/**
 * Corrects an array: the voxels that {@linkcode correctFile} writes for an image that holds it.
 *
 * @example
 * ```ts
 * import { correctArray } from "@n4/n4";
 *
 * const shape = [8, 16, 16] as const;
 * const data = Float32Array.from({ length: 8 * 16 * 16 }, (_, i) => 100 + (i % 16) + 50 * ((i >> 4) % 2));
 * const { corrected, field } = await correctArray({ data, shape, options: { shrinkFactor: [1, 1, 1] } });
 * ```
 *
 * @throws {UsageError} for options that contradict each other.
 * @throws {RangeError} when an array does not have the shape's length.
 * @throws {DataError} when the mask or the data leave nothing to fit.
 * @throws {BackendError} when the device that the options name is not here.
 */
export async function correctArray(job: CorrectArrayJob): Promise<CorrectedArray> {
  const { shape, voxelSize, mask, weights, options: given = {}, listener, signal } = job;
  // The mask is no file here, but options that need it or rule it out do so as for a file.
  const options = resolveOptions({ ...given, mask: mask && "mask" }, "nifti");
  const log = new RunLog(listener);
  await using stack = new AsyncDisposableStack();
  const threads = stack.use(openThreads(options.nProcesses));
  const backend = job.backend ?? stack.use(await openChosenBackend(options, log, threads));
  const volumeOf = (values: ArrayLike<number>) =>
    new ArrayVolume(values instanceof Float32Array ? values : Float32Array.from(values), shape, voxelSize);
  const settings = settingsOf(options);
  const correction = {
    input: volumeOf(job.data),
    settings,
    backend,
    log,
    threads,
    mask: mask && { source: volumeOf(mask), name: "mask", label: options.maskLabel },
    weights: weights && usableWeights(volumeOf(weights), (text) => log.warn(text)),
    signal,
  };
  const [output, field] = [ArrayVolume.zeros(shape, voxelSize), ArrayVolume.zeros(shape, voxelSize)];
  const { model } = await correct(correction, output);
  await writeField(model, field, backend, passesOf({ ...correction, plan: planJob(correction, field) }));
  return { corrected: output.data, field: field.data, model };
}
