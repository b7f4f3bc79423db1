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

/**
 * Most threads that decode and encode: each holds two chunks and decodes half a GB/s, so that sixteen outrun most
 * disks.
 */
const MOST_STREAMING = 16;

/**
 * Jobs that a thread is given at once: one to do and one in its queue, so that it never waits for the calling thread.
 */
const AT_ONCE = 2;

/** Files that Deno 2.9.6 opens for a worker thread, and those that a run may need beside them. */
const FILES_A_THREAD = 6;
const OTHER_FILES = 16;

/** Threads with an end. */
export type OpenThreads = Threads & Disposable;

/**
 * Starts worker threads.
 *
 * @param members left out: one per core; fewer are started where the system lets this process open few files. 0, or a
 *   place without shared memory, workers, or permission to read the threads' script: the calling thread does every job.
 */
export function openThreads(members = navigator.hardwareConcurrency): OpenThreads {
  const packed = packedScript("src/threads/worker.ts");
  if (members === 0 || !canStart(packed)) return { ...CALLING_THREAD, [Symbol.dispose]: () => {} };
  return new ThreadPool(members, packed ?? new URL("./worker.ts", import.meta.url));
}

/** As many threads as open files allow, at least one: Deno ends the whole process where a thread's cannot be opened. */
function startable(members: number): number {
  if (typeof Deno === "undefined") return members;
  const program = new URL(import.meta.url);
  if (program.protocol !== "file:" || !mayRead(program)) return members;
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < OTHER_FILES + members * FILES_A_THREAD) files.push(Deno.openSync(program));
    return members;
  } catch {
    return Math.max(1, Math.floor((files.length - OTHER_FILES) / FILES_A_THREAD));
  } finally {
    for (const file of files) file.close();
  }
}

function canStart(packed: string | undefined): boolean {
  if (typeof SharedArrayBuffer === "undefined" || typeof Worker === "undefined") return false;
  // In a browser nothing lies beside the program.
  if (typeof Deno === "undefined") return packed !== undefined;
  const sources = new URL("../", import.meta.url);
  return sources.protocol !== "file:" || packed !== undefined || mayRead(sources);
}

function mayRead(path: URL): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** A job that waits or is under way. */
interface Pending extends Pick<Job<unknown, unknown>, "anywhere" | "errors"> {
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
  readonly members: number;
  readonly #script: string | URL;
  readonly #workers: Worker[] = [];
  readonly #underWay: Map<number, Pending>[] = [];
  readonly #waiting: Pending[] = [];
  /** Where threads that work together wait for each other. */
  readonly #barriers = new Set<Barrier>();
  #jobs = 0;
  #failure: BackendError | undefined;

  /** Starts threads of a script that answers as `worker.ts` does: those beyond {@linkcode count} when first needed. */
  constructor(members: number, script: string | URL) {
    this.members = startable(members);
    this.count = Math.min(this.members, MOST_STREAMING);
    this.#script = script;
    this.#start(this.count);
  }

  run<Given, Result>(job: Job<Given, Result>, given: Given, handedOver: ArrayBuffer[] = []): Promise<Result> {
    if (job.anywhere) this.#start(this.members);
    return this.#promise(job, { given }, handedOver, (pending) => {
      this.#waiting.push(pending);
      this.#handOut();
    });
  }

  async together<Given, Result>(job: Job<Given, Result>, given: Given, most = Infinity): Promise<Result> {
    const members = Math.min(this.members, most);
    this.#start(members);
    const words = barrierWords();
    const barrier = new Barrier(words, 0, members);
    this.#barriers.add(barrier);
    const parts = await Promise.allSettled(
      this.#workers.slice(0, members).map((_, thread) => {
        const team = [words, thread, members] as const;
        return this.#promise(job, { given, team }, [], (pending) => this.#post(thread, pending));
      }),
    );
    this.#barriers.delete(barrier);
    const errors = parts.flatMap((part) => part.status === "rejected" ? [part.reason] : []);
    const [first] = parts;
    if (first.status === "fulfilled" && errors.length === 0) return first.value;
    throw errors.find(({ message }) => message !== OTHER_FAILED) ?? errors[0];
  }

  [Symbol.dispose](): void {
    this.#end(new BackendError("ts", "Cannot go on as the worker threads must be there: current state is closed"));
  }

  #start(threads: number): void {
    while (this.#workers.length < threads && !this.#failure) {
      const thread = this.#workers.length;
      const worker = new Worker(this.#script, { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<AnswerMessage>) => this.#settle(thread, data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.#end(new BackendError("ts", `Cannot go on as worker thread ${thread} has failed: ${event.message}`));
      };
      this.#workers.push(worker);
      this.#underWay.push(new Map());
    }
  }

  /** Jobs go out in order, but for those that wait for one of the first threads. */
  #handOut(): void {
    for (let next = 0; next < this.#waiting.length;) {
      const { anywhere } = this.#waiting[next];
      const loads = this.#underWay.slice(0, anywhere ? this.members : this.count).map((jobs) => jobs.size);
      const least = Math.min(...loads);
      if (least < AT_ONCE) {
        const [pending] = this.#waiting.splice(next, 1);
        this.#post(anywhere ? loads.lastIndexOf(least) : loads.indexOf(least), pending);
      } else if (anywhere || this.count === this.members) {
        return;
      } else {
        next++;
      }
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
    const { anywhere, errors } = job;
    hand({ anywhere, errors, message: { id: this.#jobs++, job: job.name, ...message }, handedOver, resolve, reject });
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
