/**
 * Decoded chunks that are kept from one read of a volume to the next, as far as memory goes. What is kept stays until the end: volumes are read from first to last again and again, and a chunk that made room
 * for a later one would always be gone when its turn comes.
 *
 * @module
 */

import { allocateShared } from "./slots.ts";

/** Plain bytes of chunks by name, over shared memory where there is any. */
export class ChunkCache {
  #room: number;
  #volume = 0;
  readonly #chunks = new Map<string, Uint8Array>();

  /**
   * An empty one.
   *
   * @param bytes that it may hold.
   */
  constructor(bytes = 0) {
    this.#room = bytes;
  }

  /** Chunks of one volume at a time are kept: where it is another one's turn, those of the one before are forgotten. */
  serve(volume: number): void {
    if (volume === this.#volume) return;
    this.#volume = volume;
    for (const bytes of this.#chunks.values()) this.giveBack(bytes);
    this.#chunks.clear();
  }

  /** What was kept under a name. */
  get(name: string): Uint8Array | undefined {
    return this.#chunks.get(name);
  }

  /** Memory for the bytes of a chunk; `undefined` where there is no more. Whoever asks fills it, then calls {@linkcode keep}, or {@linkcode giveBack} when that fails. */
  take(bytes: number): Uint8Array | undefined {
    if (bytes > this.#room) return undefined;
    this.#room -= bytes;
    return new Uint8Array(allocateShared(bytes));
  }

  /** Keeps bytes that were taken and filled. */
  keep(name: string, bytes: Uint8Array): void {
    if (this.#chunks.has(name)) this.giveBack(bytes);
    else this.#chunks.set(name, bytes);
  }

  /** Makes room again for bytes that were taken. */
  giveBack(bytes: Uint8Array): void {
    this.#room += bytes.length;
  }

  /** Allows as many bytes more. */
  grow(bytes: number): void {
    this.#room += Math.max(0, bytes);
  }
}
