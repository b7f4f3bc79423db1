/**
 * An array in memory, corrected in one call.
 *
 * @module
 */

import { ArrayVolume } from "../io/array_volume.ts";
import type { Shape3, Triple } from "../volume.ts";
import { biasField } from "./bias_field.ts";
import { type CorrectedVolume, correctVolume, type CorrectVolumeOptions } from "./correct_volume.ts";

/** The options of a correction, named as for a file (docs/options.md), and what an array does not say. */
export interface CorrectArrayOptions extends Omit<CorrectVolumeOptions, "mask" | "roi" | "weights"> {
  /** Voxels along `[z, y, x]`; a 2-D image is `[1, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edge lengths in mm, `[z, y, x]`; left out: 1 mm. */
  readonly voxelSize?: Triple;
  /** As the data: the field is fitted where it is not 0, or holds `maskLabel`; left out: `maskMethod` makes one. */
  readonly mask?: ArrayLike<number>;
  /** As the data: not 0 in a region of one tissue; whether the correction helped is judged there. */
  readonly roi?: ArrayLike<number>;
  /** As the data: confidence of each voxel, >= 0; only ratios count, 0 takes a voxel out of the fit. Or `"dark"`. */
  readonly weights?: ArrayLike<number> | "dark";
}

/** An array that was corrected. */
export interface CorrectedArray extends CorrectedVolume {
  /** Corrected intensities, as the data. */
  readonly corrected: Float32Array;
  /** Works out the field that they were divided by, as the data. */
  field(): Promise<Float32Array>;
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
 * const { corrected, field } = await correctArray(data, { shape, shrinkFactor: [1, 1, 1] });
 * const strongest = Math.max(...await field());
 * ```
 *
 * @param data intensities in C order, `shape` voxels; any numbers, which become float32. Only read.
 * @throws {UsageError} for options that contradict each other.
 * @throws {RangeError} when an array does not have the shape's length.
 * @throws {DataError} when the mask or the data leave nothing to fit.
 * @throws {MemoryLimitError} when `memoryLimit` is too little for the plan.
 * @throws {BackendError} when the device that the options name is not here, or has too little memory left.
 */
export async function correctArray(data: ArrayLike<number>, options: CorrectArrayOptions): Promise<CorrectedArray> {
  const { shape, voxelSize, mask, roi, weights, ...rest } = options;
  const volumeOf = (values: ArrayLike<number>) =>
    new ArrayVolume(values instanceof Float32Array ? values : Float32Array.from(values), shape, voxelSize);
  const input = volumeOf(data);
  const output = ArrayVolume.zeros(shape, voxelSize);
  const given = {
    ...rest,
    mask: mask && volumeOf(mask),
    roi: roi && volumeOf(roi),
    weights: weights === "dark" ? weights : weights && volumeOf(weights),
  };
  const { model, report } = await correctVolume(input, output, given);
  const { backend, nProcesses, device, signal } = rest;
  return {
    corrected: output.data,
    model,
    report,
    field: () => biasField(model, { backend, nProcesses, device, signal }),
  };
}
