/**
 * One volume of one level of an OME-Zarr that is being written: boxes in, chunks out.
 *
 * @module
 */

import { addCounts, type Box, describeBox, noCounts, type Shape3, type VolumeSink } from "../../volume.ts";
import { forEachBounded } from "../flow/bounded.ts";
import { touchedChunks } from "../zarr/chunk_grid.ts";
import { checkBox } from "../flow/boxes.ts";
import { writeFailure } from "../files/file_errors.ts";
import { BackendError } from "../../errors.ts";
import type { ImageSpec } from "../image.ts";
import type { ZarrArrayWriter } from "../zarr/array_writer.ts";

/** Chunks of one box that are encoded and written at the same time. */
const WRITES_AT_ONCE = 4;

/**
 * Where the boxes of one volume go, in files of `chunk` voxels.
 *
 * @param leading places of a chunk along the axes in front of z.
 * @param names final and partial path of the image, for errors.
 */
export function omeZarrSink(
  { shape, voxelSize, dataType }: ImageSpec,
  chunk: Shape3,
  array: Pick<ZarrArrayWriter, "write">,
  leading: readonly number[],
  names: readonly [path: string, partial: string],
): VolumeSink {
  return {
    shape,
    voxelSize,
    dataType,
    chunk,
    forwardOnly: false,
    async write(box, data) {
      checkBox("write", box, shape, data.length);
      checkAligned(box, chunk, shape);
      const counts = noCounts();
      try {
        await forEachBounded(touchedChunks(box, chunk), WRITES_AT_ONCE, async (touched) => {
          const part = { coordinates: [...leading, ...touched.place], touched, box, data };
          addCounts(counts, await array.write(part));
        });
        return counts;
      } catch (cause) {
        if (cause instanceof RangeError || cause instanceof BackendError) throw cause;
        throw writeFailure(names[0], names, cause);
      }
    },
  };
}

function checkAligned(box: Box, chunk: Shape3, shape: Shape3): void {
  const low = [box.z0, box.y0, box.x0];
  const high = [box.z1, box.y1, box.x1];
  const aligned = chunk.every((edge, axis) =>
    low[axis] % edge === 0 && (high[axis] % edge === 0 || high[axis] === shape[axis])
  );
  if (aligned) return;
  throw new RangeError(
    `Cannot write a box that cuts a chunk of ${chunk.join(" x ")}: current box is ${describeBox(box)}`,
  );
}
