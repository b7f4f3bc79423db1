/**
 * The jobs of chunked files: from stored bytes into the part of a box that they fill, and from a box to the stored
 * bytes of a chunk or shard. Where those lie is for `chunk_reader.ts` and `array_writer.ts` to say.
 *
 * @module
 */

import { DamagedBytesError } from "../files/file_errors.ts";
import type { Job } from "../../thread_job.ts";
import {
  type Box,
  boxShape,
  boxVoxels,
  type DataType,
  noCounts,
  type Shape3,
  type StorageCounts,
  voxelCount,
  wholeBox,
} from "../../volume.ts";
import { chunkOfBox, copyFromChunk, type StoredChunk, type TouchedChunk, touchedChunks } from "./chunk_grid.ts";
import { markFromChunk } from "./chunk_marks.ts";
import { type ByteCodec, decodeBytes } from "../codecs/codecs.ts";
import { encodeValues } from "../numeric.ts";
import { ownMemory, PooledSlot, release } from "../flow/slots.ts";
import { type ChunkCompression, encodeChunk, shardIndex } from "./encode.ts";
import { Pieces } from "./pieces.ts";

/** Where voxels of a chunk go. */
export interface ChunkTarget {
  /** The chunk, and what it shares with the box. */
  readonly touched: TouchedChunk;
  readonly box: Box;
  /** Values of the box, C order; or bytes, which receive 1 where a voxel is not 0 (or equals `label`), else 0. */
  readonly out: Float32Array | Uint8Array;
  /** The value that is marked. */
  readonly label?: number | undefined;
}

/** What one chunk is decoded from and to. */
interface DecodeRequest extends ChunkTarget {
  /** Bytes as stored. */
  readonly encoded: Uint8Array;
  /** Their codecs, in the order in which they were applied. */
  readonly codecs: readonly ByteCodec[];
  /** Bytes that the chunk decodes to. */
  readonly decodedLength: number;
  /** How its voxels lie in them. */
  readonly layout: Omit<StoredChunk, "bytes">;
  /** Receives all its plain bytes as well, for the cache. */
  readonly kept?: Uint8Array;
  /** Whether the stored bytes were transferred: their memory is freed as soon as they are decoded. */
  readonly handedOver?: boolean;
}

/** Decodes a chunk and copies or marks what it shares with a box. Checks what can be checked. */
export const DECODE_CHUNK: Job<DecodeRequest, void> = {
  name: "decode chunk",
  errors: [DamagedBytesError, RangeError],
  work({ encoded, codecs, decodedLength, layout, touched, box, out, label, kept, handedOver }) {
    const bytes = decodeBytes(encoded, codecs, decodedLength);
    if (out instanceof Float32Array) copyFromChunk({ ...layout, bytes }, touched, box, out);
    else markFromChunk({ ...layout, bytes }, touched, box, out, label);
    kept?.set(bytes);
    if (bytes.buffer !== encoded.buffer) release(bytes);
    if (handedOver) release(encoded);
  },
};

/** A chunk, or a shard of them, of a box that is written. */
interface EncodeRequest {
  /** The file's voxels, and what they share with the box. */
  readonly touched: TouchedChunk;
  readonly box: Box;
  /** Its voxels, C order. */
  readonly data: Float32Array;
  /** Voxels of the volume. */
  readonly shape: Shape3;
  /** Voxels of a chunk. */
  readonly chunk: Shape3;
  /** Whether the file is a shard of such chunks. */
  readonly sharded: boolean;
  readonly dataType: DataType;
  readonly compression: ChunkCompression;
  /** Receives the plain bytes as well, for the cache; not of a shard. */
  readonly kept?: Uint8Array;
}

/** A file's bytes. */
interface EncodedFile extends StorageCounts {
  /** One after the other they are the file. */
  readonly parts: readonly Uint8Array[];
}

/** Encodes a file's voxels, 0 past the border of the volume; a chunk of a shard that lies past it is not stored. */
export const ENCODE_CHUNK: Job<EncodeRequest, EncodedFile> = {
  name: "encode chunk",
  errors: [RangeError],
  async work({ touched, box, data, shape, chunk, sharded, dataType, compression, kept }) {
    const counts = noCounts();
    const encode = (values: Float32Array) => {
      const stored = encodeValues(values, dataType, counts);
      const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
      kept?.set(bytes);
      return encodeChunk(bytes, dataType, compression);
    };
    // New memory for each chunk would make it a tenth slower.
    using slot = new PooledSlot(voxelCount(chunk));
    if (!sharded) {
      return { parts: [await encode(chunkOfBox(touched, box, data, (own) => slot.data(own)))], ...counts };
    }
    using whole = new PooledSlot(boxVoxels(touched.chunk));
    const values = chunkOfBox(touched, box, data, (own) => whole.data(own));
    const { z0, y0, x0 } = touched.chunk;
    const shard = wholeBox(boxShape(touched.chunk));
    const file = new Pieces();
    const lengths: (number | undefined)[] = [];
    for (const part of touchedChunks(shard, chunk)) {
      const inside = [z0, y0, x0].every((start, a) => start + part.place[a] * chunk[a] < shape[a]);
      lengths.push(
        inside ? file.add(await encode(chunkOfBox(part, shard, values, (own) => slot.data(own)))) : undefined,
      );
    }
    file.add(shardIndex(lengths));
    return { parts: file.pieces(), ...counts };
  },
  handsOver: ({ parts }) => parts.flatMap((bytes) => ownMemory(bytes) ?? []),
};
