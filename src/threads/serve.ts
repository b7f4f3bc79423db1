/**
 * The thread's side of the pool: does one job after the other and answers each.
 *
 * @module
 */

import type { Job } from "../thread_job.ts";
import { Barrier } from "./barrier.ts";
import type { AnswerMessage, JobMessage } from "./messages.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<JobMessage>) => void) | null;
  postMessage(message: AnswerMessage, transfer?: Transferable[]): void;
}

/** Does the jobs that this thread is sent; `jobs` are those that it knows. */
export function serveJobs(jobs: ReadonlyMap<string, Job<unknown, unknown>>): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = async ({ data: { id, job: name, given, team } }) => {
    const job = jobs.get(name);
    const barrier = team && new Barrier(...team);
    try {
      if (!job) throw new RangeError(`Cannot do a job as threads must know it: current name is ${name}`);
      const result = await job.work(given, barrier);
      scope.postMessage({ id, result }, job.handsOver?.(result) ?? []);
    } catch (error) {
      barrier?.break();
      const message = error instanceof Error ? error.message : String(error);
      const ownError = job?.errors?.findIndex((type) => error instanceof type) ?? -1;
      scope.postMessage({ id, message, ownError });
    }
  };
}

/** Jobs by their names. Given and result are checked where a job is run, by its own types. */
export function jobsByName(jobs: readonly unknown[]): ReadonlyMap<string, Job<unknown, unknown>> {
  return new Map((jobs as Job<unknown, unknown>[]).map((job) => [job.name, job]));
}
