/** What the page takes instead of `node:zlib` answers as that does. */
import assert from "node:assert/strict";
import * as zlib from "node:zlib";
import * as web from "../../web/zlib.ts";

const PLAIN = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) >> 7);
const WHOLE = { maxOutputLength: PLAIN.length };

Deno.test("what is compressed elsewhere is inflated", () => {
  const zstd = zlib.zstdCompressSync(PLAIN, { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } });
  const { buffer } = web.inflateRawSync(zlib.deflateRawSync(PLAIN), WHOLE) as { buffer: Uint8Array };
  assert.deepEqual(buffer, PLAIN);
  assert.deepEqual(web.gunzipSync(zlib.gzipSync(PLAIN), WHOLE), PLAIN);
  assert.deepEqual(web.inflateSync(zlib.deflateSync(PLAIN), WHOLE), PLAIN);
  assert.deepEqual(web.zstdDecompressSync(zstd, WHOLE), PLAIN);
  assert.equal(web.crc32(PLAIN), zlib.crc32(PLAIN));
  assert.equal(web.crc32(PLAIN.subarray(7), web.crc32(PLAIN.subarray(0, 7))), zlib.crc32(PLAIN));
});

Deno.test("what is compressed here is inflated elsewhere", () => {
  assert.deepEqual(new Uint8Array(zlib.gunzipSync(web.gzipSync(PLAIN, { level: 3 }))), PLAIN);
  assert.throws(() => web.zstdCompressSync(), /has none/);
});

Deno.test("damage and more than was promised are refused, but for the beginning of a gzip", () => {
  const calls: readonly [(bytes: Uint8Array, settings: typeof WHOLE) => unknown, Uint8Array][] = [
    [web.gunzipSync, zlib.gzipSync(PLAIN)],
    [web.inflateSync, zlib.deflateSync(PLAIN)],
    [web.inflateRawSync, zlib.deflateRawSync(PLAIN)],
    [web.zstdDecompressSync, zlib.zstdCompressSync(PLAIN)],
  ];
  for (const [inflate, bytes] of calls) {
    assert.throws(() => inflate(bytes.subarray(0, bytes.length >> 1), WHOLE), inflate.name);
  }
  const bomb = zlib.zstdCompressSync(new Uint8Array(2 ** 26));
  assert.throws(() => web.zstdDecompressSync(bomb, { maxOutputLength: 10 }), /incorrect length/);
  for (const [inflate, bytes] of calls.slice(0, 2)) {
    const flipped = new Uint8Array(bytes);
    flipped[flipped.length - 1] ^= 1;
    assert.throws(() => inflate(flipped, WHOLE), /incorrect|invalid/, inflate.name);
    assert.throws(() => inflate(bytes, { maxOutputLength: 99 }), inflate.name);
  }
  const beginning = web.gunzipSync(zlib.gzipSync(PLAIN).subarray(0, 4096), { finishFlush: 2 });
  assert.ok(beginning.length > 300);
  assert.deepEqual(beginning, PLAIN.subarray(0, beginning.length));
});
