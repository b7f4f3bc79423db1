/**
 * n4 removes intensity bias from 3-D images with the N4 algorithm (Tustison et al. 2010, doi:10.1109/TMI.2010.2046908). Volumes flow through in boxes, so that they may be larger than
 * memory; arrays are ordered `[z, y, x]`, lengths are in mm, logarithms are natural.
 *
 * @example Correct a head.
 * ```ts
 * import { correctFile } from "@n4/n4";
 *
 * const report = await correctFile({
 *   input: "head.nii.gz",
 *   output: "corrected.nii.gz",
 *   options: { mask: "brain.nii.gz", shrinkFactor: [2, 2, 2], saveBiasField: "field.nii.gz" },
 * });
 * ```
 *
 * @module
 */

export { applyFile, type ApplyFileJob } from "./src/commands/apply.ts";
export { ArrayVolume } from "./src/io/array_volume.ts";
export type {
  ApplySection,
  ApplySession,
  ApplySpec,
  BackendKind,
  DeviceInfo,
  FitSamples,
  FitSession,
  IterateRequest,
  IterateResult,
  Lattice,
  LevelStart,
  LookupTables,
  N4Backend,
  SharpenOptions,
  SmoothSession,
  SmoothSpec,
  SplineRows,
  SplineRows3,
} from "./src/backends/backend.ts";
export type { DeviceMemory, PlannedFit, PlannedSmoothing, PlannedWork } from "./src/backends/planned_work.ts";
export {
  type Availability,
  type BackendChoice,
  openBackend,
  type OpenBackendOptions,
  probeBackends,
} from "./src/backends/open.ts";
export { correct, estimateBias } from "./src/steps/correct.ts";
export { planJob } from "./src/steps/volume_run.ts";
export { correctFile, type CorrectFileJob } from "./src/commands/correct.ts";
export type { OpenRequest } from "./src/run/open_run.ts";
export { planFile, type PlanFileJob } from "./src/commands/plan.ts";
export { stepFile, type StepFileJob } from "./src/commands/step.ts";
export { PLAN_OPTIONS, type PlanOptions, STEP_OPTIONS, type StepOptions } from "./src/options/step_table.ts";
export type { PartialOptions, PartialOutput } from "./src/io/files/partial.ts";
export type { InputIdentity } from "./src/io/files/identity.ts";
export type { PlannedStage, RecordedInput, RunRecord } from "./src/store/run_record.ts";
export { downsample } from "./src/intensity/stacks/downsample.ts";
export {
  BackendError,
  CorruptDataError,
  DataError,
  InputError,
  MemoryLimitError,
  N4Error,
  StepError,
  UsageError,
  WriteError,
} from "./src/errors.ts";
export { describeFile, type ImageInfo, type ValueStatistics } from "./src/commands/info.ts";
export { type AgaroseMask, getAgaroseMask } from "./src/intensity/stacks/agarose.ts";
export { applyBiasField, type ApplyFieldOptions } from "./src/intensity/stacks/apply_field.ts";
export { BitFile } from "./src/intensity/mask/bit_file.ts";
export { bitMask, type BitVolume, countInside, HeldBits } from "./src/intensity/mask/bit_volume.ts";
export { applyHistogramMatching, type MatchingOptions, matchingTables } from "./src/intensity/match/histogram_match.ts";
export type { GivenMask, MaskMethod, MaskReader } from "./src/intensity/mask/mask.ts";
export type { NonfinitePolicy } from "./src/intensity/nonfinite.ts";
export { type Normalization, type NormalizeOptions, normalizeVolume } from "./src/intensity/stacks/normalize.ts";
export { groupPercentiles, type PercentileRequest, type Percentiles } from "./src/intensity/count/percentile.ts";
export type { Rescale } from "./src/intensity/sample/rescale.ts";
export {
  computeScaleFactors,
  type ScaleFactorOptions,
  type ScaleFactors,
} from "./src/intensity/stacks/scale_factors.ts";
export { type Section, sectionBounds } from "./src/intensity/sections.ts";
export type { SmoothedBox } from "./src/intensity/mask/smoothed.ts";
export {
  computeTissueMask,
  type SectionThreshold,
  type TissueMask,
  type TissueMaskOptions,
} from "./src/intensity/mask/tissue_mask.ts";
export { applyZProfileSmoothing, zProfileGains, type ZProfileOptions } from "./src/intensity/match/z_profile.ts";
export type { Planes, TransferTraits } from "./src/io/flow/boxes.ts";
export type { ChunkRequest } from "./src/io/zarr/chunk_choice.ts";
export { CacheRoom, ChunkCache } from "./src/io/zarr/chunk_cache.ts";
export type { CoarserLevel, ImageFile, ImageFormat, ImageOutput, ImageSpec, NewImageOptions } from "./src/io/image.ts";
export { createImage, type CreateOptions, openImage, type OpenOptions } from "./src/io/open.ts";
export type { PassContext, PassJournal } from "./src/io/flow/passes.ts";
export { type PlannedPyramidLevel, planPyramid, type PyramidOptions, type PyramidPlan } from "./src/io/pyramid/plan.ts";
export { type PyramidPart, type PyramidPass, writePyramid } from "./src/io/pyramid/pass.ts";
export type { ChunkDecoding } from "./src/io/zarr/chunk_reader.ts";
export type { Compression, OutputCompressor } from "./src/io/zarr/encode.ts";
export { CALLING_THREAD, type Job, type Team, type Threads } from "./src/thread_job.ts";
export { addLattices, type BiasModel, formatBiasModel, parseBiasModel } from "./src/n4/bias_model.ts";
export {
  FIT_DEFAULTS,
  fitBiasField,
  type FitControl,
  type FitDomain,
  type FitOptions,
  type FitProgress,
  type FitResult,
  type LevelReport,
} from "./src/n4/fit.ts";
export { compactSamples, type DenseSamples, type NonPositivePolicy, type SampleCounts } from "./src/n4/samples.ts";
export { type AxisSamples, type SampleGrid, sampleGrid, type ShrinkMethod } from "./src/n4/shrink.ts";
export { normalizeFile, type NormalizeFileJob } from "./src/commands/normalize.ts";
export { NORMALIZE_OPTIONS, type NormalizeFileOptions } from "./src/options/normalize_table.ts";
export { DEFAULT_SETTINGS } from "./src/options/resolve.ts";
export type { OptionValue, OptionValues } from "./src/options/spec.ts";
export {
  APPLY_OPTIONS,
  type ApplyOptions,
  CORRECT_OPTIONS,
  type CorrectOptions,
  INFO_OPTIONS,
  type InfoOptions,
} from "./src/options/table.ts";
export { type FitPlan, type GridFitPlan, type JoinedFitPlan, type PlannedLevel } from "./src/plan/fit_plan.ts";
export { type BoxPlan, type MaskRoom, planTransfer, type StorageTraits } from "./src/plan/memory.ts";
export { type CorrectionPlan, planCorrection } from "./src/plan/plan.ts";
export type { CorrectionMode, CorrectSettings, FitSettings, MatchSettings, SpacingRule } from "./src/plan/settings.ts";
export { applyBias, type ApplyJob, writeField, writeMask } from "./src/steps/apply.ts";
export type { BiasEstimate, FitOutcome } from "./src/steps/estimate.ts";
export {
  type BitsDraft,
  type Checkpoint,
  type CheckpointArray,
  MemoryStore,
  type NewCheckpoint,
  type RunStore,
} from "./src/store/store.ts";
export { SamplesAhead } from "./src/steps/samples_ahead.ts";
export { type CorrectJob, passesOf, type VolumeRun } from "./src/steps/volume_run.ts";
export type { Evenness, SampleQuality } from "./src/intensity/sample/sample_quality.ts";
export type { Matching } from "./src/intensity/match/matched.ts";
export { type OpenThreads, openThreads } from "./src/threads/pool.ts";
export { type RunEvent, type RunListener, RunLog, type StageRecord } from "./src/run_log.ts";
export type {
  ReportedFit,
  ReportedImage,
  ReportedLevel,
  ReportedQuality,
  RunReport,
  RuntimeInfo,
} from "./src/report/run_report.ts";
export type { Box, DataType, Geometry, Shape3, StorageCounts, Triple, VolumeSink, VolumeSource } from "./src/volume.ts";
