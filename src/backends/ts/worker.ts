/**
 * A thread that knows the jobs of this backend alone: it starts in a third of the time that one takes which knows every
 * job.
 *
 * @module
 */

import { jobsByName, serveJobs } from "../../threads/serve.ts";
import { TS_JOBS } from "./jobs.ts";

serveJobs(jobsByName(TS_JOBS));
