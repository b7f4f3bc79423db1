/** Blocks of gzip: one behind the other they are a single member, whatever their lengths. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
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
