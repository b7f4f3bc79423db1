/**
 * Jobs: work that any thread may do, since it depends on nothing but what it is given. Jobs are handed to
 * {@linkcode Threads}; whether a worker thread does one or the caller changes no bit.
 *
 * @module
 */

/** The threads that do a job together, as one of them sees it. */
export interface Team {
  /** Number of this thread, from 0. */
  readonly member: number;
  /** How many they are. */
  readonly members: number;
  /** Waits until all have come as far. @throws {Error} when one of them has failed. */
  wait(): void;
}

/** A thread that does a job by itself. */
export const ALONE: Team = { member: 0, members: 1, wait: () => {} };

/** A kind of work, known to every thread by its name. */
export interface Job<Given, Result> {
  /** Name, one of its own. */
  readonly name: string;
  /**
   * Does it. Arrays over shared memory are worked on in place; what else is given must not be changed.
   *
   * @param team left out: this thread does it alone.
   */
  readonly work: (given: Given, team?: Team) => Result | Promise<Result>;
  /** Errors of its own that it may throw; they keep their class on the way from a thread. */
  readonly errors?: readonly (new (message: string) => Error)[];
  /**
   * Whether every thread may do it, since it holds little beside what it is given; left out: only the `count` that
   * plans reckon with.
   */
  readonly anywhere?: boolean;
  /** Buffers of the result that may be handed over instead of copied. */
  readonly handsOver?: (result: Result) => ArrayBuffer[];
}

/** Who carries out jobs. */
export interface Threads {
  /** How many jobs are done at once beside the calling thread; 0 where it does them itself. */
  readonly count: number;
  /** How many threads do a job together. */
  readonly members: number;
  /**
   * Does a job.
   *
   * @param handedOver buffers among what is given that the caller has no more use for.
   * @throws what the job throws.
   * @throws {BackendError} when the thread that did it was lost.
   */
  run<Given, Result>(job: Job<Given, Result>, given: Given, handedOver?: ArrayBuffer[]): Promise<Result>;
  /**
   * Lets every thread do its part of a job at the same time. The result is that of the first.
   *
   * @param most no more than the first so many, >= 1; left out: all.
   * @throws as {@linkcode run} does.
   */
  together<Given, Result>(job: Job<Given, Result>, given: Given, most?: number): Promise<Result>;
}

/** The calling thread, which does every job itself. */
export const CALLING_THREAD: Threads = {
  count: 0,
  members: 1,
  async run(job, given) {
    return await job.work(given);
  },
  async together(job, given) {
    return await job.work(given);
  },
};

/**
 * Who works on arrays in place: the threads where all of them lie in memory that those see, else the calling thread.
 */
export function threadsFor(threads: Threads | undefined, ...arrays: readonly ArrayBufferView[]): Threads {
  if (threads === undefined || typeof SharedArrayBuffer === "undefined") return CALLING_THREAD;
  return arrays.every(({ buffer }) => buffer instanceof SharedArrayBuffer) ? threads : CALLING_THREAD;
}
