/**
 * Decoded chunks that are kept from one read of a volume to the next, as far as memory goes. None is evicted for
 * another: volumes are read from first to last again and again, so that the one evicted would always be the next one
 * needed.
 *
 * @module
 */

import type { CacheRoom } from "../flow/cache_room.ts";

/** Plain bytes of chunks by name, over shared memory where there is any. */
export class ChunkCache {
  /** Where the chunks lie. */
  readonly room: CacheRoom;
  readonly #chunks = new Map<string, Uint8Array>();
  #volume = 0;
  #underWay = 0;
  #lastRead = false;

  /** An empty cache. @param room that it may fill, with others. */
  constructor(room: CacheRoom) {
    this.room = room;
  }

  /**
   * Asks to keep chunks of a volume, which drops those of the one before. `false` while that one is still being read.
   */
  serve(volume: number): boolean {
    if (volume === this.#volume) return true;
    if (this.#underWay > 0) return false;
    this.#volume = volume;
    this.#lastRead = false;
    for (const bytes of this.#chunks.values()) this.room.giveBack(bytes);
    this.#chunks.clear();
    return true;
  }

  /** From now on each chunk is read once more at most: it makes room when it is, and no other is kept. */
  readLast(): void {
    this.#lastRead = true;
  }

  /** Calls `copy` with what was kept under a name; `false` where nothing was. */
  async read(name: string, copy: (bytes: Uint8Array) => Promise<void>): Promise<boolean> {
    const bytes = this.#chunks.get(name);
    if (bytes === undefined) return false;
    const last = this.#lastRead && this.#chunks.delete(name);
    this.#underWay++;
    try {
      await copy(bytes);
    } finally {
      this.#underWay--;
      if (last) this.room.giveBack(bytes);
    }
    return true;
  }

  /** Calls `fill` with memory for a chunk, where there is room: what it writes there is kept under `name`. */
  async keep<Result>(name: string, bytes: number, fill: (kept?: Uint8Array) => Promise<Result>): Promise<Result> {
    const kept = this.#lastRead || this.#chunks.has(name) ? undefined : this.room.take(bytes);
    let filled = false;
    this.#underWay++;
    try {
      const result = await fill(kept);
      filled = true;
      return result;
    } finally {
      this.#underWay--;
      if (kept && filled && !this.#chunks.has(name)) this.#chunks.set(name, kept);
      else if (kept) this.room.giveBack(kept);
    }
  }
}
