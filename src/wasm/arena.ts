/**
 * Arrays in the memory of a WebAssembly module, one behind the other. Such a memory grows and never shrinks: whoever
 * holds one takes arrays up to a mark, goes back to the mark, and takes others.
 *
 * @module
 */

import { BackendError } from "../errors.ts";

/** Bytes that a memory grows by. */
const PAGE = 2 ** 16;

/** A module's addresses have 32 bits. */
const MOST_BYTES = 2 ** 32;

/**
 * Arrays begin at a cache line, so that threads do not write to the same one, and end with one to spare: vectors reach
 * beyond the last value.
 */
const LINE = 64;

/** The arrays that can be taken. */
type ArrayKind<T> = { new (buffer: ArrayBufferLike, offset: number, length: number): T; BYTES_PER_ELEMENT: number };

/** Arrays in one memory that threads share. */
export class Arena {
  /** What a module is instantiated with. */
  readonly memory: WebAssembly.Memory;
  // An address of 0 stands for an array that is not there.
  #top = LINE;

  /** @param memory one that nobody uses any more; left out: a new one. */
  constructor(memory?: WebAssembly.Memory) {
    this.memory = memory ?? new WebAssembly.Memory({ initial: 1, maximum: MOST_BYTES / PAGE, shared: true });
  }

  /** An array of `length` zeros. @throws {BackendError} when the memory would exceed 4 GiB, or there is no more. */
  take<T extends { fill(value: number): T }>(kind: ArrayKind<T>, length: number): T {
    return this.place(kind, length).fill(0);
  }

  /** An array of `length` values that are still to be written. @throws {BackendError} as {@linkcode take} does. */
  place<T>(kind: ArrayKind<T>, length: number): T {
    const at = this.#top;
    const bytes = length * kind.BYTES_PER_ELEMENT;
    this.#reserve(at + bytes + 2 * LINE);
    this.#top = Math.ceil((at + bytes + LINE) / LINE) * LINE;
    return new kind(this.memory.buffer, at, length);
  }

  /** An array that begins as a copy of `from`. */
  copy<T extends { set(from: ArrayLike<number>): void }>(
    kind: ArrayKind<T>,
    from: ArrayLike<number>,
  ): T {
    const array = this.place(kind, from.length);
    array.set(from);
    return array;
  }

  /** Where the next array will begin. */
  mark(): number {
    return this.#top;
  }

  /** Releases all arrays taken since `mark`; left out: all. */
  release(mark = LINE): void {
    this.#top = mark;
  }

  #reserve(bytes: number): void {
    const more = Math.ceil((bytes - this.memory.buffer.byteLength) / PAGE);
    if (more <= 0) return;
    try {
      this.memory.grow(more);
    } catch (cause) {
      const text =
        "Cannot work on the TypeScript backend as the arrays of a fit or a box must fit 4 GiB and the memory";
      throw new BackendError("ts", `${text}: current value is ${Math.ceil(bytes / 2 ** 20)} MiB`, { cause });
    }
  }
}
