/**
 * Volumes that are read and written in boxes, whatever they lie in: corrections of streams that are no files, images
 * with their storage and coarser levels, passes over volumes. Sizes are `[z, y, x]`, lengths in mm.
 *
 * @module
 */

export {
  type ArrayReport,
  type CorrectedVolume,
  correctVolume,
  type CorrectVolumeOptions,
} from "../src/commands/correct_volume.ts";
export { writeBiasField } from "../src/commands/bias_field.ts";
export { type CoarserLevel, type ImageFormat, type NewImageOptions } from "../src/io/image.ts";
export {
  type PlannedPyramidLevel,
  planPyramid,
  type PyramidOptions,
  type PyramidPlan,
} from "../src/io/pyramid/plan.ts";
export { type PyramidPart, type PyramidPass, writePyramid } from "../src/io/pyramid/pass.ts";
export { type ChunkRequest } from "../src/io/zarr/chunk_choice.ts";
export { type Compression, type OutputCompressor } from "../src/io/zarr/encode.ts";
export { type ChunkDecoding } from "../src/io/zarr/chunk_reader.ts";
export { CacheRoom } from "../src/io/flow/cache_room.ts";
export { ChunkCache } from "../src/io/zarr/chunk_cache.ts";
export { type PartialOptions, type PartialOutput } from "../src/io/files/partial.ts";
export { type Planes, type TransferTraits } from "../src/io/flow/boxes.ts";
export { type PassContext, type PassJournal } from "../src/io/flow/passes.ts";
export { RunLog } from "../src/run_log.ts";
