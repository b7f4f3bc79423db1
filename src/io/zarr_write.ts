/**
 * Writing one array of Zarr v3, file by file: a file holds one chunk, or a shard of them. The same voxels always give the same files.
 *
 * Every chunk is stored, also where all its voxels are 0, so that a missing file is damage and never data. A file is written whole to a
 * temporary name and renamed: one that carries its name is complete.
 *
 * @module
 */

import type { DataType, Shape3, StorageCounts } from "../volume.ts";
import { writeAll } from "./gzip.ts";
import { encodeValues } from "./numeric.ts";
import { codecsOf, type Compression, encodeChunk } from "./zarr_encode.ts";
import { chunksOfShard, shardCodec, shardIndex } from "./zarr_shard_write.ts";

/** What a new array shall be. */
export interface ArraySpec {
  /** Voxels along every axis, slowest first. */
  readonly shape: readonly number[];
  /** Voxels of a chunk along every axis. */
  readonly chunk: readonly number[];
  /** Voxels of a shard along every axis, multiples of the chunk's, 1 in front of the last three; left out: a file holds one chunk. */
  readonly shard?: readonly number[];
  /** How chunks are compressed. */
  readonly compression: Compression;
  /** Numeric type to store. */
  readonly dataType: DataType;
  /** Names of the axes. */
  readonly dimensionNames: readonly string[];
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

  /** Files, each a chunk or a shard, that have not been written yet. */
  get missingChunks(): number {
    const block = blockOf(this.#spec);
    return this.#spec.shape.reduce((count, size, axis) => count * Math.ceil(size / block[axis]), 1) -
      this.#written.size;
  }

  /**
   * Writes one file: a chunk, or a shard.
   *
   * @param coordinates Place in the grid of files, one entry per axis.
   * @param values All voxels of the chunk or shard, C order; those past the border of the array are 0.
   * @throws {RangeError} when that chunk was written before.
   * @throws {Deno.errors.NotFound} and its like when the system does not let us write.
   */
  async write(coordinates: readonly number[], values: Float32Array): Promise<void> {
    const key = `c/${coordinates.join("/")}`;
    if (this.#written.has(key)) {
      throw new RangeError(`Cannot write a chunk twice as readers may have seen it: current chunk is ${key}`);
    }
    this.#written.add(key);
    const parts = this.#spec.shard === undefined
      ? [await this.#encode(values)]
      : await this.#encodeShard(this.#spec.shard, coordinates, values);
    const path = `${this.#directory}/${key}`;
    await this.#folder(path.slice(0, path.lastIndexOf("/")));
    await replaceFile(path, parts);
  }

  #encode(values: Float32Array): Promise<Uint8Array> {
    const { dataType, compression } = this.#spec;
    const stored = encodeValues(values, dataType, this.#counts);
    return encodeChunk(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), dataType, compression);
  }

  /** The chunks of a shard in C order and its index; a chunk that lies past the border of the array is not stored. */
  async #encodeShard(
    shard: readonly number[],
    coordinates: readonly number[],
    values: Float32Array,
  ): Promise<Uint8Array[]> {
    const [shape, edges, chunk, at] = [this.#spec.shape, shard, this.#spec.chunk, coordinates].map(lastThree);
    const chunks: (Uint8Array | undefined)[] = [];
    for (const part of chunksOfShard(values, edges, chunk)) {
      const inside = shape.every((size, a) => at[a] * edges[a] + part.place[a] * chunk[a] < size);
      chunks.push(inside ? await this.#encode(part.values) : undefined);
    }
    return [...chunks.filter((bytes) => bytes !== undefined), shardIndex(chunks)];
  }

  #folder(path: string): Promise<void> {
    let made = this.#folders.get(path);
    if (made === undefined) {
      made = Deno.mkdir(path, { recursive: true });
      this.#folders.set(path, made);
    }
    return made;
  }
}

/**
 * Makes the directory of an array and its metadata.
 *
 * @param counts Raised by what rounding to the stored type does.
 */
export async function createZarrArray(
  directory: string,
  spec: ArraySpec,
  counts: StorageCounts,
): Promise<ZarrArrayWriter> {
  await Deno.mkdir(directory);
  await writeJson(`${directory}/zarr.json`, arrayMetadata(spec));
  return new ZarrArrayWriter(directory, spec, counts);
}

/** Writes the metadata of a group. */
export async function writeGroup(directory: string, attributes: Readonly<Record<string, unknown>>): Promise<void> {
  await writeJson(`${directory}/zarr.json`, { zarr_format: 3, node_type: "group", attributes });
}

/** The voxels of one file along every axis. */
function blockOf({ chunk, shard }: ArraySpec): readonly number[] {
  return shard ?? chunk;
}

function lastThree(numbers: readonly number[]): Shape3 {
  const [z, y, x] = numbers.slice(-3);
  return [z, y, x];
}

function arrayMetadata(spec: ArraySpec): Record<string, unknown> {
  const codecs = codecsOf(spec.dataType, spec.compression);
  return {
    zarr_format: 3,
    node_type: "array",
    shape: spec.shape,
    data_type: spec.dataType,
    chunk_grid: { name: "regular", configuration: { chunk_shape: blockOf(spec) } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: spec.shard === undefined ? codecs : [shardCodec(spec.chunk, codecs)],
    attributes: {},
    dimension_names: spec.dimensionNames,
  };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, [new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n")]);
}

/** A file that carries its name is complete, also after a power cut: its bytes reach the disk before the name does. */
async function replaceFile(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.tmp`;
  {
    using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    for (const bytes of parts) await writeAll(file, bytes);
    await file.syncData();
  }
  await Deno.rename(temporary, path);
}
