/** How OME-Zarr outputs are stored: compressors, chunks, shards. Whatever is asked for, the voxels are the same and damage is found. */

import assert from "node:assert/strict";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import * as zarr from "npm:zarrita@0.7.5";
import { CorruptDataError, UsageError } from "../../../src/errors.ts";
import { planBoxes } from "../../../src/io/flow/boxes.ts";
import { chunkObjection, chunkOfLevel } from "../../../src/io/zarr/chunk_choice.ts";
import { encodeChunk } from "../../../src/io/zarr/encode.ts";
import { createImage, type CreateOptions, openImage } from "../../../src/io/open.ts";
import { checkStorageOptions } from "../../../src/options/storage_options.ts";
import type { DataType } from "../../../src/volume.ts";
import { contents, programs, runWell } from "../../helpers/command.ts";
import { readImage, writeImage } from "../../helpers/images.ts";
import { cut } from "../../helpers/nifti_files.ts";
import { Random } from "../../helpers/random.ts";
import { withDirectory } from "../../helpers/ome_zarr_images.ts";

const SHAPE = [5, 9, 10] as const;
const CHUNK = [2, 3, 4] as const;
const SHARD = [4, 6, 8] as const;
const COMPRESSORS = ["zstd", "gzip", "blosc", "none"] as const;

/** Voxels that every type can hold. */
function pattern(start: number): Float32Array {
  return Float32Array.from({ length: 450 }, (_, i) => (start + i * 37) % 120);
}

/** Writes two volumes, box by box. */
async function write(path: string, dataType: DataType, options: CreateOptions, backwards = false): Promise<void> {
  const spec = { shape: SHAPE, voxelSize: [1, 1, 1], dataType, volumes: 2 } as const;
  await using image = await createImage(path, spec, options);
  for (const index of [0, 1]) {
    const sink = image.volume(index);
    assert.deepEqual(sink.chunk, options.shard ?? options.chunk);
    const boxes = [...planBoxes(SHAPE, sink.chunk, 0)];
    for (const box of backwards ? boxes.reverse() : boxes) await sink.write(box, cut(pattern(index), SHAPE, box));
  }
  await image.commit();
}

/** The array of level 0, as another implementation reads it. */
async function readByZarrita(path: string): Promise<number[]> {
  const store: zarr.AsyncReadable = {
    get: (key) => Deno.readFile(path + key).catch(() => undefined),
    async getRange(key, range) {
      const bytes = await Deno.readFile(path + key).catch(() => undefined);
      if ("suffixLength" in range) return bytes?.subarray(-range.suffixLength);
      return bytes?.subarray(range.offset, range.offset + range.length);
    },
  };
  const array = await zarr.open.v3(zarr.root(store).resolve("0"), { kind: "array" });
  return Array.from((await zarr.get(array)).data as Float32Array, Number);
}

for (const compressor of COMPRESSORS) {
  for (const shard of [undefined, SHARD]) {
    const how = `${compressor}, ${shard ? "in shards" : "chunk by chunk"}`;
    const options = { chunk: CHUNK, ...(shard ? { shard } : {}), compression: { compressor } };

    Deno.test(`what is stored with ${how} is read again, also by another implementation`, () =>
      withDirectory(async (folder) => {
        for (const dataType of ["uint8", "uint16", "float32"] as const) {
          const path = `${folder}/${dataType}.ome.zarr`;
          await write(path, dataType, options);
          await using image = await openImage(path, { requireAllChunks: true });
          assert.equal(image.details["shard"], shard ? "1 x 4 x 6 x 8" : undefined);
          for (const index of [0, 1]) assert.deepEqual(await readImage(path, index), pattern(index));
          assert.deepEqual(await readByZarrita(path), [...pattern(0), ...pattern(1)]);
        }
      }));

    Deno.test(`a flipped bit of what is stored with ${how} is found, or does no harm`, () =>
      withDirectory(async (folder) => {
        const path = `${folder}/a.ome.zarr`;
        await write(path, "uint16", options);
        const file = `${path}/0/c/1/0/0/0`;
        const bytes = await Deno.readFile(file);
        for (let bit = 0; bit < 8 * bytes.length; bit += shard ? 53 : 11) {
          const damaged = bytes.slice();
          damaged[bit >> 3] ^= 1 << (bit & 7);
          await Deno.writeFile(file, damaged);
          const read = await readImage(path, 1).catch((error) => error);
          if (read instanceof Float32Array) assert.deepEqual(read, pattern(1), `bit ${bit}`);
          else assert.ok(read instanceof CorruptDataError && read.where.startsWith("0/c/1/0/0/0"), String(read));
        }
      }));
  }
}

Deno.test("shards have the same bytes in whatever order they are written", () =>
  withDirectory(async (folder) => {
    const options = { chunk: CHUNK, shard: SHARD };
    await write(`${folder}/a.ome.zarr`, "float32", options);
    await write(`${folder}/b.ome.zarr`, "float32", options, true);
    assert.deepEqual(await contents(`${folder}/a.ome.zarr`), await contents(`${folder}/b.ome.zarr`));
  }));

Deno.test("a shard holds every chunk that has voxels of the volume, and no other", () =>
  withDirectory(async (folder) => {
    await write(`${folder}/a.ome.zarr`, "uint8", { chunk: CHUNK, shard: SHARD });
    const stored = async (key: string) => {
      const bytes = await Deno.readFile(`${folder}/a.ome.zarr/0/c/${key}`);
      const index = new DataView(bytes.buffer, bytes.length - 4 - 16 * 8);
      return Array.from({ length: 8 }, (_, i) => index.getBigUint64(16 * i + 8, true) !== 2n ** 64n - 1n);
    };
    assert.deepEqual(await stored("0/0/0/0"), new Array(8).fill(true));
    // Plane 4, rows 6 to 8, columns 8 and 9: one chunk.
    assert.deepEqual(await stored("1/1/1/1"), [true, ...new Array(7).fill(false)]);
  }));

Deno.test("chunks and shards are no longer than the level, and shards stay multiples of chunks", () => {
  assert.deepEqual(chunkOfLevel([300, 100, 20], {}), { chunk: [128, 100, 20] });
  assert.deepEqual(chunkOfLevel([300, 100, 20], { chunk: [64, 64, 64] }), { chunk: [64, 64, 20] });
  assert.deepEqual(chunkOfLevel([300, 100, 20], { shard: [512, 512, 512] }), {
    chunk: [128, 100, 20],
    shard: [384, 100, 20],
  });
  assert.deepEqual(chunkOfLevel([1000, 1000, 10], { chunk: [32, 32, 32], shard: [64, 96, 64] }), {
    chunk: [32, 32, 10],
    shard: [64, 96, 10],
  });
});

Deno.test("chunks and shards that cannot be are refused with the rule", async () => {
  assert.match(chunkObjection({ chunk: [0, 1, 1] }) ?? "", /must be integers >= 1: current values are 0 x 1 x 1/);
  assert.match(chunkObjection({ chunk: [2048, 2048, 2048] }) ?? "", /at most 536870912 voxels/);
  assert.match(chunkObjection({ chunk: CHUNK, shard: [4, 6, 9] }) ?? "", /multiple .* 4 x 6 x 9 and 2 x 3 x 4/);
  assert.match(chunkObjection({ shard: [256, 256, 200] }) ?? "", /multiple .* 256 x 256 x 200 and 128 x 128 x 128/);
  assert.match(chunkObjection({ chunk: [1, 1, 1], shard: [128, 128, 128] }) ?? "", /at most 1048576 chunks/);
  assert.equal(chunkObjection({ shard: [64, 512, 512] }), undefined);
  const spec = { shape: SHAPE, voxelSize: [1, 1, 1], dataType: "uint8", volumes: 1 } as const;
  await assert.rejects(
    createImage("/nowhere/a.ome.zarr", spec, { chunk: CHUNK, shard: CHUNK.map((n) => n + 1) as never }),
    RangeError,
  );
});

Deno.test("gzip of float32 looks for runs alone, but where numbers repeat or small files are wanted", async () => {
  const random = new Random(7);
  const bytesOf = (value: () => number) => new Uint8Array(Float32Array.from({ length: 2 ** 15 }, value).buffer);
  const [noise, repeated] = [bytesOf(() => random.uniform()), bytesOf(() => random.integer(1, 255) / 255)];
  const cases = [[noise, 3, constants.Z_RLE], [noise, 9, 0], [repeated, 3, 0]] as const;
  for (const [plain, level, strategy] of cases) {
    const bytes = await encodeChunk(plain, "float32", { compressor: "gzip", level });
    assert.deepEqual(new Uint8Array(gunzipSync(bytes)), plain);
    const expected = new Uint8Array(gzipSync(plain, { level, strategy }));
    assert.deepEqual(new Uint8Array(bytes).subarray(10), expected.subarray(10));
  }
});

Deno.test("storage options that an output cannot have are refused from the command line alone", () => {
  const cases: [output: string, given: Parameters<typeof checkStorageOptions>[1], rule: RegExp][] = [
    [
      "a.nii.gz",
      { compressor: "gzip" },
      /option 'compressor' as only an OME-Zarr has chunks: current output is 'a.nii.gz'/,
    ],
    ["a.nii", { shardShape: [8, 8, 8] }, /option 'shardShape' as only an OME-Zarr/],
    ["a.ome.zarr", { compressor: "none", compressionLevel: 1 }, /option 'compressor: none' has no levels/],
    ["a.ome.zarr", { compressor: "gzip", compressionLevel: 12 }, /gzip must be 0 to 9: current value is 12/],
    ["a.ome.zarr", { compressionLevel: 0 }, /zstd must be 1 to 22: current value is 0/],
    ["a.ome.zarr.zip", { chunkShape: [8, 8, 8], shardShape: [8, 8, 12] }, /multiple of the chunk's/],
  ];
  for (const [output, given, rule] of cases) {
    assert.throws(
      () => checkStorageOptions(output, given),
      (error) => error instanceof UsageError && rule.test(error.message),
    );
  }
  checkStorageOptions("a.nii", {});
  checkStorageOptions("a.ome.zarr.zip", { compressor: "blosc", compressionLevel: 0, shardShape: [256, 256, 256] });
});

programs.test("the commands store every OME-Zarr output as asked, to the same bytes with and without workers", () =>
  withDirectory(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: [8, 20, 24], chunk: [4, 8, 8] });
    const storage = [
      "--compressor",
      "gzip",
      "--compression-level",
      "6",
      "--chunk-shape",
      "4",
      "--shard-shape",
      "8 8 16",
    ];
    const options = ["--preset", "mri", "--shrink-factor", "2", "--n-iterations", "2", "--n-levels", "1", "--quiet"];
    for (const workers of ["0", "2"]) {
      await runWell([
        ...["n4", "correct", input, `${folder}/${workers}.ome.zarr`, "--n-processes", workers, ...options, ...storage],
        ...["--save-mask", `${folder}/mask${workers}.ome.zarr`, "--save-bias-model", `${folder}/${workers}.json`],
      ]);
    }
    assert.deepEqual(await contents(`${folder}/0.ome.zarr`), await contents(`${folder}/2.ome.zarr`));
    for (const name of ["0.ome.zarr", "mask0.ome.zarr"]) {
      await using image = await openImage(`${folder}/${name}`, { requireAllChunks: true });
      const { chunk, shard, codecs } = image.details;
      assert.deepEqual([chunk, shard, codecs], ["4 x 4 x 4", "8 x 8 x 16", "sharding_indexed (bytes, gzip)"]);
    }
    await runWell([
      "n4",
      "apply",
      `${folder}/0.json`,
      input,
      `${folder}/applied.ome.zarr`,
      "--n-processes",
      "0",
      ...storage,
    ]);
    assert.deepEqual(await readImage(`${folder}/applied.ome.zarr`), await readImage(`${folder}/0.ome.zarr`));
  }));
