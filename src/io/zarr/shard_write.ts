/**
 * Writing shards (https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/v1.0.html): many chunks in one
 * file, each compressed on its own, and an index at the end of it with a CRC-32C. A huge mosaic would drown a file
 * system in chunks.
 *
 * @module
 */

import type { Shape3 } from "../../volume.ts";
import { chunkOfBox, touchedChunks } from "./chunk_grid.ts";
import { type CodecMetadata, withChecksum } from "./encode.ts";

/** Offset and length of a chunk that is not stored. */
const ABSENT = 0xffffffffffffffffn;

/** The codec of an array whose files are shards of chunks of `chunk` voxels. */
export function shardCodec(chunk: readonly number[], codecs: readonly CodecMetadata[]): CodecMetadata {
  const index = [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }];
  return {
    name: "sharding_indexed",
    configuration: { chunk_shape: chunk, codecs, index_codecs: index, index_location: "end" },
  };
}

/** The chunks of a shard, in C order, with their places in it. */
export function* chunksOfShard(
  values: Float32Array,
  shard: Shape3,
  chunk: Shape3,
): Generator<{ place: Shape3; values: Float32Array }> {
  const box = { z0: 0, z1: shard[0], y0: 0, y1: shard[1], x0: 0, x1: shard[2] };
  for (const touched of touchedChunks(box, chunk)) {
    yield { place: touched.place, values: chunkOfBox(touched, box, values) };
  }
}

/** The index of a shard whose chunks stand in a row from its first byte on; `undefined` for one that is not stored. */
export function shardIndex(chunks: readonly (Uint8Array | undefined)[]): Uint8Array {
  const bytes = new Uint8Array(16 * chunks.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [i, chunk] of chunks.entries()) {
    view.setBigUint64(16 * i, chunk === undefined ? ABSENT : BigInt(at), true);
    view.setBigUint64(16 * i + 8, chunk === undefined ? ABSENT : BigInt(chunk.length), true);
    at += chunk?.length ?? 0;
  }
  return withChecksum(bytes);
}
