/**
 * Writing one array of Zarr v3, or v2, file by file: a file holds one chunk, or a shard of them. The same voxels always
 * give the same files.
 *
 * Every chunk is stored, also where all its voxels are 0, so that a missing file is damage and never data. A file that
 * carries its name is complete.
 *
 * @module
 */

import { type Threads, threadsFor } from "../../thread_job.ts";
import { addCounts, type Box, type Shape3, type StorageCounts, voxelCount } from "../../volume.ts";
import type { ChunkCache } from "./chunk_cache.ts";
import type { TouchedChunk } from "./chunk_grid.ts";
import { ENCODE_CHUNK } from "./chunk_jobs.ts";
import { replaceFile, UNFINISHED } from "../files/whole.ts";
import { bytesPerValue } from "../numeric.ts";
import { release } from "../flow/slots.ts";
import { arrayFile, type ArrayFormat, arrayMetadata, blockOf, chunkFolder, keyOf } from "./array_files.ts";

/** What a new array shall be, and who writes it. */
interface ArraySpec extends ArrayFormat {
  /** Who encodes; left out: the calling thread. */
  readonly threads?: Threads;
  /** Whether other processes write to the same array, before, after or at the same time; left out: no. */
  readonly shared?: boolean;
  /** Keeps written chunks for a later read; left out, or where files are shards: none are kept. */
  readonly cache?: ChunkCache;
}

/** One file's part of a box. */
interface WrittenPart {
  /** Place in the grid of files, one entry per axis. */
  readonly coordinates: readonly number[];
  /** The file's voxels, and what they share with the box: all of them that lie in the array. */
  readonly touched: TouchedChunk;
  readonly box: Box;
  /** Its voxels, C order. */
  readonly data: Float32Array;
}

/** One array under a directory. Different chunks may be written at the same time; one chunk by one writer only. */
export class ZarrArrayWriter {
  readonly #directory: string;
  readonly #spec: ArraySpec;
  readonly #counts: StorageCounts;
  readonly #folders = new Map<string, Promise<void>>();
  readonly #written = new Set<string>();

  /** Use {@linkcode createZarrArray}, which makes the directory. */
  constructor(directory: string, spec: ArraySpec, counts: StorageCounts) {
    this.#directory = directory;
    this.#spec = spec;
    this.#counts = counts;
  }

  /**
   * How many files, each a chunk or a shard, have not been written yet. Nobody may be writing; what writers that were
   * ended left behind is removed.
   */
  async countMissing(): Promise<number> {
    const block = blockOf(this.#spec);
    const all = this.#spec.shape.reduce((count, size, axis) => count * Math.ceil(size / block[axis]), 1);
    return all - (this.#spec.shared ? await settleArray(this.#directory, this.#spec.zarrFormat) : this.#written.size);
  }

  /**
   * Writes one file: a chunk, or a shard.
   *
   * @returns what storing did to the values.
   * @throws {RangeError} when that file was written before.
   * @throws {Deno.errors.NotFound} and its like when the system does not let us write.
   */
  async write({ coordinates, touched, box, data }: WrittenPart): Promise<StorageCounts> {
    const key = keyOf(coordinates, this.#spec.zarrFormat);
    if (this.#written.has(key)) {
      throw new RangeError(`Cannot write a chunk twice as readers may have seen it: current chunk is ${key}`);
    }
    this.#written.add(key);
    const { dataType, shard, threads, cache, zarrFormat } = this.#spec;
    const compression = { ...this.#spec.compression, zarrFormat };
    const [shape, chunk] = [this.#spec.shape, this.#spec.chunk].map(lastThree);
    const part = { touched, box, data, shape, chunk, sharded: shard !== undefined, dataType, compression };
    const encode = (kept?: Uint8Array) => threadsFor(threads, data).run(ENCODE_CHUNK, { ...part, kept });
    const { parts, ...counts } = cache && shard === undefined
      ? await cache.keep(this.#nameOf(key), voxelCount(chunk) * bytesPerValue(dataType), encode)
      : await encode();
    addCounts(this.#counts, counts);
    const path = `${this.#directory}/${key}`;
    await this.#folder(path.slice(0, path.lastIndexOf("/")));
    await replaceFile(path, parts);
    parts.forEach(release);
    return counts;
  }

  /** What a reader of the array calls a file. */
  #nameOf(key: string): string {
    return `${this.#directory.slice(this.#directory.lastIndexOf("/") + 1)}/${key}`;
  }

  #folder(path: string): Promise<void> {
    const made = this.#folders.get(path) ?? Deno.mkdir(path, { recursive: true });
    this.#folders.set(path, made);
    return made;
  }
}

/** Makes the directory of an array and its metadata. @param counts Raised by what rounding to the stored type does. */
export async function createZarrArray(
  directory: string,
  spec: ArraySpec,
  counts: StorageCounts,
): Promise<ZarrArrayWriter> {
  await Deno.mkdir(directory, { recursive: spec.shared });
  const path = `${directory}/${arrayFile(spec.zarrFormat)}`;
  if (!spec.shared || !await exists(path)) await writeJson(path, arrayMetadata(spec));
  return new ZarrArrayWriter(directory, spec, counts);
}

/** Writes the metadata of a group; its attributes last, as they make an image of it. */
export async function writeGroup(
  directory: string,
  zarrFormat: 2 | 3,
  attributes: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (zarrFormat === 3) {
    return await writeJson(`${directory}/zarr.json`, { zarr_format: 3, node_type: "group", attributes });
  }
  await writeJson(`${directory}/.zgroup`, { zarr_format: 2 });
  await writeJson(`${directory}/.zattrs`, attributes);
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw cause;
  }
}

function lastThree(numbers: readonly number[]): Shape3 {
  const [z, y, x] = numbers.slice(-3);
  return [z, y, x];
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, [new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n")]);
}

/**
 * Removes what killed writers left of an array, and counts its files. Nobody may be writing.
 *
 * @returns how many files, each a chunk or a shard, are there.
 */
export async function settleArray(directory: string, zarrFormat: 2 | 3): Promise<number> {
  await removeUnfinished(directory);
  try {
    return await settleChunks(chunkFolder(directory, zarrFormat));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return 0;
    throw cause;
  }
}

/** Removes what killed writers left directly in a folder. Nobody may be writing. */
export async function removeUnfinished(directory: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && name.endsWith(UNFINISHED)) await Deno.remove(`${directory}/${name}`);
  }
}

async function settleChunks(path: string): Promise<number> {
  let files = 0;
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) files += await settleChunks(`${path}/${name}`);
    else if (name.endsWith(UNFINISHED)) await Deno.remove(`${path}/${name}`);
    else if (!name.startsWith(".")) files++;
  }
  return files;
}
