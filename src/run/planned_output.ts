/**
 * What plans know of outputs before they are created.
 *
 * @module
 */

import type { ImageFile } from "../io/image.ts";
import { bytesPerValue } from "../io/numeric.ts";
import { storageFor } from "../io/open.ts";
import { isUrl } from "../io/remote/url.ts";
import { leastPyramidBytes } from "../io/pyramid/pass.ts";
import type { PyramidPlan } from "../io/pyramid/plan.ts";
import { chunkOfLevel } from "../io/zarr/chunk_choice.ts";
import { storageOf } from "../options/storage_options.ts";
import type { CorrectOptions } from "../options/table.ts";
import { cacheBytes, type FilledRooms, type PlannedOutput, pyramidMemory } from "../plan/memory.ts";
import type { CorrectionPlan } from "../plan/plan.ts";
import { type DataType, voxelCount } from "../volume.ts";

/** The type of a corrected image's voxels. */
export function outputType(image: Pick<ImageFile, "dataType">, options: Pick<CorrectOptions, "outputType">): DataType {
  return options.outputType === "input" ? image.dataType : "float32";
}

/** How the images of a run will be stored: of all outputs the one with the largest blocks counts. */
export function planOutput(
  output: string,
  image: Pick<ImageFile, "shape" | "dataType">,
  options: Pick<
    CorrectOptions,
    | "saveBiasField"
    | "saveMask"
    | "chunkShape"
    | "shardShape"
    | "compressor"
    | "compressionLevel"
    | "outputType"
  >,
  pyramid: PyramidPlan | undefined,
): PlannedOutput {
  const { shape } = image;
  const storage = storageOf(options);
  const own = storageFor(output, shape, storage, outputType(image, options));
  const beside = [options.saveBiasField, options.saveMask].flatMap((path) =>
    path === undefined ? [] : [storageFor(path, shape, storage)]
  );
  const chunk = beside.reduce((most, { chunk }) => voxelCount(chunk) > voxelCount(most) ? chunk : most, own.chunk);
  const pyramidBytes = pyramid && leastPyramidBytes(shape, pyramid, (level) => chunkOfLevel(level, storage));
  const most = (key: "encoderBytes" | "writeBytes") => Math.max(...[own, ...beside].map((each) => each[key]));
  return { ...own, chunk, encoderBytes: most("encoderBytes"), writeBytes: most("writeBytes"), pyramidBytes };
}

/** A run as far as it is planned. */
interface PlannedRun {
  readonly image: ImageFile;
  readonly plan: CorrectionPlan;
  readonly output: PlannedOutput;
  readonly pyramid?: PyramidPlan;
}

/** What a run fills of the limit. */
export function plannedRooms(
  { image, plan, output, pyramid }: PlannedRun,
  limit: number,
): FilledRooms {
  const voxels = voxelCount(image.shape);
  const bytes = bytesPerValue(image.dataType);
  // Written chunks take the memory of read ones where both are of one size.
  const { writeBytes = 4 } = output;
  const isReused = voxelCount(image.volume(0).chunk) * bytes === writeBytes * voxelCount(output.chunk);
  const isRead = pyramid !== undefined && pyramid.levels.length > 0;
  const room = cacheBytes(plan, limit);
  const isFetched = image.volume(0).forwardOnly || isUrl(image.path);
  const whole = isFetched ? image.volumes * voxels * bytes : 0;
  const kept = image.format === "ome-zarr"
    ? Math.min(voxels * (bytes + (isRead && !isReused ? writeBytes : 0)), room)
    : whole <= room
    ? whole
    : 0;
  const columns = isRead ? Math.min(4 * voxels, pyramidMemory(limit)) : 0;
  // Columns take the place of the fit, and half of them of boxes (docs/performance.md).
  const free = plan.heldBytes + 4 * Math.min(voxels, plan.slots * plan.boxVoxels) / 2;
  return { kept, columns: Math.max(0, Math.min(columns - free, limit - plan.memory - kept)) };
}
