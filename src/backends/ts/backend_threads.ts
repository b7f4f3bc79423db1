/**
 * The threads that a TypeScript backend works on.
 *
 * @module
 */

import { packedScript } from "../../bundled.ts";
import { BackendError } from "../../errors.ts";
import { CALLING_THREAD, type Job, type Threads } from "../../thread_job.ts";
import { ThreadPool } from "../../threads/pool.ts";
import { CLOSE } from "./jobs.ts";

/** How long the calling thread works before it handles events. */
const TURN_MS = 50;

/** The threads of a backend, as long as it is open. */
export class BackendThreads {
  readonly #threads: Threads;
  /** Threads that end with the backend. */
  readonly #own: ThreadPool | undefined;
  #closed = false;
  #lastTurn = 0;

  /**
   * @param workers how many to start; 0: the calling thread does all.
   * @param given threads to work on instead, where there are some.
   * @throws {BackendError} when threads may not be started.
   */
  constructor(workers: number, given?: Threads) {
    const shared = workers > 0 && given !== undefined && given.count > 0;
    this.#own = workers > 0 && !shared ? startThreads(workers) : undefined;
    this.#threads = this.#own ?? (shared ? given : CALLING_THREAD);
  }

  /** Threads that do a job together. */
  get members(): number {
    return this.#threads.members;
  }

  /** What a report calls them. */
  get name(): string {
    if (this.#threads.count === 0) return "calling thread";
    return `${this.members} worker thread${this.members === 1 ? "" : "s"}`;
  }

  /** A job for any thread. */
  async run<Given, Result>(job: Job<Given, Result>, given: Given): Promise<Result> {
    await this.#turn();
    return await this.#threads.run(job, given);
  }

  /** A job for all threads. @param most no more than the first so many; left out: all. */
  async together<Given, Result>(job: Job<Given, Result>, given: Given, most?: number): Promise<Result> {
    await this.#turn();
    return await this.#threads.together(job, given, most);
  }

  /** Ends a session. Lost threads have nothing open any more, and the job that lost them has reported why. */
  async end(session: number): Promise<void> {
    await this.together(CLOSE, session).catch(() => {});
  }

  close(): void {
    this.#closed = true;
    this.#own?.[Symbol.dispose]();
  }

  demandOpen(): void {
    if (!this.#closed) return;
    throw new BackendError("ts", "Cannot go on as the backend must be open: current state is closed");
  }

  /**
   * The calling thread handles events between two jobs of its own, or an interrupt would wait for the end. Not between
   * any two: a timer takes a millisecond, or four.
   */
  async #turn(): Promise<void> {
    if (this.#threads.count === 0 && performance.now() - this.#lastTurn > TURN_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#lastTurn = performance.now();
    }
    this.demandOpen();
  }
}

function startThreads(count: number): ThreadPool {
  const packed = packedScript("src/backends/ts/worker.ts");
  if (packed === undefined) demandSources();
  return new ThreadPool(count, packed ?? new URL("./worker.ts", import.meta.url));
}

/**
 * Deno lets a worker load modules from disk only where the program may read them.
 *
 * @throws {BackendError} naming the flag.
 */
function demandSources(): void {
  const sources = new URL("../../", import.meta.url);
  if (typeof Deno === "undefined" || sources.protocol !== "file:") return;
  if (Deno.permissions.requestSync({ name: "read", path: sources }).state === "granted") return;
  const text = "Cannot start worker threads as the program was started without permission to read its own modules";
  const folder = import.meta.dirname?.slice(0, -"/backends/ts".length);
  throw new BackendError("ts", `${text}: run it with --allow-read=${folder}, or with option 'nProcesses: 0'`);
}
