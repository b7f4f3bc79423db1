/**
 * What the pool and its threads send each other.
 *
 * @module
 */

/** A job for a thread: the number that its answer repeats, the job's name, and what it is given. */
export interface JobMessage {
  readonly id: number;
  readonly job: string;
  readonly given: unknown;
  /** Of a job that all threads do together: the words of their barrier, which thread this is, how many they are. */
  readonly team?: readonly [words: Int32Array, member: number, members: number];
}

/**
 * A thread's answer. A class does not survive the way, so an error comes as its message and its place among the job's
 * own errors, -1 where it is none of them.
 */
export type AnswerMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly message: string; readonly ownError: number };
