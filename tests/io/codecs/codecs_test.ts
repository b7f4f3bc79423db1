/** Decoders of chunk bytes, one by one: known answers, and structure that breaks a rule. */

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { DamagedBytesError } from "../../../src/io/files/file_errors.ts";
import { decodeBlosc } from "../../../src/io/codecs/blosc.ts";
import { decodeBytes, encodeZstd, longestEncoding } from "../../../src/io/codecs/codecs.ts";
import { crc32c } from "../../../src/io/codecs/crc32c.ts";
import { decodeBloscLzBlock, decodeLz4Block } from "../../../src/io/codecs/lz_blocks.ts";
import { checkZstdFrames } from "../../../src/io/codecs/zstd_frames.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

Deno.test("CRC-32C has the check value and the values of RFC 3720", () => {
  assert.equal(crc32c(ascii("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(new Uint8Array(0)), 0);
});

Deno.test("an LZ4 block with long runs and overlapping copies decodes", () => {
  const out = new Uint8Array(1 + 4 + 15 + 255 + 3 + 5);
  // One literal, a copy of 4+15+255+3 bytes from distance 1, then five literals.
  decodeLz4Block(Uint8Array.of(0x1f, 9, 1, 0, 255, 3, 0x50, 1, 2, 3, 4, 5), out);
  assert.deepEqual(out, Uint8Array.of(...new Array(278).fill(9), 1, 2, 3, 4, 5));
});

Deno.test("an LZ4 block that breaks a rule is refused", () => {
  const broken: [string, number[], number][] = [
    ["no bytes", [], 4],
    ["literals past the end of the input", [0x40, 1, 2, 3], 4],
    ["literals past the end of the output", [0x40, 1, 2, 3, 4], 3],
    ["too few bytes", [0x30, 1, 2, 3], 4],
    ["a length that does not end", [0xf0, 255, 255], 600],
    ["a copy from distance 0", [0x10, 1, 0, 0, 0x10, 1], 6],
    ["a copy from before the start", [0x10, 1, 2, 0, 0x10, 1], 6],
    ["a copy past the end", [0x1f, 1, 1, 0, 255, 0, 0x10, 1], 6],
    ["an end inside of a distance", [0x10, 1, 1], 5],
    ["an end after a copy", [0x10, 1, 1, 0], 5],
  ];
  for (const [name, bytes, length] of broken) {
    assert.throws(() => decodeLz4Block(Uint8Array.from(bytes), new Uint8Array(length)), DamagedBytesError, name);
  }
});

Deno.test("a BloscLZ block decodes, and one that breaks a rule is refused", () => {
  const out = new Uint8Array(1 + 9 + 2);
  // One literal, a copy of 9 bytes (7 + 2 more) from distance 1, two literals.
  decodeBloscLzBlock(Uint8Array.of(0, 7, 0xe0, 0, 0, 1, 5, 6), out);
  assert.deepEqual(out, Uint8Array.of(...new Array(10).fill(7), 5, 6));
  const broken = [[], [3, 1, 2], [0, 7, 0xe0, 255], [0, 7, 0x20, 1, 0, 5], [0, 7, 0xff, 0, 255, 255, 255], [
    0,
    7,
    0x20,
  ]];
  for (const bytes of broken) {
    assert.throws(
      () => decodeBloscLzBlock(Uint8Array.from(bytes), new Uint8Array(12)),
      DamagedBytesError,
      String(bytes),
    );
  }
});

Deno.test("a Zstandard frame must be whole, alone and of the promised size", () => {
  const frame = encodeZstd(new Uint8Array(1000), 3);
  checkZstdFrames(frame, 1000);
  assert.throws(() => checkZstdFrames(frame, 999), /must decode to 999 bytes: current frame promises 1000/);
  for (let length = 0; length < frame.length; length++) {
    assert.throws(() => checkZstdFrames(frame.subarray(0, length), 1000), DamagedBytesError, String(length));
  }
  assert.throws(() => checkZstdFrames(Uint8Array.of(...frame, 0), 1000), DamagedBytesError);
});

Deno.test("a frame carries its content size and a checksum", () => {
  const frame = encodeZstd(new Uint8Array(1000), 3);
  const descriptor = frame[4];
  assert.ok((descriptor & 4) !== 0, "checksum flag");
  assert.ok(descriptor >> 6 === 1 || (descriptor & 32) !== 0, "content size");
});

Deno.test("data that decode to more than they should are refused at that size", () => {
  const bomb = deflateSync(new Uint8Array(1 << 20));
  assert.throws(() => decodeBytes(bomb, ["zlib"], 100), /must be zlib data of 100 bytes/);
  assert.throws(() => decodeBytes(encodeZstd(new Uint8Array(1 << 20), 3), ["zstd"], 100), DamagedBytesError);
});

Deno.test("checksums may stand before and after a compressor", () => {
  const data = ascii("0123456789");
  const sealed = (bytes: Uint8Array) => {
    const out = new Uint8Array(bytes.length + 4);
    out.set(bytes);
    new DataView(out.buffer).setUint32(bytes.length, crc32c(bytes), true);
    return out;
  };
  const stored = sealed(encodeZstd(sealed(data), 3));
  assert.deepEqual(new Uint8Array(decodeBytes(stored, ["crc32c", "zstd", "crc32c"], 10)), data);
  assert.throws(() => decodeBytes(stored, ["crc32c", "zstd"], 10), DamagedBytesError);
});

Deno.test("only a compressor may make a chunk longer than its voxels", () => {
  assert.equal(longestEncoding([], 100), 100);
  assert.equal(longestEncoding(["crc32c"], 100), 104);
  assert.ok(longestEncoding(["zstd", "crc32c"], 100) > 104);
});

/** A Blosc header. */
function bloscHeader(flags: number, length: number, block: number, encoded: number): Uint8Array {
  const bytes = new Uint8Array(encoded);
  bytes.set([2, 1, flags, 4]);
  const view = new DataView(bytes.buffer);
  [length, block, encoded].forEach((value, i) => view.setUint32(4 + 4 * i, value, true));
  return bytes;
}

Deno.test("a Blosc container with a header that makes no sense is refused", () => {
  const broken: [RegExp, Uint8Array][] = [
    [/header must be 16 bytes long/, new Uint8Array(15)],
    [/version must be 1 or 2: current value is 5/, bloscHeader(2, 8, 8, 24).with(0, 5)],
    [/must be 24 bytes long: current length is 23/, bloscHeader(2, 8, 8, 24).subarray(0, 23)],
    [/header must say 8 bytes: current value is 4294967295/, bloscHeader(2, 2 ** 32 - 1, 8, 24)],
    [/block size must be from 1 to 8/, bloscHeader(2, 8, 0, 24)],
    [/flags must leave bit 3 clear: current value is 10/, bloscHeader(2 | 8, 8, 8, 24)],
    [/must store 8 bytes: current length is 9/, bloscHeader(2, 8, 8, 25)],
    [/block 0 must start/, bloscHeader(0, 8, 1, 30)],
    [/compressor must be blosclz, lz4, zlib or zstd: current number is 2/, snappy()],
  ];
  for (const [rule, bytes] of broken) assert.throws(() => decodeBlosc(bytes, 8), rule);
});

function snappy(): Uint8Array {
  const bytes = bloscHeader(2 << 5, 8, 8, 29);
  bytes.set([20, 0, 0, 0, 5, 0, 0, 0], 16);
  return bytes;
}
