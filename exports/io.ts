/**
 * Volumes by boxes: corrections of streams that are no files, passes over volumes, coarser levels, how chunks are
 * stored and kept.
 *
 * @module
 */

export { correct, estimateBias } from "../src/steps/correct.ts";
export { type CorrectJob, passesOf, planJob, type VolumeRun } from "../src/steps/volume_run.ts";
export { type OpenRequest } from "../src/run/open_run.ts";
export { PLAN_OPTIONS, STEP_OPTIONS } from "../src/options/step_table.ts";
export { type PartialOptions, type PartialOutput } from "../src/io/files/partial.ts";
export { type InputIdentity } from "../src/io/files/identity.ts";
export { type PlannedStage, type RecordedInput, type RunRecord } from "../src/store/run_record.ts";
export { type ValueStatistics } from "../src/commands/info.ts";
export { type GivenMask, type MaskMethod } from "../src/intensity/mask/mask.ts";
export { type NonfinitePolicy } from "../src/intensity/nonfinite.ts";
export { type RangeMap, type Rescale } from "../src/intensity/sample/rescale.ts";
export { type Planes, type TransferTraits } from "../src/io/flow/boxes.ts";
export { type ChunkRequest } from "../src/io/zarr/chunk_choice.ts";
export { CacheRoom, ChunkCache } from "../src/io/zarr/chunk_cache.ts";
export { type CoarserLevel, type ImageFormat, type NewImageOptions } from "../src/io/image.ts";
export { type PassContext, type PassJournal } from "../src/io/flow/passes.ts";
export {
  type PlannedPyramidLevel,
  planPyramid,
  type PyramidOptions,
  type PyramidPlan,
} from "../src/io/pyramid/plan.ts";
export { type PyramidPart, type PyramidPass, writePyramid } from "../src/io/pyramid/pass.ts";
export { type ChunkDecoding } from "../src/io/zarr/chunk_reader.ts";
export { type Compression, type OutputCompressor } from "../src/io/zarr/encode.ts";
export { NORMALIZE_OPTIONS } from "../src/options/normalize_table.ts";
export { DEFAULT_SETTINGS } from "../src/options/resolve.ts";
export { type OptionValue, type OptionValues } from "../src/options/spec.ts";
export { APPLY_OPTIONS, CORRECT_OPTIONS, INFO_OPTIONS, type InfoOptions } from "../src/options/table.ts";
export { type FitPlan, type GridFitPlan, type JoinedFitPlan, type PlannedLevel } from "../src/plan/fit_plan.ts";
export {
  type BoxPlan,
  type MaskRoom,
  type PlannedOutput,
  planTransfer,
  type StorageTraits,
} from "../src/plan/memory.ts";
export { type CorrectionPlan, planCorrection } from "../src/plan/plan.ts";
export {
  type CorrectionMode,
  type CorrectSettings,
  type FitSettings,
  type MatchSettings,
  type SpacingRule,
  type SplineDomain,
} from "../src/plan/settings.ts";
export { applyBias, type ApplyJob, writeField, writeMask } from "../src/steps/apply.ts";
export { type BiasEstimate, type FitOutcome } from "../src/steps/estimate.ts";
export {
  type BitsDraft,
  type Checkpoint,
  type CheckpointArray,
  MemoryStore,
  type NewCheckpoint,
  type RunStore,
} from "../src/store/store.ts";
export { SamplesAhead } from "../src/steps/samples_ahead.ts";
export { type Evenness, type SampleQuality } from "../src/intensity/sample/sample_quality.ts";
export { RunLog, type StageRecord } from "../src/run_log.ts";
export {
  type ReportedFit,
  type ReportedImage,
  type ReportedLevel,
  type ReportedQuality,
  type RuntimeInfo,
} from "../src/report/run_report.ts";
export { type StorageCounts } from "../src/volume.ts";
