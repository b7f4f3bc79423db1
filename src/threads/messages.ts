/**
 * What the pool and its threads tell each other.
 *
 * @module
 */

/** A job for a thread: the number that its answer repeats, the job's name, and what it is given. */
export interface JobMessage {
  readonly id: number;
  readonly job: string;
  readonly given: unknown;
}

/**
 * A thread's answer. Of an error its message and its index among the job's own errors (-1: none of them), since a class
 * does not survive the way.
 */
export type AnswerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly message: string; readonly ownError: number };
