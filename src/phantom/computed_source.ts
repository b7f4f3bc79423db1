/**
 * A volume that is worked out where it is read: a function of the voxel's place.
 *
 * @module
 */

import { forEachRow } from "../io/flow/boxes.ts";
import { checkBox } from "../io/flow/boxes.ts";
import type { Box, DataType, Shape3, Triple, VolumeSource } from "../volume.ts";

/**
 * Fills `row` with voxels `x0 .. x0 + row.length - 1` of row `y` in plane `z`. Must depend on nothing but the place.
 */
export type RowFunction = (row: Float32Array, z: number, y: number, x0: number) => void;

/** A volume of computed rows. */
export class ComputedSource implements VolumeSource {
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: DataType;
  readonly chunk: Shape3;
  readonly forwardOnly = false;
  readonly #fill: RowFunction;

  /**
   * A volume whose rows are computed by `fill`.
   *
   * @param voxelSize in mm, `[z, y, x]`.
   * @param dataType one that holds every computed value.
   */
  constructor(shape: Shape3, voxelSize: Triple, dataType: DataType, fill: RowFunction) {
    this.shape = shape;
    this.voxelSize = voxelSize;
    this.dataType = dataType;
    this.chunk = [1, 1, shape[2]];
    this.#fill = fill;
  }

  /**
   * Computes `box` into `out`, shape `[z1-z0, y1-y0, x1-x0]`, C order.
   *
   * @throws {RangeError} when the box reaches out of the volume or `out` has another size.
   */
  read(box: Box, out: Float32Array): Promise<void> {
    checkBox("compute", box, this.shape, out.length);
    const length = box.x1 - box.x0;
    forEachRow(box, (z, y, offset) => this.#fill(out.subarray(offset, offset + length), z, y, box.x0));
    return Promise.resolve();
  }
}
