/**
 * A barrier of threads over shared memory: nobody passes until everybody has arrived. A thread that fails breaks it, so
 * that the others do not wait for ever.
 *
 * @module
 */

import type { Team } from "../thread_job.ts";

const ARRIVED = 0;
const GENERATION = 1;
const BROKEN = 2;
const WORDS = 3;

/**
 * How often a waiter looks before it goes to sleep: about 20 microseconds, shorter than a sleep and a wake-up, longer
 * than the usual difference.
 */
const SPINS = 4000;

/** What a thread says whose barrier another one has broken. */
export const OTHER_FAILED = "Cannot go on as every thread of a team must do its part: another one has failed";

/** Bytes of a cache line. Writes to the same line would slow down a waiter. */
const LINE = 64;

/** What a barrier's threads share. */
export function barrierWords(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(3 * LINE), LINE, WORDS);
}

/** A reusable barrier. With one member it costs nothing. */
export class Barrier implements Team {
  readonly member: number;
  readonly members: number;
  readonly #words: Int32Array;

  /** @param words {@linkcode barrierWords}, the same ones for all members. */
  constructor(words: Int32Array, member: number, members: number) {
    this.member = member;
    this.members = members;
    this.#words = words;
  }

  wait(): void {
    if (this.members === 1) return;
    const words = this.#words;
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.members - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
    } else {
      for (let i = 0; i < SPINS && Atomics.load(words, GENERATION) === generation; i++);
      while (Atomics.load(words, GENERATION) === generation && Atomics.load(words, BROKEN) === 0) {
        Atomics.wait(words, GENERATION, generation);
      }
    }
    if (Atomics.load(words, BROKEN) !== 0) throw new Error(OTHER_FAILED);
  }

  /** Lets everybody out with an error, now and for ever. */
  break(): void {
    Atomics.store(this.#words, BROKEN, 1);
    Atomics.add(this.#words, GENERATION, 1);
    Atomics.notify(this.#words, GENERATION);
  }
}
