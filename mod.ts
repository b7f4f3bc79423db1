/**
 * n4 removes intensity bias from 3-D images with the N4 algorithm (Tustison et al. 2010, doi:10.1109/TMI.2010.2046908).
 * Volumes flow through in boxes, so that they may be larger than memory; arrays are ordered `[z, y, x]`, lengths are in
 * mm, logarithms are natural.
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

export { correctArray, type CorrectArrayOptions, type CorrectedArray } from "./src/commands/correct_array.ts";
export { type ArrayDevice, biasField, type BiasFieldOptions } from "./src/commands/bias_field.ts";
export { applyFile, type ApplyFileJob } from "./src/commands/apply.ts";
export { correctFile, type CorrectFileJob } from "./src/commands/correct.ts";
export { planFile, type PlanFileJob } from "./src/commands/plan.ts";
export { stepFile, type StepFileJob } from "./src/commands/step.ts";
export { normalizeFile, type NormalizeFileJob } from "./src/commands/normalize.ts";
export { describeFile, type ImageInfo } from "./src/commands/info.ts";
export { type ApplyOptions, type CorrectOptions } from "./src/options/table.ts";
export { type NormalizeFileOptions } from "./src/options/normalize_table.ts";
export { type PlanOptions, type StepOptions } from "./src/options/step_table.ts";
export { createImage, type CreateOptions, openImage, type OpenOptions } from "./src/io/open.ts";
export { type ImageFile, type ImageOutput, type ImageSpec } from "./src/io/image.ts";
export { ArrayVolume } from "./src/io/array_volume.ts";
export {
  type Box,
  type DataType,
  type Geometry,
  type Shape3,
  type Triple,
  type VolumeSink,
  type VolumeSource,
  wholeBox,
} from "./src/volume.ts";
export {
  type Availability,
  type BackendChoice,
  openBackend,
  type OpenBackendOptions,
  probeBackends,
} from "./src/backends/open.ts";
export { type N4Backend } from "./src/backends/backend.ts";
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
export { type BiasModel, formatBiasModel, parseBiasModel } from "./src/n4/bias_model.ts";
export { type RunEvent, type RunListener } from "./src/run_log.ts";
export { type RunReport } from "./src/report/run_report.ts";
