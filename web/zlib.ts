/**
 * What the page takes instead of `node:zlib`, which a browser lacks: the calls that its modules make, and no other. The
 * build puts it in its place. Checksums are compared as there, but for that of Zstandard, which is not looked at;
 * of a gzip one member is read.
 *
 * @module
 */

import { Gunzip, gunzipSync as gunzip, gzipSync as gzip, inflateSync as inflateRaw } from "npm:fflate@0.8.3";
import { Decompress } from "npm:fzstd@0.1.1";
import { crcWith } from "../src/io/codecs/crc32c.ts";

/** Numbers of settings, which are nothing here. */
export const constants: Readonly<Record<string, number>> = {};

/** CRC-32 of bytes. */
export const crc32: (bytes: Uint8Array, before?: number) => number = crcWith(0xedb88320);

/** What the calls are given that counts here. */
interface Settings {
  readonly maxOutputLength?: number;
  /** A stream that is cut is none to complain about. */
  readonly finishFlush?: unknown;
  readonly level?: number;
}

/** Inflates a gzip of one member. @throws {Error} when it is damaged, or longer than may be. */
export function gunzipSync(bytes: Uint8Array, { maxOutputLength = 0, ...settings }: Settings): Uint8Array {
  if ("finishFlush" in settings) return beginningOf(bytes);
  const out = gunzip(bytes, { out: new Uint8Array(maxOutputLength + 1) });
  const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8);
  demand(end.getUint32(0, true) === crc32(out) && end.getUint32(4, true) === out.length % 2 ** 32, "CRC-32");
  return out;
}

/** What can be inflated of the beginning of a gzip. */
function beginningOf(bytes: Uint8Array): Uint8Array {
  let first = new Uint8Array(0);
  new Gunzip((part) => first = first.length > 0 ? first : Uint8Array.from(part)).push(bytes, false);
  return first;
}

/** Inflates a zlib stream. @throws {Error} when it is damaged, or longer than may be. */
export function inflateSync(bytes: Uint8Array, { maxOutputLength = 0 }: Settings): Uint8Array {
  demand(bytes.length > 6 && (bytes[0] << 8 | bytes[1]) % 31 === 0 && (bytes[0] & 15) === 8, "header");
  const out = inflateRaw(bytes.subarray(2, -4), { out: new Uint8Array(maxOutputLength + 1) });
  const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4);
  demand(end.getUint32(0) === adler32(out), "Adler-32");
  return out;
}

/** Inflates a stream without a header. @throws {Error} when it is cut. */
export function inflateRawSync(bytes: Uint8Array, { maxOutputLength = 0 }: Settings): unknown {
  const buffer = inflateRaw(bytes, { out: new Uint8Array(maxOutputLength + 1) });
  return { buffer, engine: { bytesWritten: bytes.length } };
}

/** Compresses into a gzip without name and time. */
export function gzipSync(bytes: Uint8Array, { level }: Settings): Uint8Array {
  return gzip(bytes, { level: level as 3, mtime: 0 });
}

/** Decodes Zstandard frames. @throws {Error} when they are damaged, or longer than may be. */
export function zstdDecompressSync(bytes: Uint8Array, { maxOutputLength = 0 }: Settings): Uint8Array {
  const out = new Uint8Array(maxOutputLength);
  let length = 0;
  const stream = new Decompress((part) => {
    demand(length + part.length <= maxOutputLength, "length");
    out.set(part, length);
    length += part.length;
  });
  stream.push(bytes, true);
  return out.subarray(0, length);
}

/** Nobody here writes Zstandard. */
export function zstdCompressSync(): never {
  throw new Error("Cannot write Zstandard as a browser has none");
}

/** Nobody here writes a gzip in blocks. */
export function deflateRawSync(): never {
  throw new Error("Cannot write a gzip in blocks as a browser has none");
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`incorrect ${what}`);
}

/** The largest prime below 2^16, and how many bytes can be added before sums pass 2^32. */
const ADLER_PRIME = 65521;
const ADLER_BYTES = 5552;

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let start = 0; start < bytes.length; start += ADLER_BYTES) {
    const end = Math.min(bytes.length, start + ADLER_BYTES);
    for (let i = start; i < end; i++) b += a += bytes[i];
    a %= ADLER_PRIME;
    b %= ADLER_PRIME;
  }
  return b * 2 ** 16 + a;
}
