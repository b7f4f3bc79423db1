/**
 * A thread of the pool: does one job after the other and answers each.
 *
 * @module
 */

import type { AnswerMessage, JobMessage } from "./messages.ts";
import { JOBS } from "./jobs.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<JobMessage>) => void) | null;
  postMessage(message: AnswerMessage, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = async ({ data: { id, job: name, given } }) => {
  const job = JOBS.get(name);
  try {
    if (!job) throw new RangeError(`Cannot do a job as threads must know it: current name is ${name}`);
    const result = await job.work(given);
    scope.postMessage({ id, result }, job.handsOver?.(result) ?? []);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const ownError = job?.errors?.findIndex((type) => error instanceof type) ?? -1;
    scope.postMessage({ id, message, ownError });
  }
};
