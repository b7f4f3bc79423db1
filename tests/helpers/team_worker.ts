/**
 * A thread that knows the jobs of team_jobs.ts.
 *
 * @module
 */

import { jobsByName, serveJobs } from "../../src/threads/serve.ts";
import { COUNT_TURNS, FAIL_ONE, WAIT_FOR_NOBODY, WHICH_THREAD } from "./team_jobs.ts";

serveJobs(jobsByName([COUNT_TURNS, FAIL_ONE, WAIT_FOR_NOBODY, WHICH_THREAD]));
