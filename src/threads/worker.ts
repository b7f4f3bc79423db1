/**
 * A thread of the pool that knows every job.
 *
 * @module
 */

import { JOBS } from "./jobs.ts";
import { serveJobs } from "./serve.ts";

serveJobs(JOBS);
