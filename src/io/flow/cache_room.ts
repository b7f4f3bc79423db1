/**
 * Memory for what is kept from one read of an image to the next, as far as the memory limit goes.
 *
 * @module
 */

import { allocateShared } from "./slots.ts";

/** Memory that caches share. Buffers are used again, since dropped shared memory is freed late. */
export class CacheRoom {
  #bytes: number;
  readonly #spare: ArrayBufferLike[] = [];

  /** Room for chunks. @param bytes of all that is kept together. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Sets how many bytes may be kept together, before any is. */
  set bytes(bytes: number) {
    this.#bytes = bytes;
  }

  /** Memory of a size; `undefined` where there is no more. */
  take(bytes: number): Uint8Array | undefined {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength === bytes);
    if (at >= 0) return new Uint8Array(this.#spare.splice(at, 1)[0]);
    if (bytes > this.#bytes) return undefined;
    this.#bytes -= bytes;
    return new Uint8Array(allocateShared(bytes));
  }

  /** Takes memory back. */
  giveBack({ buffer }: Uint8Array): void {
    this.#spare.push(buffer);
  }
}
