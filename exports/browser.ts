/**
 * What runs in a browser: the two backends that do, a correction of arrays and of volumes, and NIfTI from bytes.
 * Nothing here needs a file system; a bundle of it has no import of Node's. `examples/browser` is a page made of it.
 *
 * @module
 */

export { openTsBackend, type TsBackendOptions } from "../src/backends/ts/ts_backend.ts";
export type { N4Backend } from "../src/backends/backend.ts";
export { openWebGpuBackend } from "../src/backends/webgpu/webgpu_backend.ts";
export type { WebGpuOptions } from "../src/backends/webgpu/adapter.ts";
export { ArrayVolume } from "../src/io/array_volume.ts";
export { niftiBlob, openNiftiBlob } from "../src/io/nifti/blob.ts";
export { DEFAULT_SETTINGS } from "../src/options/resolve.ts";
export { RunLog } from "../src/run_log.ts";
export { writeField } from "../src/steps/apply.ts";
export { correct } from "../src/steps/correct.ts";
export { type CorrectJob, passesOf } from "../src/steps/volume_run.ts";
export type { Shape3, VolumeSource } from "../src/volume.ts";
