/**
 * The bytes of a plain file on a server: fetched once, where there is room for all of them.
 *
 * @module
 */

import type { CacheRoom } from "../flow/cache_room.ts";
import type { ByteSource } from "./byte_source.ts";

/** Bytes that are fetched together. */
const BLOCK = 2 ** 20;

/** Bytes that are kept when they have been fetched. */
export class KeptBytes implements ByteSource {
  readonly forwardOnly: boolean;
  readonly mostBytes: number;
  expectedBytes: number | undefined;
  readonly #source: ByteSource;
  readonly #room: CacheRoom | undefined;
  #kept: Uint8Array | undefined;
  /** Blocks that are there, or on their way. */
  readonly #blocks = new Map<number, Promise<number>>();

  /** Keeps what `source` gives, which it closes at the end. */
  constructor(source: ByteSource, room: CacheRoom | undefined) {
    this.forwardOnly = source.forwardOnly;
    this.mostBytes = source.mostBytes;
    this.#source = source;
    this.#room = room;
  }

  async read(offset: number, bytes: Uint8Array): Promise<number> {
    // There may be room as soon as a run is planned, when the header has been read.
    const { expectedBytes } = this;
    const kept = this.#kept ??= expectedBytes === undefined ? undefined : this.#room?.take(expectedBytes);
    if (kept === undefined || bytes.length === 0) return await this.#source.read(offset, bytes);
    const end = Math.min(offset + bytes.length, kept.length);
    for (let start = offset - offset % BLOCK; start < end; start += BLOCK) {
      const wanted = kept.subarray(start, start + BLOCK);
      const found = await this.#block(start, wanted);
      if (found < wanted.length) return Math.max(0, start + found - offset);
    }
    bytes.set(kept.subarray(offset, end));
    return Math.max(0, end - offset);
  }

  #block(start: number, bytes: Uint8Array): Promise<number> {
    const known = this.#blocks.get(start);
    if (known) return known;
    const block = this.#source.read(start, bytes);
    this.#blocks.set(start, block);
    // What failed may be tried again.
    block.catch(() => this.#blocks.delete(start));
    return block;
  }

  close(): void {
    this.#source.close();
    if (this.#kept) this.#room?.giveBack(this.#kept);
    this.#kept = undefined;
  }
}
