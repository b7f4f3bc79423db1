/** Memory that is given back as soon as nobody looks at it: only what bytes have to themselves, and only where it was handed over. */
import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { DECODE_CHUNK } from "../../../src/io/zarr/chunk_jobs.ts";
import { ownMemory, release } from "../../../src/io/flow/slots.ts";
import { type Shape3, wholeBox } from "../../../src/volume.ts";
import { randomVolume } from "../../helpers/volumes.ts";

const SHAPE: Shape3 = [32, 32, 32];

Deno.test("bytes with memory of their own give it back; a small part of a pool and shared memory stay", () => {
  const own = new Uint8Array(65536);
  release(own);
  assert.equal(own.length, 0);
  const small = new Uint8Array(65535).fill(7);
  const shared = new Uint8Array(new SharedArrayBuffer(65536)).fill(7);
  for (const bytes of [small, shared]) {
    const { length } = bytes;
    release(bytes);
    assert.equal(ownMemory(bytes), undefined);
    assert.equal(bytes.length, length);
    assert.ok(bytes.every((value) => value === 7));
  }
});

for (const compressed of [true, false]) {
  for (const handedOver of [true, false]) {
    const name = `${compressed ? "compressed" : "plain"}, ${handedOver ? "handed over" : "kept by the caller"}`;
    Deno.test(`a chunk is decoded from bytes that are ${name}`, () => {
      const { intensity } = randomVolume({ shape: SHAPE, seed: 5 });
      const plain = new Uint8Array(intensity.buffer);
      const encoded = new Uint8Array(compressed ? zstdCompressSync(plain) : plain);
      const before = encoded.slice();
      const box = wholeBox(SHAPE);
      const kept = new Uint8Array(plain.length);
      const out = new Float32Array(intensity.length);
      DECODE_CHUNK.work({
        encoded,
        codecs: compressed ? ["zstd"] : [],
        decodedLength: plain.length,
        layout: { dataType: "float32", littleEndian: true, offset: 0, strides: [1024, 32, 1] },
        touched: { place: [0, 0, 0], chunk: box, shared: box },
        box,
        out,
        kept,
        handedOver,
      });
      assert.deepEqual(out, intensity);
      assert.deepEqual(kept, plain);
      if (handedOver) assert.equal(encoded.length, 0);
      else assert.deepEqual(encoded, before);
    });
  }
}
