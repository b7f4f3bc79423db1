/**
 * Bytes one after the other, in pieces of equal length: a shard has up to a million chunks, and each in memory of its
 * own would take several times what they hold together.
 *
 * @module
 */

import { release } from "../flow/slots.ts";

/** Bytes of a piece. */
const PIECE_BYTES = 2 ** 20;

/** Bytes that grow. */
export class Pieces {
  readonly #full: Uint8Array[] = [];
  #piece = new Uint8Array(0);
  #used = 0;

  /** Adds bytes, whose own memory is freed. @returns how many. */
  add(bytes: Uint8Array): number {
    const { length } = bytes;
    for (let at = 0; at < length;) {
      if (this.#used === this.#piece.length) this.#begin();
      const part = bytes.subarray(at, at + this.#piece.length - this.#used);
      this.#piece.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
    }
    release(bytes);
    return length;
  }

  /** All that was added. */
  pieces(): Uint8Array[] {
    return [...this.#full, this.#piece.slice(0, this.#used)];
  }

  #begin(): void {
    if (this.#used > 0) this.#full.push(this.#piece);
    this.#piece = new Uint8Array(PIECE_BYTES);
    this.#used = 0;
  }
}
