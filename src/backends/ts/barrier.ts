/**
 * A barrier for a team of workers over shared memory: nobody passes until everybody has arrived. A member that fails breaks it,
 * so that the others do not wait for ever.
 *
 * @module
 */

const ARRIVED = 0;
const GENERATION = 1;
const BROKEN = 2;

/** How often a waiter looks before it goes to sleep: about 20 microseconds, shorter than a sleep and a wake-up, longer than the usual difference. */
const SPINS = 4000;

/** Shared words of a {@linkcode Barrier}. */
export const BARRIER_WORDS = 3;

/** A reusable barrier. With one member it costs nothing and needs no shared memory. */
export class Barrier {
  readonly #words: Int32Array;
  readonly #members: number;

  /** @param words {@linkcode BARRIER_WORDS} zeros, shared by all members. */
  constructor(words: Int32Array, members: number) {
    this.#words = words;
    this.#members = members;
  }

  /** Waits for all members. @throws {Error} when one of them has failed. */
  wait(): void {
    if (this.#members === 1) return;
    const words = this.#words;
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.#members - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
    } else {
      for (let i = 0; i < SPINS && Atomics.load(words, GENERATION) === generation; i++);
      while (Atomics.load(words, GENERATION) === generation && Atomics.load(words, BROKEN) === 0) {
        Atomics.wait(words, GENERATION, generation);
      }
    }
    if (Atomics.load(words, BROKEN) !== 0) throw new Error("another worker of the team has failed");
  }

  /** Lets everybody out with an error, now and for ever. */
  break(): void {
    if (this.#members === 1) return;
    Atomics.store(this.#words, BROKEN, 1);
    Atomics.add(this.#words, GENERATION, 1);
    Atomics.notify(this.#words, GENERATION);
  }
}
