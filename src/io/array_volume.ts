/**
 * A volume in memory, for callers who have arrays: everything that streams files streams this as well.
 *
 * @module
 */

import { checkBox } from "./flow/boxes.ts";
import {
  type Box,
  copyBox,
  type DataType,
  type Shape3,
  type Triple,
  type VolumeSink,
  type VolumeSource,
  voxelCount,
  wholeBox,
} from "../volume.ts";

/**
 * A volume over a `Float32Array`; source and sink at once. Writing into it changes the array that it was made from.
 *
 * @example
 * ```ts
 * import { ArrayVolume } from "./array_volume.ts";
 *
 * const volume = new ArrayVolume(new Float32Array(2 * 3 * 4), [2, 3, 4], [0.01, 0.01, 0.01]);
 * ```
 */
export class ArrayVolume implements VolumeSource, VolumeSink {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** Voxel edge lengths in mm, `[z, y, x]`. */
  readonly voxelSize: Triple;
  /** Always float32. */
  readonly dataType: DataType = "float32";
  /** A row. */
  readonly chunk: Shape3;
  /** Boxes may come in any order. */
  readonly forwardOnly = false;
  /** The voxels, C order. */
  readonly data: Float32Array;

  /**
   * Takes an array as it is, without a copy.
   *
   * @param data intensities, shape `shape`, C order.
   * @param voxelSize in mm; left out: 1 mm.
   * @throws {RangeError} when the array's length is not the shape's product.
   */
  constructor(data: Float32Array, shape: Shape3, voxelSize: Triple = [1, 1, 1]) {
    if (shape.length !== 3 || data.length !== voxelCount(shape) || data.length === 0) {
      const rule = `it must hold the voxels of its shape ${shape.join(" x ")} (Z Y X), at least one`;
      throw new RangeError(`Cannot take the array as a volume as ${rule}: current length is ${data.length}`);
    }
    if (!voxelSize.every((mm) => mm > 0)) {
      const current = `current values are ${voxelSize.join(" ")} mm`;
      throw new RangeError(`Cannot take the array as a volume as its voxel sizes must be above 0: ${current}`);
    }
    this.data = data;
    this.shape = shape;
    this.voxelSize = voxelSize;
    this.chunk = [1, 1, shape[2]];
  }

  /** A volume of zeros. */
  static zeros(shape: Shape3, voxelSize?: Triple): ArrayVolume {
    return new ArrayVolume(new Float32Array(voxelCount(shape)), shape, voxelSize);
  }

  /** Copies `box` into `out`, C order. @throws {RangeError} when the box reaches out of the volume. */
  read(box: Box, out: Float32Array): Promise<void> {
    checkBox("read", box, this.shape, out.length);
    copyBox(box, { box: wholeBox(this.shape), data: this.data }, { box, data: out });
    return Promise.resolve();
  }

  /** Copies `data` in as `box`. @throws {RangeError} when the box reaches out of the volume. */
  write(box: Box, data: Float32Array): Promise<void> {
    checkBox("write", box, this.shape, data.length);
    copyBox(box, { box, data }, { box: wholeBox(this.shape), data: this.data });
    return Promise.resolve();
  }
}
