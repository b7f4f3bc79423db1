/**
 * For those who compute by themselves, or add a backend: the contract of a device, the fit of a field on samples, and
 * the worker threads. Sizes are `[z, y, x]`, lengths in mm, logarithms natural.
 *
 * @module
 */

export {
  type ApplySection,
  type ApplySession,
  type ApplySpec,
  type BackendKind,
  type DeviceInfo,
  type FitSamples,
  type FitSession,
  type IterateRequest,
  type IterateResult,
  type Lattice,
  type LevelStart,
  type LookupTables,
  type SharpenOptions,
  type SmoothSession,
  type SmoothSpec,
  type SplineRows,
  type SplineRows3,
} from "../src/backends/backend.ts";
export {
  type DeviceMemory,
  type PlannedFit,
  type PlannedSmoothing,
  type PlannedWork,
} from "../src/backends/planned_work.ts";
export { addLattices } from "../src/n4/bias_model.ts";
export type { PaddedShape } from "../src/n4/bspline.ts";
export {
  FIT_DEFAULTS,
  fitBiasField,
  type FitControl,
  type FitDomain,
  type FitOptions,
  type FitProgress,
  type FitResult,
  type LevelReport,
} from "../src/n4/fit.ts";
export { compactSamples, type DenseSamples, type NonPositivePolicy, type SampleCounts } from "../src/n4/samples.ts";
export {
  type AxisSamples,
  type SampleGrid,
  sampleGrid,
  type ShrinkGeometry,
  type ShrinkMethod,
} from "../src/n4/shrink.ts";
export { CALLING_THREAD, type Job, type Team, type Threads } from "../src/thread_job.ts";
export { type OpenThreads, openThreads } from "../src/threads/pool.ts";
