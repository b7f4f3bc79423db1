/**
 * The chunks of one Zarr array, decoded and checked. Every failure becomes one error that names the chunk by its key.
 *
 * @module
 */

import { DamagedBytesError } from "../files/file_errors.ts";
import { CorruptDataError } from "../../errors.ts";
import { type Threads, threadsFor } from "../../thread_job.ts";
import type { ChunkCache } from "./chunk_cache.ts";
import type { StoredChunk } from "./chunk_grid.ts";
import { type ChunkTarget, DECODE_CHUNK } from "./chunk_jobs.ts";
import { longestEncoding } from "../codecs/codecs.ts";
import { crc32c } from "../codecs/crc32c.ts";
import { bytesPerValue } from "../numeric.ts";
import { ABSENT, product, type ShardIndex, type ZarrArray } from "./array.ts";
import type { ZarrStore } from "./store.ts";

/** Offsets and lengths of a shard's chunks as stored: 16 bytes each. */
type IndexView = DataView<ArrayBufferLike>;

/** Who decodes chunks, and where they are kept. */
export interface ChunkDecoding {
  /** Who does it; left out: the calling thread. */
  readonly threads?: Threads;
  /** Keeps decoded chunks for the next read; left out: none are kept. */
  readonly cache?: ChunkCache;
}

/** Reads chunks of one array, keeping indexes of shards: make one a box, or keep it where boxes are smaller. */
export class ChunkReader {
  readonly #store: ZarrStore;
  readonly #prefix: string;
  readonly #array: ZarrArray;
  readonly #decodedLength: number;
  readonly #threads: Threads | undefined;
  readonly #cache: ChunkCache | undefined;
  readonly #indexes = new Map<string, Promise<IndexView | undefined>>();

  /** A reader of `array`, whose metadata lie at `prefix` of the store. */
  constructor(store: ZarrStore, prefix: string, array: ZarrArray, decoding: ChunkDecoding = {}) {
    this.#threads = decoding.threads;
    this.#cache = decoding.cache;
    this.#store = store;
    this.#prefix = prefix;
    this.#array = array;
    this.#decodedLength = product(array.chunk.shape) * bytesPerValue(array.dataType);
  }

  /** What messages call the chunk at `coordinates` of the grid of chunks: its key, and its place in its shard. */
  nameOf(coordinates: readonly number[]): string {
    const { shard } = this.#array;
    const key = this.#fileKey(coordinates);
    if (shard === undefined) return key;
    return `${key} chunk ${coordinates.map((at, axis) => at % shard.chunks[axis]).join("/")}`;
  }

  /**
   * Reads, or marks, what a chunk shares with a box; `false` where it is not stored.
   *
   * @param coordinates Place in the grid of chunks, one entry per axis.
   * @param layout How voxels lie in its plain bytes.
   * @throws {CorruptDataError} when its stored bytes are damaged.
   * @throws {InputError} when the system refuses to read them.
   */
  async readInto(
    target: ChunkTarget,
    coordinates: readonly number[],
    layout: Omit<StoredChunk, "bytes">,
  ): Promise<boolean> {
    const known = await this.#cache?.read(this.nameOf(coordinates), (bytes) => {
      const plain = { ...target, encoded: bytes, codecs: [], decodedLength: this.#decodedLength, layout };
      return threadsFor(this.#threads, target.out).run(DECODE_CHUNK, plain);
    });
    if (known) return true;
    try {
      const encoded = await this.#encoded(coordinates);
      if (encoded === undefined) return false;
      await this.#decode(encoded, target, coordinates, layout);
      return true;
    } catch (cause) {
      if (!(cause instanceof DamagedBytesError)) throw cause;
      const name = this.nameOf(coordinates);
      const { path } = this.#store;
      throw new CorruptDataError(path, name, `Cannot read chunk '${name}' of '${path}' as ${cause.message}`, { cause });
    }
  }

  #encoded(coordinates: readonly number[]): Promise<Uint8Array | undefined> {
    const longest = longestEncoding(this.#array.chunk.codecs, this.#decodedLength);
    const { shard } = this.#array;
    return shard === undefined
      ? this.#store.read(this.#fileKey(coordinates), longest)
      : this.#readFromShard(coordinates, shard, longest);
  }

  /** Decodes, and keeps the plain bytes where there is room. */
  async #decode(
    encoded: Uint8Array,
    target: ChunkTarget,
    coordinates: readonly number[],
    layout: Omit<StoredChunk, "bytes">,
  ): Promise<void> {
    const { codecs } = this.#array.chunk;
    const { buffer } = encoded;
    const owned = buffer instanceof ArrayBuffer && encoded.length === buffer.byteLength ? [buffer] : [];
    const handedOver = owned.length > 0;
    const request = { ...target, encoded, codecs, decodedLength: this.#decodedLength, layout, handedOver };
    const decode = (kept?: Uint8Array) =>
      threadsFor(this.#threads, target.out).run(DECODE_CHUNK, { ...request, kept }, owned);
    if (this.#cache) await this.#cache.keep(this.nameOf(coordinates), this.#decodedLength, decode);
    else await decode();
  }

  #fileKey(coordinates: readonly number[]): string {
    const { shard, keyOf } = this.#array;
    const file = shard === undefined ? coordinates : coordinates.map((at, axis) => Math.floor(at / shard.chunks[axis]));
    return `${this.#prefix}/${keyOf(file)}`;
  }

  async #readFromShard(
    coordinates: readonly number[],
    shard: ShardIndex,
    longest: number,
  ): Promise<Uint8Array | undefined> {
    const key = this.#fileKey(coordinates);
    const pending = this.#indexes.get(key) ?? readIndex(this.#store, key, shard);
    this.#indexes.set(key, pending);
    const index = await pending;
    if (index === undefined) return undefined;
    const slot = coordinates.reduce((sum, at, axis) => sum * shard.chunks[axis] + at % shard.chunks[axis], 0);
    const offset = index.getBigUint64(16 * slot, true);
    const length = index.getBigUint64(16 * slot + 8, true);
    if (offset === ABSENT && length === ABSENT) return undefined;
    if (offset > BigInt(Number.MAX_SAFE_INTEGER) || length > BigInt(longest)) {
      throw new DamagedBytesError(`it must be at most ${longest} bytes long: the index says ${length} at ${offset}`);
    }
    return await this.#store.readRange(key, Number(offset), Number(length));
  }
}

async function readIndex(store: ZarrStore, key: string, shard: ShardIndex): Promise<IndexView | undefined> {
  const content = 16 * product(shard.chunks);
  const length = content + (shard.checksum ? 4 : 0);
  const bytes = await store.readRange(key, shard.atStart ? 0 : -length, length);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (shard.checksum && view.getUint32(content, true) !== crc32c(bytes.subarray(0, content))) {
    throw new DamagedBytesError("the checksum of its shard's index must agree: current value does not");
  }
  return view;
}
