/**
 * From the stored bytes of a Zarr chunk back to its plain bytes, with every check that the stored bytes allow.
 *
 * The libraries that exist accept damage in silence: a truncated Zstandard frame decodes to fewer bytes, truncated
 * Blosc to whatever lay in memory, and none verifies a CRC-32C (docs/decisions/zarr_chunks_decoded_here.md). Here the
 * structure is walked first, checksums are verified, and the result must have exactly the length that the array's
 * metadata promise.
 *
 * @module
 */

import { constants, gunzipSync, inflateSync, zstdCompressSync, zstdDecompressSync, type ZstdOptions } from "node:zlib";
import { decodeBlosc } from "./blosc.ts";
import { crc32c } from "./crc32c.ts";
import { DamagedBytesError, messageOf } from "../files/file_errors.ts";
import { compressedInOneGo, inOneGo } from "./in_one_go.ts";
import { decodeLz4Block } from "./lz_blocks.ts";
import { checkZstdFrames } from "./zstd_frames.ts";

/** A compressor that is understood, by the name both Zarr formats use. */
type Compressor = "blosc" | "zstd" | "gzip" | "zlib" | "lz4";

/** A step from bytes to bytes. At most one of a chunk's steps is a compressor. */
export type ByteCodec = Compressor | "crc32c";

/** The compressors that are understood. */
export const COMPRESSORS: readonly Compressor[] = ["blosc", "zstd", "gzip", "zlib", "lz4"];

/** Most bytes that encode `decodedLength` bytes: no compressor here makes its input longer by an eighth. */
export function longestEncoding(codecs: readonly ByteCodec[], decodedLength: number): number {
  const checksums = 4 * codecs.filter((codec) => codec === "crc32c").length;
  const compressed = codecs.length * 4 > checksums;
  return decodedLength + checksums + (compressed ? Math.ceil(decodedLength / 8) + 65536 : 0);
}

/**
 * Undoes `codecs`, last first.
 *
 * @param encoded Bytes as stored. Not changed; the result may be a view of them.
 * @param codecs In the order in which they were applied.
 * @param decodedLength Bytes the result must have.
 * @throws {DamagedBytesError} when the bytes are not what the codecs make of `decodedLength` bytes.
 */
export function decodeBytes(encoded: Uint8Array, codecs: readonly ByteCodec[], decodedLength: number): Uint8Array {
  let bytes = encoded;
  for (let i = codecs.length - 1; i >= 0; i--) {
    const codec = codecs[i];
    // What stands before a compressor are checksums alone, so its output length is known.
    bytes = codec === "crc32c" ? withoutChecksum(bytes) : decompress(bytes, codec, decodedLength + 4 * i);
  }
  if (bytes.length !== decodedLength) {
    throw new DamagedBytesError(`it must decode to ${decodedLength} bytes: current length is ${bytes.length}`);
  }
  return bytes;
}

/** One Zstandard frame of level `level` with its content size and a checksum of the content. */
export function encodeZstd(bytes: Uint8Array, level: number): Uint8Array {
  const options: ZstdOptions & { pledgedSrcSize: number } = {
    // Without it the frame has no content size, and older readers of Zarr refuse it.
    pledgedSrcSize: bytes.length,
    ...compressedInOneGo(bytes.length),
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  };
  return zstdCompressSync(bytes, options);
}

function withoutChecksum(bytes: Uint8Array): Uint8Array {
  const length = bytes.length - 4;
  if (length < 0) throw new DamagedBytesError(`it must hold a CRC-32C: current length is ${bytes.length} bytes`);
  const content = bytes.subarray(0, length);
  const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(length, true);
  const computed = crc32c(content);
  if (stored !== computed) {
    throw new DamagedBytesError(`its CRC-32C must be ${hex(stored)}: current value is ${hex(computed)}`);
  }
  return content;
}

function decompress(bytes: Uint8Array, codec: Compressor, length: number): Uint8Array {
  const options = { maxOutputLength: length, ...inOneGo(length) };
  switch (codec) {
    case "blosc":
      return decodeBlosc(bytes, length);
    case "lz4":
      return decodeSizedLz4(bytes, length);
    case "zstd":
      checkZstdFrames(bytes, length);
      return guarded("Zstandard", length, () => zstdDecompressSync(bytes, options));
    case "gzip":
      return guarded("gzip", length, () => gunzipSync(bytes, options));
    case "zlib":
      return guarded("zlib", length, () => inflateSync(bytes, options));
  }
}

/** The `lz4` codec of numcodecs: the decoded length as a little-endian int32, then one block. */
function decodeSizedLz4(bytes: Uint8Array, length: number): Uint8Array {
  const stored = bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  if (stored !== length) {
    throw new DamagedBytesError(`its LZ4 header must say ${length} bytes: current value is ${stored}`);
  }
  const out = new Uint8Array(length);
  decodeLz4Block(bytes.subarray(4), out);
  return out;
}

function guarded(name: string, length: number, decode: () => Uint8Array): Uint8Array {
  let decoded: Uint8Array;
  try {
    decoded = decode();
  } catch (cause) {
    throw new DamagedBytesError(
      `it must be ${name} data of ${length} bytes: current answer of the decoder is ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  if (decoded.length === length) return decoded;
  throw new DamagedBytesError(`it must decode to ${length} bytes: current length is ${decoded.length}`);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
