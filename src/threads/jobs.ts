/**
 * Every job that a thread can do.
 *
 * @module
 */

import { TS_JOBS } from "../backends/ts/jobs.ts";
import { AVERAGE_BLOCKS } from "../intensity/sample/average_blocks.ts";
import { FIND_PLANE_RANGES, FIND_RANGE } from "../intensity/count/value_range.ts";
import { CLOSE_PLANE } from "../intensity/mask/close_planes.ts";
import { COUNT_COARSELY } from "../intensity/count/coarse_histogram.ts";
import { COUNT_UPPER } from "../intensity/count/outliers.ts";
import { COUNT_VALUES } from "../intensity/count/count_values.ts";
import { COUNT_EVENLY } from "../intensity/mask/otsu.ts";
import { COUNT_WHOLE } from "../intensity/count/whole_counts.ts";
import { MARK_CORRECTED } from "../intensity/mask/mark_corrected.ts";
import { MARK_INSIDE } from "../intensity/mask/mark_inside.ts";
import { FIND_NONFINITE } from "../intensity/nonfinite.ts";
import { PACK_ABOVE } from "../intensity/mask/pack_above.ts";
import { SUM_PLANES } from "../intensity/match/z_profile.ts";
import { FILL_PHANTOM } from "../phantom/threaded.ts";
import type { Job } from "../thread_job.ts";
import { GZIP_VALUES } from "../io/nifti/target.ts";
import { DECODE_CHUNK, ENCODE_CHUNK } from "../io/zarr/chunk_jobs.ts";
import { ADD_STRETCH } from "../io/pyramid/resample.ts";
import { jobsByName } from "./serve.ts";

/** Jobs by their names. */
export const JOBS: ReadonlyMap<string, Job<unknown, unknown>> = jobsByName([
  ...TS_JOBS,
  ADD_STRETCH,
  AVERAGE_BLOCKS,
  CLOSE_PLANE,
  COUNT_COARSELY,
  COUNT_EVENLY,
  COUNT_UPPER,
  COUNT_VALUES,
  COUNT_WHOLE,
  DECODE_CHUNK,
  ENCODE_CHUNK,
  FILL_PHANTOM,
  FIND_NONFINITE,
  FIND_PLANE_RANGES,
  FIND_RANGE,
  GZIP_VALUES,
  MARK_CORRECTED,
  MARK_INSIDE,
  PACK_ABOVE,
  SUM_PLANES,
]);
