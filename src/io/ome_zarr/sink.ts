/**
 * One volume of one level of an OME-Zarr that is being written: boxes in, chunks out.
 *
 * @module
 */

import {
  type Box,
  type DataType,
  describeBox,
  type Shape3,
  type StorageCounts,
  type Triple,
  type VolumeSink,
} from "../../volume.ts";
import { forEachBounded } from "../flow/bounded.ts";
import { touchedChunks } from "../zarr/chunk_grid.ts";
import { checkBox } from "../flow/boxes.ts";
import { writeFailure } from "../files/file_errors.ts";
import { BackendError } from "../../errors.ts";
import type { ImageSpec } from "../image.ts";
import type { ZarrArrayWriter } from "../zarr/array_writer.ts";

/** Chunks of one box that are encoded and written at the same time. */
const WRITES_AT_ONCE = 4;

/** Where the boxes of one volume go. */
export class OmeZarrSink implements VolumeSink {
  readonly shape: Shape3;
  readonly voxelSize: Triple;
  readonly dataType: DataType;
  readonly chunk: Shape3;
  readonly forwardOnly = false;
  readonly #array: ZarrArrayWriter;
  readonly #leading: readonly number[];
  readonly #touched: readonly [path: string, partial: string];

  /** A sink for chunks of `chunk` voxels; `leading` are the places of a chunk along the axes in front of z. */
  constructor(
    spec: ImageSpec,
    chunk: Shape3,
    array: ZarrArrayWriter,
    leading: readonly number[],
    touched: readonly [path: string, partial: string],
  ) {
    this.shape = spec.shape;
    this.voxelSize = spec.voxelSize;
    this.dataType = spec.dataType;
    this.chunk = chunk;
    this.#array = array;
    this.#leading = leading;
    this.#touched = touched;
  }

  /** See {@linkcode VolumeSink.write}. */
  async write(box: Box, data: Float32Array): Promise<StorageCounts> {
    checkBox("write", box, this.shape, data.length);
    this.#checkAligned(box);
    const counts = { clamped: 0, nonFinite: 0 };
    try {
      await forEachBounded(touchedChunks(box, this.chunk), WRITES_AT_ONCE, async (touched) => {
        const part = { coordinates: [...this.#leading, ...touched.place], touched, box, data };
        const { clamped, nonFinite } = await this.#array.write(part);
        counts.clamped += clamped;
        counts.nonFinite += nonFinite;
      });
      return counts;
    } catch (cause) {
      if (cause instanceof RangeError || cause instanceof BackendError) throw cause;
      throw writeFailure(this.#touched[0], this.#touched, cause);
    }
  }

  #checkAligned(box: Box): void {
    const low = [box.z0, box.y0, box.x0];
    const high = [box.z1, box.y1, box.x1];
    const aligned = this.chunk.every((edge, axis) =>
      low[axis] % edge === 0 && (high[axis] % edge === 0 || high[axis] === this.shape[axis])
    );
    if (aligned) return;
    throw new RangeError(
      `Cannot write a box that cuts a chunk of ${this.chunk.join(" x ")}: current box is ${describeBox(box)}`,
    );
  }
}
