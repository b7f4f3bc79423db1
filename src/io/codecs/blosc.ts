/**
 * Decoding of Blosc 1 containers (https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst), the compressor
 * most Zarr v2 stores use: blocks of shuffled bytes, each in one stream or in one per byte of the type, each stream
 * LZ4, BloscLZ, zlib or Zstandard.
 *
 * Written here since the wasm decoders answer damage with the contents of uninitialised memory. The format has no
 * checksum: a flipped bit inside LZ4 or BloscLZ literals changes voxels without notice.
 *
 * @module
 */

import { inflateSync, zstdDecompressSync } from "node:zlib";
import { inOneGo } from "./in_one_go.ts";
import { DamagedBytesError, messageOf } from "../files/file_errors.ts";
import { decodeBloscLzBlock, decodeLz4Block } from "./lz_blocks.ts";
import { checkZstdFrames } from "./zstd_frames.ts";

/** The 16 bytes in front of the data. */
interface BloscHeader {
  readonly flags: number;
  readonly typeSize: number;
  readonly decodedLength: number;
  readonly blockSize: number;
}

const HEADER = 16;
const BYTE_SHUFFLE = 1;
const STORED = 2;
const BIT_SHUFFLE = 4;
/** Blosc 2 marks differences by it, which are no part of Blosc 1. */
const RESERVED = 8;
const ONE_STREAM = 16;
/** A block is never split for larger types, nor into streams shorter than this. Both from the C library's `blosc.c`. */
const MOST_STREAMS = 16;
const SHORTEST_STREAM = 128;

/**
 * Decodes a Blosc container.
 *
 * @param bytes The container, nothing before or after it.
 * @param length Bytes it must decode to.
 * @throws {DamagedBytesError} when it does not, breaks off, or uses a compressor that is not supported (Snappy).
 */
export function decodeBlosc(bytes: Uint8Array, length: number): Uint8Array {
  const header = readHeader(bytes, length);
  if (header.flags & STORED) return storedContent(bytes, length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = Math.ceil(length / header.blockSize);
  const firstData = HEADER + 4 * blocks;
  const out = new Uint8Array(length);
  const scratch = new Uint8Array(Math.min(header.blockSize, length));
  for (let block = 0; block < blocks; block++) {
    const from = firstData <= bytes.length ? view.getUint32(HEADER + 4 * block, true) : 0;
    if (from < firstData || from >= bytes.length) {
      throw new DamagedBytesError(
        `its Blosc block ${block} must start within its ${bytes.length} bytes: current start is ${from}`,
      );
    }
    const target = out.subarray(block * header.blockSize, Math.min(length, (block + 1) * header.blockSize));
    decodeBlock(bytes, from, header, target, scratch.subarray(0, target.length));
  }
  return out;
}

function readHeader(bytes: Uint8Array, length: number): BloscHeader {
  if (bytes.length < HEADER) {
    throw new DamagedBytesError(`its Blosc header must be ${HEADER} bytes long: current length is ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [decodedLength, blockSize, encodedLength] = [4, 8, 12].map((at) => view.getUint32(at, true));
  const version = bytes[0];
  if (version < 1 || version > 2) {
    throw new DamagedBytesError(`its Blosc version must be 1 or 2: current value is ${version}`);
  }
  if (bytes[1] !== 1 && (bytes[2] & STORED) === 0) {
    throw new DamagedBytesError(`its Blosc compressor's version must be 1: current value is ${bytes[1]}`);
  }
  if (encodedLength !== bytes.length) {
    throw new DamagedBytesError(`it must be ${encodedLength} bytes long: current length is ${bytes.length}`);
  }
  if (decodedLength !== length) {
    throw new DamagedBytesError(`its Blosc header must say ${length} bytes: current value is ${decodedLength}`);
  }
  // No encoder makes a block longer than its data, and decoders do not agree on what it would mean.
  if (blockSize === 0 || (blockSize > length && (bytes[2] & STORED) === 0)) {
    throw new DamagedBytesError(`its Blosc block size must be from 1 to ${length}: current value is ${blockSize}`);
  }
  if (bytes[2] & RESERVED) {
    throw new DamagedBytesError(`its Blosc flags must leave bit 3 clear: current value is ${bytes[2]}`);
  }
  if (bytes[3] === 0) throw new DamagedBytesError("its Blosc values must be 1 to 255 bytes long: current length is 0");
  return { flags: bytes[2], typeSize: bytes[3], decodedLength, blockSize };
}

function storedContent(bytes: Uint8Array, length: number): Uint8Array {
  const content = bytes.subarray(HEADER);
  if (content.length === length) return content;
  throw new DamagedBytesError(`it must store ${length} bytes: current length is ${content.length}`);
}

/** Decodes the streams of one block and puts its bytes, or bits, back in order. */
function decodeBlock(
  bytes: Uint8Array,
  start: number,
  header: BloscHeader,
  out: Uint8Array,
  scratch: Uint8Array,
): void {
  const { flags, typeSize, blockSize } = header;
  const bits = (flags & BIT_SHUFFLE) !== 0;
  const shuffled = bits ? out.length >= typeSize : (flags & BYTE_SHUFFLE) !== 0 && typeSize > 1;
  const streamTarget = shuffled ? scratch : out;
  const split = !(flags & ONE_STREAM) && typeSize <= MOST_STREAMS && blockSize / typeSize >= SHORTEST_STREAM &&
    out.length === blockSize;
  const streams = split ? typeSize : 1;
  if (out.length % streams !== 0) {
    throw new DamagedBytesError(`its Blosc blocks must hold whole values: current length is ${out.length}`);
  }
  const streamLength = Math.floor(out.length / streams);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  for (let stream = 0; stream < streams; stream++) {
    const size = at + 4 <= bytes.length ? view.getInt32(at, true) : -1;
    at += 4;
    if (size <= 0 || at + size > bytes.length) {
      throw new DamagedBytesError(`its Blosc stream at byte ${at - 4} must end within it: current size is ${size}`);
    }
    const target = streamTarget.subarray(stream * streamLength, (stream + 1) * streamLength);
    decodeStream(bytes.subarray(at, at + size), flags >> 5, target);
    at += size;
  }
  if (!shuffled) return;
  if (bits) unshuffleBits(scratch, out, typeSize);
  else unshuffleBytes(scratch, out, typeSize);
}

function decodeStream(stream: Uint8Array, compressor: number, out: Uint8Array): void {
  if (stream.length === out.length) return out.set(stream);
  const options = { maxOutputLength: out.length, ...inOneGo(out.length) };
  switch (compressor) {
    case 0:
      return decodeBloscLzBlock(stream, out);
    case 1:
      return decodeLz4Block(stream, out);
    case 3:
      return inflateInto(out, () => inflateSync(stream, options));
    case 4:
      checkZstdFrames(stream, out.length);
      return inflateInto(out, () => zstdDecompressSync(stream, options));
    default:
      throw new DamagedBytesError(
        `its Blosc compressor must be blosclz, lz4, zlib or zstd: current number is ${compressor}`,
      );
  }
}

function inflateInto(out: Uint8Array, decode: () => Uint8Array): void {
  let decoded: Uint8Array;
  try {
    decoded = decode();
  } catch (cause) {
    throw new DamagedBytesError(`its Blosc stream must decode: current answer of the decoder is ${messageOf(cause)}`, {
      cause,
    });
  }
  if (decoded.length !== out.length) {
    throw new DamagedBytesError(
      `its Blosc stream must decode to ${out.length} bytes: current length is ${decoded.length}`,
    );
  }
  out.set(decoded);
}

/** Byte k of every value lies together; what is no whole value is left at the end as it was. */
function unshuffleBytes(from: Uint8Array, to: Uint8Array, typeSize: number): void {
  const count = Math.floor(from.length / typeSize);
  for (let k = 0; k < typeSize; k++) {
    const plane = k * count;
    for (let i = 0, j = k; i < count; i++, j += typeSize) to[j] = from[plane + i];
  }
  to.set(from.subarray(count * typeSize), count * typeSize);
}

/** Bit b of byte k of every value lies together, lowest bit first; a count that is no multiple of 8 is as it was. */
function unshuffleBits(from: Uint8Array, to: Uint8Array, typeSize: number): void {
  const count = Math.floor(from.length / typeSize);
  if (count % 8 !== 0) return to.set(from);
  const row = count / 8;
  for (let k = 0; k < typeSize; k++) {
    for (let group = 0, at = k; group < row; group++, at += 8 * typeSize) {
      transposeBits(from, k * 8 * row + group, row, to, at, typeSize);
    }
  }
  to.set(from.subarray(count * typeSize), count * typeSize);
}

/** Transposes 8 x 8 bits in two words by swapping ever larger blocks: Warren, Hacker's Delight, section 7-3. */
function transposeBits(from: Uint8Array, at: number, row: number, to: Uint8Array, start: number, step: number): void {
  let high = from[at + 7 * row] << 24 | from[at + 6 * row] << 16 | from[at + 5 * row] << 8 | from[at + 4 * row];
  let low = from[at + 3 * row] << 24 | from[at + 2 * row] << 16 | from[at + row] << 8 | from[at];
  let swap = (high ^ high >>> 7) & 0x00aa00aa;
  high ^= swap ^ swap << 7;
  swap = (low ^ low >>> 7) & 0x00aa00aa;
  low ^= swap ^ swap << 7;
  swap = (high ^ high >>> 14) & 0x0000cccc;
  high ^= swap ^ swap << 14;
  swap = (low ^ low >>> 14) & 0x0000cccc;
  low ^= swap ^ swap << 14;
  swap = high & 0xf0f0f0f0 | low >>> 4 & 0x0f0f0f0f;
  low = high << 4 & 0xf0f0f0f0 | low & 0x0f0f0f0f;
  high = swap;
  for (let i = 0, out = start; i < 4; i++, out += step) {
    to[out] = low >>> 8 * i;
    to[out + 4 * step] = high >>> 8 * i;
  }
}
