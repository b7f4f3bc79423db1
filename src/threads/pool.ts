/**
 * A pool of worker threads for jobs: decoding, counting, encoding, and all that the TypeScript backend computes. The
 * calling thread only decides who does what.
 *
 * @module
 */

import { BackendError } from "../errors.ts";
import { CALLING_THREAD, type Job, type Threads } from "../thread_job.ts";
import { packedScript } from "../bundled.ts";
import { Barrier, barrierWords, OTHER_FAILED } from "./barrier.ts";
import type { AnswerMessage, JobMessage } from "./messages.ts";

/** Most threads: each takes 12 MiB and two chunks, and decodes half a GB/s, so that sixteen outrun most disks. */
const MOST_THREADS = 16;

/**
 * Jobs that a thread is given at once: one to do and one in its queue, so that it never waits for the calling thread.
 */
const AT_ONCE = 2;

/** Threads with an end. */
export type OpenThreads = Threads & Disposable;

/**
 * Starts worker threads.
 *
 * @param count left out: one per core; no more than 16 are started. With 0, or without shared memory, workers, or
 * permission to read the threads' script, the calling thread does every job.
 */
export function openThreads(count?: number): OpenThreads {
  const most = Math.min(count ?? navigator.hardwareConcurrency, MOST_THREADS);
  const packed = packedScript("src/threads/worker.ts");
  if (most === 0 || !canStart(packed)) return { ...CALLING_THREAD, [Symbol.dispose]: () => {} };
  return new ThreadPool(most, packed ?? new URL("./worker.ts", import.meta.url));
}

function canStart(packed: string | undefined): boolean {
  if (typeof SharedArrayBuffer === "undefined" || typeof Worker === "undefined" || typeof Deno === "undefined") {
    return false;
  }
  const sources = new URL("../", import.meta.url);
  if (sources.protocol !== "file:" || packed !== undefined) return true;
  return Deno.permissions.querySync({ name: "read", path: sources }).state === "granted";
}

/** A job that waits or is under way. */
interface Pending {
  readonly errors: Job<unknown, unknown>["errors"];
  readonly message: JobMessage;
  readonly handedOver: ArrayBuffer[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Worker threads; the next job goes to the one with the least to do. Use {@linkcode openThreads}, which knows whether
 * they can be started.
 */
export class ThreadPool implements OpenThreads {
  readonly count: number;
  readonly #workers: readonly Worker[];
  readonly #underWay: readonly Map<number, Pending>[];
  readonly #waiting: Pending[] = [];
  /** Where threads that work together wait for each other. */
  readonly #barriers = new Set<Barrier>();
  #jobs = 0;
  #failure: BackendError | undefined;

  /** Starts `count` threads of a script that answers as `worker.ts` does. */
  constructor(count: number, script: string | URL) {
    this.count = count;
    this.#workers = Array.from({ length: count }, () => new Worker(script, { type: "module" }));
    this.#underWay = this.#workers.map(() => new Map());
    this.#workers.forEach((worker, thread) => {
      worker.onmessage = ({ data }: MessageEvent<AnswerMessage>) => this.#settle(thread, data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.#end(new BackendError("ts", `Cannot go on as worker thread ${thread} has failed: ${event.message}`));
      };
    });
  }

  run<Given, Result>(job: Job<Given, Result>, given: Given, handedOver: ArrayBuffer[] = []): Promise<Result> {
    return this.#promise(job, { given }, handedOver, (pending) => {
      this.#waiting.push(pending);
      this.#handOut();
    });
  }

  async together<Given, Result>(job: Job<Given, Result>, given: Given): Promise<Result> {
    const words = barrierWords();
    const barrier = new Barrier(words, 0, this.count);
    this.#barriers.add(barrier);
    const parts = await Promise.allSettled(this.#workers.map((_, thread) => {
      const team = [words, thread, this.count] as const;
      return this.#promise(job, { given, team }, [], (pending) => this.#post(thread, pending));
    }));
    this.#barriers.delete(barrier);
    const errors = parts.flatMap((part) => part.status === "rejected" ? [part.reason] : []);
    const [first] = parts;
    if (first.status === "fulfilled" && errors.length === 0) return first.value;
    throw errors.find(({ message }) => message !== OTHER_FAILED) ?? errors[0];
  }

  [Symbol.dispose](): void {
    this.#end(new BackendError("ts", "Cannot go on as the worker threads must be there: current state is closed"));
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const loads = this.#underWay.map((jobs) => jobs.size);
      const thread = loads.indexOf(Math.min(...loads));
      if (loads[thread] >= AT_ONCE) return;
      const [pending] = this.#waiting.splice(0, 1);
      this.#post(thread, pending);
    }
  }

  #promise<Given, Result>(
    job: Job<Given, Result>,
    message: Pick<JobMessage, "given" | "team">,
    handedOver: ArrayBuffer[],
    hand: (pending: Pending) => void,
  ): Promise<Result> {
    if (this.#failure) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    hand({ errors: job.errors, message: { id: this.#jobs++, job: job.name, ...message }, handedOver, resolve, reject });
    return promise as Promise<Result>;
  }

  #post(thread: number, pending: Pending): void {
    this.#underWay[thread].set(pending.message.id, pending);
    this.#workers[thread].postMessage(pending.message, pending.handedOver);
  }

  #settle(thread: number, answer: AnswerMessage): void {
    const pending = this.#underWay[thread].get(answer.id);
    this.#underWay[thread].delete(answer.id);
    this.#handOut();
    if (!pending) return;
    if ("result" in answer) return pending.resolve(answer.result);
    pending.reject(new (pending.errors?.[answer.ownError] ?? Error)(answer.message));
  }

  /**
   * Ends the threads and refuses everything from now on: what one of them held is lost. A thread that waits cannot be
   * ended, so barriers are broken first.
   */
  #end(error: BackendError): void {
    this.#failure ??= error;
    for (const barrier of this.#barriers) barrier.break();
    for (const worker of this.#workers) worker.terminate();
    const lost = [...this.#waiting.splice(0), ...this.#underWay.flatMap((jobs) => [...jobs.values()])];
    for (const jobs of this.#underWay) jobs.clear();
    for (const { reject } of lost) reject(this.#failure);
  }
}
