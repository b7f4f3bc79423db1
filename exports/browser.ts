/**
 * What runs in a browser: the correction of arrays, by WebGPU where there is one, and NIfTI from bytes. Nothing here
 * needs a file system; a bundle of it has no import of Node's. `web` is a page made of the same parts.
 *
 * @module
 */

export { correctArray, type CorrectArrayOptions, type CorrectedArray } from "../src/commands/correct_array.ts";
export { type ArrayDevice, biasField, type BiasFieldOptions } from "../src/commands/bias_field.ts";
export { type BackendChoice, openBackend, type OpenBackendOptions } from "../src/backends/open.ts";
export type { N4Backend } from "../src/backends/backend.ts";
export { BackendError, CorruptDataError, DataError, InputError, N4Error, UsageError } from "../src/errors.ts";
export { type BiasModel, formatBiasModel, parseBiasModel } from "../src/n4/bias_model.ts";
export { niftiBlob, openNiftiBlob } from "../src/io/nifti/blob.ts";
export type { ImageFile } from "../src/io/image.ts";
export type { RunEvent, RunListener } from "../src/run_log.ts";
export { type Box, type Shape3, type Triple, type VolumeSource, wholeBox } from "../src/volume.ts";
