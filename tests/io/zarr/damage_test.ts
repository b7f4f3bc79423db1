/** Damaged stores: no truncated, padded or overwritten chunk may pass for data, and the message names it. */

import assert from "node:assert/strict";
import { CorruptDataError } from "../../../src/errors.ts";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import { createOmeZarr } from "../../../src/io/ome_zarr/write.ts";
import { voxelCount, wholeBox } from "../../../src/volume.ts";
import { programs } from "../../helpers/command.ts";
import {
  change,
  GOLDEN,
  golden,
  type ImageFiles,
  plainImage,
  withDirectory,
  withImage,
} from "../../helpers/ome_zarr_images.ts";

async function readAll(path: string, requireAllChunks = false): Promise<Float32Array> {
  await using image = await openOmeZarr(path, { requireAllChunks });
  const out = new Float32Array(voxelCount(image.shape)).fill(NaN);
  for (let index = 0; index < image.volumes; index++) await image.volume(index).read(wholeBox(image.shape), out);
  return out;
}

/** Replaces the last chunk and expects an error that names it. */
async function expectDamage(files: ImageFiles, damage: (bytes: Uint8Array) => Uint8Array, rule = /./): Promise<void> {
  const key = Object.keys(files.chunks).at(-1) ?? "";
  files.chunks[key] = damage(files.chunks[key]);
  await withImage(files, async (path) => {
    await assert.rejects(readAll(path), (error: unknown) => {
      assert.ok(error instanceof CorruptDataError, String(error));
      assert.ok(error.where.startsWith(key) && error.message.includes(key), error.message);
      assert.match(error.message, rule);
      assert.match(error.message, /^Cannot read chunk '.*' of '.*' as .* must .*: .*current /);
      return true;
    });
  });
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes;
}

function longer(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + 3).fill(7);
  out.set(bytes);
  return out;
}

/** The checksum of the data is in front of what was appended, or a shard may hold bytes that its index does not name. */
const TRAILING_IS_HARMLESS = new Set(["v2 zlib F-order uint16", "v3 shards index first float32"]);

for (const name of GOLDEN.keys()) {
  Deno.test(`a truncated chunk of '${name}' is an error that names it`, async () => {
    await expectDamage(golden(name), (bytes) => bytes.subarray(0, bytes.length - 1));
    await expectDamage(golden(name), (bytes) => bytes.subarray(0, bytes.length >> 1));
    await expectDamage(golden(name), () => new Uint8Array(0));
  });
  if (TRAILING_IS_HARMLESS.has(name)) continue;
  Deno.test(`bytes after a chunk of '${name}' are an error that names it`, async () => {
    await expectDamage(golden(name), longer);
  });
}

Deno.test("a flipped bit is found where the codec has a checksum", async () => {
  await expectDamage(golden("v3 zstd checksum int64"), (bytes) => flip(bytes, -1), /Zstandard.*checksum/);
  await expectDamage(golden("v3 gzip big-endian uint64"), (bytes) => flip(bytes, -7), /gzip/);
  await expectDamage(golden("v2 zlib F-order uint16"), (bytes) => flip(bytes, -2), /zlib/);
  await expectDamage(golden("v3 crc32c uint16"), (bytes) => flip(bytes, 5), /CRC-32C must be 0x/);
  await expectDamage(golden("v3 zstd crc32c transpose int16"), (bytes) => flip(bytes, 12), /CRC-32C must be 0x/);
  await expectDamage(golden("v3 shards uint16"), (bytes) => flip(bytes, -1), /checksum of its shard's index/);
  await expectDamage(
    golden("v3 shards index first float32"),
    (bytes) => flip(bytes, 3),
    /checksum of its shard's index/,
  );
  await expectDamage(golden("v3 shards index first float32"), (bytes) => flip(bytes, -1), /CRC-32C must be 0x/);
});

Deno.test("a header that promises another size is found before anything is decoded", async () => {
  await expectDamage(golden("v2 blosc lz4 float32"), (bytes) => flip(bytes, 4), /Blosc header must say/);
  await expectDamage(golden("v2 lz4 uint8"), (bytes) => flip(bytes, 0), /LZ4 header must say/);
  await expectDamage(golden("v3 zstd float32"), (bytes) => flip(bytes, 5), /current frame promises/);
});

Deno.test("broken structure inside of a Blosc container is found", async () => {
  for (const name of ["v2 blosc zstd bitshuffle uint16", "v2 blosc blosclz int32", "v2 blosc zlib uint32"]) {
    await expectDamage(golden(name), (bytes) => (bytes.fill(255, 16, 20), bytes), /Blosc block 0 must start/);
    await expectDamage(golden(name), (bytes) => (bytes.fill(255, 20, 24), bytes), /Blosc stream at byte 20/);
  }
});

Deno.test("what n4 writes has checksums: every flipped bit of a chunk is found", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/out.zarr`;
    const spec = { shape: [2, 3, 4], voxelSize: [1, 1, 1], dataType: "uint16", volumes: 1 } as const;
    {
      await using output = await createOmeZarr(path, spec);
      await output.volume(0).write(wholeBox(spec.shape), Float32Array.from({ length: 24 }, (_, i) => i * 11));
      await output.commit();
    }
    const chunk = `${path}/0/c/0/0/0`;
    const bytes = await Deno.readFile(chunk);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      await Deno.writeFile(chunk, damaged);
      // Bits that the format leaves unused may flip without harm: then the voxels are right.
      const read = await readAll(path).catch((error) => error);
      if (read instanceof Float32Array) assert.deepEqual([...read], Array.from({ length: 24 }, (_, i) => i * 11));
      else assert.ok(read instanceof CorruptDataError, String(read));
    }
  });
});

Deno.test("a chunk that is not stored has the fill value, or is an error where all chunks are required", async (t) => {
  for (const name of ["v2 blosc lz4 float32", "v3 zstd float32", "v3 shards uint16"]) {
    await t.step(name, async () => {
      const files = golden(name);
      const array = name.startsWith("v2") ? "0/.zarray" : "0/zarr.json";
      change(files, array, ["fill_value"], 42);
      const key = Object.keys(files.chunks).at(-1) ?? "";
      delete files.chunks[key];
      await withImage(files, async (path) => {
        const values = await readAll(path);
        assert.equal(values.at(-1), 42);
        assert.equal(values[0], 0);
        await assert.rejects(readAll(path, true), (error: unknown) => {
          assert.ok(error instanceof CorruptDataError && error.where.startsWith(key), String(error));
          assert.match(error.message, /all chunks must be stored: current one is missing/);
          return true;
        });
      });
    });
  }
});

Deno.test("fill values that JSON has no number for are understood", async () => {
  for (const [fill, value] of [["NaN", NaN], ["-Infinity", -Infinity], ["0x3fc00000", 1.5], [null, 0]] as const) {
    const files = change(golden("v3 zstd float32"), "0/zarr.json", ["fill_value"], fill);
    const [last] = Object.entries(files.chunks).slice(-1);
    const chunks = Object.fromEntries([last]);
    await withImage({ ...files, chunks }, async (path) => assert.equal((await readAll(path))[5], value));
  }
});

Deno.test("an inner chunk outside of its shard is an error", async () => {
  const files = golden("v3 shards uint16");
  change(files, "0/zarr.json", ["codecs", 0, "configuration", "index_codecs"], [
    { name: "bytes", configuration: { endian: "little" } },
  ]);
  const without = (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 4);
  for (const key of Object.keys(files.chunks)) files.chunks[key] = without(files.chunks[key]);
  await expectDamage(files, (bytes) => {
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(bytes.length - 128, 1n << 40n, true);
    return bytes;
  }, /its file must hold .* bytes from byte 1099511627776 on/);
});

Deno.test("a chunk that is far too long is refused before it is read", async () => {
  await expectDamage(plainImage(), () => new Uint8Array(1 << 20), /at most 8 bytes long: current length is 1048576/);
});

Deno.test("a chunk that is a directory is an error", async () => {
  const { metadata } = plainImage();
  await withImage({ metadata, chunks: { "0/c/0/0/0/deeper": new Uint8Array(8) } }, async (path) => {
    await assert.rejects(readAll(path), CorruptDataError);
  });
});

Deno.test("a chunk or metadata that is a link out of the store shows nothing of what it leads to", async () => {
  const { metadata } = plainImage();
  const secret = new TextEncoder().encode("password");
  await withImage({ metadata, chunks: { "0/c/elsewhere": secret } }, async (path) => {
    const [chunk, folder] = [`${path}/0/c/0/0/0`, path.slice(0, path.lastIndexOf("/"))];
    await Deno.mkdir(`${path}/0/c/0/0`, { recursive: true });
    const linked = async (target: string) => {
      await Deno.remove(chunk).catch(() => {});
      await Deno.symlink(target, chunk);
      return await readAll(path);
    };
    const outside = `${folder}/secret`;
    await Deno.writeFile(outside, secret);
    for (const target of [outside, "../../../../../secret", `${path}/0/c/../../../secret`]) {
      await assert.rejects(linked(target), /its link must lead to a file of the store: current one is '.*\/secret'$/);
    }
    await assert.rejects(linked("nowhere"), /its link must lead to a file: current one is not here \('datalad get'/);
    assert.deepEqual(await linked(`${path}/0/c/elsewhere`), Float32Array.from(secret));
    await Deno.mkdir(`${folder}/.git/annex/objects`, { recursive: true });
    await Deno.rename(outside, `${folder}/.git/annex/objects/key`);
    assert.deepEqual(await linked("../../../../../.git/annex/objects/key"), Float32Array.from(secret));
    await Deno.rename(`${path}/zarr.json`, outside);
    await Deno.symlink(outside, `${path}/zarr.json`);
    await assert.rejects(readAll(path), /'zarr.json' must be valid JSON: its link must lead to a file of the store/);
  });
});

programs.test("a chunk that is a pipe keeps nobody waiting", async () => {
  const { metadata } = plainImage();
  await withImage({ metadata, chunks: { "0/c/0/0/1": new Uint8Array(8) } }, async (path) => {
    await new Deno.Command("mkfifo", { args: [`${path}/0/c/0/0/0`] }).output();
    await assert.rejects(readAll(path), /it must be a file/);
  });
});
