/**
 * Every job that a thread can do.
 *
 * @module
 */

import type { Job } from "../job.ts";
import { DECODE_CHUNK, ENCODE_CHUNK } from "../io/chunk_jobs.ts";
import { ADD_STRETCH } from "../io/resample.ts";

/** Jobs by name. Given and result are checked where a job is run, by its own types. */
export const JOBS: ReadonlyMap<string, Job<unknown, unknown>> = new Map(
  [DECODE_CHUNK, ENCODE_CHUNK, ADD_STRETCH].map((job) => [job.name, job as Job<unknown, unknown>]),
);
