/**
 * From the plain bytes of a chunk to its stored ones, and how the metadata name the steps. In Zarr v3 every way has a
 * checksum, the compressor's own or a CRC-32C, so that a flipped bit never passes for data; v2 has no codec for one, so
 * that its chunks without a compressor or with Blosc have none.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import type { DataType } from "../../volume.ts";
import { encodeZstd } from "../codecs/codecs.ts";
import { strategyOfFloats } from "../codecs/gzip_blocks.ts";
import { compressedInOneGo } from "../codecs/in_one_go.ts";
import { crc32c } from "../codecs/crc32c.ts";
import { bytesPerValue } from "../numeric.ts";
import { ABSENT } from "./array.ts";

/** A compressor that chunks can be written with. */
export type OutputCompressor = "zstd" | "gzip" | "blosc" | "none";

/** How the chunks of an OME-Zarr are compressed. */
export interface Compression {
  /** The compressor; `zstd` by default. Blosc is Zstandard after a shuffle of bytes. */
  readonly compressor?: OutputCompressor;
  /** Its level; left out: see {@linkcode COMPRESSION_LEVELS}. */
  readonly level?: number;
}

/** How the chunks of one array are compressed, in a format of Zarr. */
export interface ChunkCompression extends Compression {
  /** Left out: 3. */
  readonly zarrFormat?: 2 | 3;
}

/** Levels of a compressor. */
interface Levels {
  readonly least: number;
  readonly most: number;
  readonly usual: number;
}

/** The levels there are and the default; `none` has none. Measured in docs/decisions/output_storage.md. */
export const COMPRESSION_LEVELS: Readonly<Record<OutputCompressor, Levels | undefined>> = {
  zstd: { least: 1, most: 22, usual: 1 },
  gzip: { least: 0, most: 9, usual: 3 },
  blosc: { least: 0, most: 9, usual: 1 },
  none: undefined,
};

/** The type size given to Blosc: the encoder of numcodecs has no other. Readers take it from the header. */
const BLOSC_TYPE_SIZE = 4;
/** The byte of a gzip header that names the system it was made on, and its value for none. */
const GZIP_SYSTEM = 9;
const GZIP_NO_SYSTEM = 255;

/** One codec, as `zarr.json` has it. */
interface CodecMetadata {
  readonly name: string;
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** The codecs of a chunk: `bytes`, then the compressor or a checksum or both. */
export function codecsOf(dataType: DataType, compression: Compression): CodecMetadata[] {
  const plain: CodecMetadata = bytesPerValue(dataType) === 1
    ? { name: "bytes" }
    : { name: "bytes", configuration: { endian: "little" } };
  const level = levelOf(compression);
  switch (compression.compressor ?? "zstd") {
    case "zstd":
      return [plain, { name: "zstd", configuration: { level, checksum: true } }];
    case "gzip":
      return [plain, { name: "gzip", configuration: { level } }];
    case "blosc": {
      const shuffle = bytesPerValue(dataType) === 1 ? "noshuffle" : "shuffle";
      const configuration = { cname: "zstd", clevel: level, shuffle, typesize: BLOSC_TYPE_SIZE, blocksize: 0 };
      return [plain, { name: "blosc", configuration }, { name: "crc32c" }];
    }
    case "none":
      return [plain, { name: "crc32c" }];
  }
}

/** The compressor as `.zarray` has it; `null` for none. */
export function compressorOf(dataType: DataType, compression: Compression): Record<string, unknown> | null {
  const level = levelOf(compression);
  switch (compression.compressor ?? "zstd") {
    case "zstd":
      return { id: "zstd", level };
    case "gzip":
      return { id: "gzip", level };
    case "blosc":
      return { id: "blosc", cname: "zstd", clevel: level, shuffle: shuffleOf(dataType), blocksize: 0 };
    case "none":
      return null;
  }
}

/** Blosc's number of the shuffle: of bytes, where a value has several. */
function shuffleOf(dataType: DataType): 0 | 1 {
  return bytesPerValue(dataType) === 1 ? 0 : 1;
}

/** The stored bytes of a chunk. Equal bytes give equal bytes, on any machine. @param plain Little-endian values. */
export async function encodeChunk(
  plain: Uint8Array,
  dataType: DataType,
  compression: ChunkCompression,
): Promise<Uint8Array> {
  const level = levelOf(compression);
  const checked = (bytes: Uint8Array) => compression.zarrFormat === 2 ? bytes : withChecksum(bytes);
  switch (compression.compressor ?? "zstd") {
    case "zstd":
      return encodeZstd(plain, level);
    case "gzip": {
      // A higher level than the usual one is wanted for the smallest files.
      const isQuick = dataType === "float32" && level <= (COMPRESSION_LEVELS.gzip?.usual ?? 0);
      const strategy = isQuick ? { strategy: strategyOfFloats(plain) } : {};
      const bytes = gzipSync(plain, { level, ...strategy, ...compressedInOneGo(plain.length) });
      bytes[GZIP_SYSTEM] = GZIP_NO_SYSTEM;
      return bytes;
    }
    case "blosc": {
      const { default: Blosc } = await import("npm:numcodecs@0.3.2/blosc");
      const shuffle = shuffleOf(dataType);
      const codec = Blosc.fromConfig({ id: "blosc", clevel: level, cname: "zstd", shuffle, blocksize: 0 });
      return checked(await codec.encode(plain));
    }
    case "none":
      return checked(plain);
  }
}

/** Memory of Blosc's module in each thread, beside three times what it compresses. */
const BLOSC_BYTES = 40 * 2 ** 20;
/** From this level on Zstandard searches in trees, from that one on in long ones. */
const TREES = 4;
const LONG_TREES = 10;

/**
 * What encoding takes of a thread beside the plain and the stored bytes of a chunk, bytes. Measured in
 * docs/decisions/memory_plan.md.
 */
export function encoderBytes(compression: Compression, chunkBytes: number): number {
  const { compressor = "zstd" } = compression;
  if (compressor === "blosc") return BLOSC_BYTES + 3 * chunkBytes;
  const level = compressor === "zstd" ? levelOf(compression) : 0;
  return level >= LONG_TREES ? 17 * chunkBytes : level >= TREES ? 2 * chunkBytes : 0;
}

/** The bytes and their CRC-32C. */
function withChecksum(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 4);
  out.set(bytes);
  new DataView(out.buffer).setUint32(bytes.length, crc32c(bytes), true);
  return out;
}

function levelOf({ compressor = "zstd", level }: Compression): number {
  return level ?? COMPRESSION_LEVELS[compressor]?.usual ?? 0;
}

/**
 * The codec of an array whose files are shards of chunks of `chunk` voxels: many chunks, each compressed on its own,
 * and an index with a CRC-32C (https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/v1.0.html). A
 * huge mosaic would drown a file system in chunks.
 */
export function shardCodec(chunk: readonly number[], codecs: readonly CodecMetadata[]): CodecMetadata {
  const index = [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }];
  return {
    name: "sharding_indexed",
    configuration: { chunk_shape: chunk, codecs, index_codecs: index, index_location: "end" },
  };
}

/**
 * The index of a shard whose chunks stand in a row from its first byte on.
 *
 * @param lengths bytes of each chunk; `undefined` for one that is not stored.
 */
export function shardIndex(lengths: readonly (number | undefined)[]): Uint8Array {
  const bytes = new Uint8Array(16 * lengths.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    view.setBigUint64(16 * i, length === undefined ? ABSENT : BigInt(at), true);
    view.setBigUint64(16 * i + 8, length === undefined ? ABSENT : BigInt(length), true);
    at += length ?? 0;
  }
  return withChecksum(bytes);
}
