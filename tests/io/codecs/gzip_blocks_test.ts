/** Blocks of gzip: one behind the other they are a single member, whatever their lengths. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { GZIP_BEGIN, gzipBlock, GzipEnd } from "../../../src/io/codecs/gzip_blocks.ts";
import { Random } from "../../helpers/random.ts";

Deno.test("blocks of any lengths are one member with the right checksum", () => {
  const random = new Random(5);
  const bytes = Uint8Array.from({ length: 70000 }, (_, i) => i < 50000 ? (i >> 4) & 255 : random.integer(0, 255));
  for (const length of [1, 7, 4096, 65536, 100000]) {
    const part = bytes.subarray(0, Math.min(bytes.length, 300 * length));
    const end = new GzipEnd();
    const pieces = [GZIP_BEGIN];
    for (let at = 0; at < part.length; at += length) {
      const block = gzipBlock(part.subarray(at, at + length));
      end.add(block);
      pieces.push(block.bytes);
    }
    const file = new Uint8Array(Buffer.concat([...pieces, end.bytes()]));
    assert.deepEqual(new Uint8Array(gunzipSync(file)), part, `blocks of ${length}`);
    file[file.length - 8] ^= 1; // The checksum is looked at.
    assert.throws(() => gunzipSync(file), /incorrect data check/);
  }
  assert.equal(gunzipSync(Buffer.concat([GZIP_BEGIN, new GzipEnd().bytes()])).length, 0);
});

Deno.test("of float32 only runs are looked for, unless numbers are there again and again", () => {
  const random = new Random(6);
  const bytesOf = (value: (i: number) => number) =>
    new Uint8Array(Float32Array.from({ length: 2 ** 16 }, (_, i) => i % 300 < 100 ? 0 : value(i)).buffer);
  const quotients = bytesOf((i) => random.integer(1, 255) / (1 + i / 2 ** 17));
  const runs = gzipBlock(quotients, true).bytes;
  const all = gzipBlock(quotients).bytes;
  assert.notDeepEqual(runs, all);
  assert.ok(runs.length < 1.01 * all.length);
  assert.deepEqual(new Uint8Array(inflateRawSync(Buffer.concat([runs, Buffer.of(3, 0)]))), quotients);
  const repeated = bytesOf(() => random.integer(1, 255) / 255);
  assert.deepEqual(gzipBlock(repeated, true), gzipBlock(repeated));
});
