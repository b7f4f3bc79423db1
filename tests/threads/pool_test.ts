/** Worker threads decode and encode as the calling thread does: the same voxels, the same bytes, the same errors. */

import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { BackendError, CorruptDataError } from "../../src/errors.ts";
import { CacheRoom } from "../../src/io/flow/cache_room.ts";
import { ChunkCache } from "../../src/io/zarr/chunk_cache.ts";
import { DECODE_CHUNK } from "../../src/io/zarr/chunk_jobs.ts";
import { openOmeZarr } from "../../src/io/ome_zarr/read.ts";
import { createOmeZarr, type CreateOptions } from "../../src/io/ome_zarr/write.ts";
import { CALLING_THREAD, type Job, type Threads } from "../../src/thread_job.ts";
import { octPhantom } from "../../src/phantom/oct.ts";
import { writeSource } from "../../src/phantom/write_source.ts";
import { JOBS } from "../../src/threads/jobs.ts";
import { openThreads, ThreadPool } from "../../src/threads/pool.ts";
import { type Box, boxVoxels, type DataType, type Shape3, voxelCount, wholeBox } from "../../src/volume.ts";
import { contents } from "../helpers/command.ts";
import { GOLDEN, golden, withDirectory, withImage } from "../helpers/ome_zarr_images.ts";
import { Random } from "../helpers/random.ts";
import { COUNT_TURNS, FAIL_ONE, WAIT_FOR_NOBODY, WHICH_THREAD } from "../helpers/team_jobs.ts";

const SHAPE: Shape3 = [9, 14, 21];

function sharedFloats(voxels: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * voxels));
}

/** A box's voxels. */
async function read(path: string, box: Box | undefined, threads: Threads, cache?: ChunkCache): Promise<Float32Array> {
  await using image = await openOmeZarr(path, { threads, ...(cache ? { cache } : {}) });
  const all = box ?? wholeBox(image.shape);
  const out = sharedFloats(boxVoxels(all)).fill(NaN);
  await image.volume(image.volumes - 1).read(all, out);
  return out;
}

for (const name of GOLDEN.keys()) {
  Deno.test(`threads read '${name}' as the calling thread does, kept chunks or not`, async () => {
    using threads = openThreads(2);
    await withImage(golden(name), async (path) => {
      const expected = await read(path, undefined, CALLING_THREAD);
      assert.deepEqual(await read(path, undefined, threads), expected);
      const cache = new ChunkCache(new CacheRoom(2 ** 20));
      assert.deepEqual(await read(path, undefined, threads, cache), expected);
      await using image = await openOmeZarr(path, { threads, cache });
      const again = sharedFloats(expected.length);
      for (let turn = 0; turn < 2; turn++) {
        await image.volume(image.volumes - 1).read(wholeBox(image.shape), again.fill(NaN));
        assert.deepEqual(again, expected);
      }
    });
  });
}

Deno.test("a cache that is too small for all chunks changes no voxel", async () => {
  using threads = openThreads(1);
  await withImage(golden([...GOLDEN.keys()][0]), async (path) => {
    const expected = await read(path, undefined, CALLING_THREAD);
    for (const bytes of [0, 1, 100, 300, 1000]) {
      assert.deepEqual(await read(path, undefined, threads, new ChunkCache(new CacheRoom(bytes))), expected);
    }
  });
});

/** Keeps a chunk of `bytes` bytes; whether there was memory for it. */
async function kept(cache: ChunkCache, name: string, bytes: number): Promise<boolean> {
  return await cache.keep(name, bytes, (memory) => Promise.resolve(memory !== undefined));
}

/** Whether a chunk is kept. */
async function has(cache: ChunkCache, name: string): Promise<boolean> {
  return await cache.read(name, () => Promise.resolve());
}

Deno.test("a cache keeps what came first, and forgets one volume when it serves another", async () => {
  const cache = new ChunkCache(new CacheRoom(10));
  assert.deepEqual([await kept(cache, "a", 6), await kept(cache, "b", 6)], [true, false]);
  assert.deepEqual([await has(cache, "a"), await has(cache, "b"), await has(cache, "a")], [true, false, true]);
  await cache.read("a", () => Promise.resolve(assert.equal(cache.serve(1), false)));
  assert.ok(cache.serve(1));
  assert.deepEqual([await has(cache, "a"), await kept(cache, "b", 6), await has(cache, "b")], [false, true, true]);
});

Deno.test("a chunk that is not filled is not kept, and its memory serves the next", async () => {
  const cache = new ChunkCache(new CacheRoom(10));
  await assert.rejects(cache.keep("a", 10, () => Promise.reject(new RangeError("cut"))), /cut/);
  assert.deepEqual([await has(cache, "a"), await kept(cache, "b", 10)], [false, true]);
});

Deno.test("chunks that are read for the last time make room for another cache's, once they have been read", async () => {
  const room = new CacheRoom(10);
  const [input, output] = [new ChunkCache(room), new ChunkCache(room)];
  await kept(input, "a", 10);
  input.readLast();
  const [, early] = await Promise.all([has(input, "a"), kept(output, "a", 10)]);
  assert.deepEqual([early, await kept(output, "a", 10), await has(output, "a")], [false, true, true]);
  assert.deepEqual([await has(input, "a"), await kept(input, "b", 1)], [false, false]);
});

Deno.test("a damaged chunk is the same error on a thread", async () => {
  using threads = openThreads(2);
  for (const name of GOLDEN.keys()) {
    const files = golden(name);
    const key = Object.keys(files.chunks).at(-1) ?? "";
    files.chunks[key] = files.chunks[key].subarray(0, files.chunks[key].length - 1);
    await withImage(files, async (path) => {
      const [own, other] = await Promise.all(
        [CALLING_THREAD, threads].map((each) => read(path, undefined, each).then(() => undefined, (error) => error)),
      );
      assert.ok(own instanceof CorruptDataError && other instanceof CorruptDataError, name);
      assert.deepEqual([other.message, other.where, other.path], [own.message, own.where, own.path]);
    });
  }
});

const STORED: readonly [name: string, dataType: DataType, options: CreateOptions][] = [
  ["float32", "float32", { chunk: [4, 8, 8] }],
  ["uint16", "uint16", { chunk: [4, 8, 8] }],
  ["shards", "float32", { chunk: [2, 4, 4], shard: [4, 8, 8] }],
  ["blosc", "uint16", { chunk: [4, 8, 8], compression: { compressor: "blosc" } }],
  ["gzip", "float64", { chunk: [4, 8, 8], compression: { compressor: "gzip" } }],
];

for (const [name, dataType, options] of STORED) {
  Deno.test(`threads write the same bytes: ${name}`, async () => {
    using threads = openThreads(2);
    const random = new Random(5);
    const data = sharedFloats(voxelCount(SHAPE));
    for (let i = 0; i < data.length; i++) data[i] = i % 50 === 0 ? NaN : 80000 * random.uniform();
    await withDirectory(async (directory) => {
      const written = [];
      for (const [turn, each] of [CALLING_THREAD, threads].entries()) {
        const path = `${directory}/${turn}.ome.zarr`;
        const spec = { shape: SHAPE, voxelSize: [1, 1, 1], dataType, volumes: 1 } as const;
        await using image = await createOmeZarr(path, spec, { ...options, threads: each });
        await image.volume(0).write(wholeBox(SHAPE), data);
        await image.commit();
        written.push({ files: await contents(path), counts: image.counts });
      }
      assert.deepEqual(written[1], written[0]);
      assert.ok(Object.keys(written[0].files).length > 4);
    });
  });
}

Deno.test("threads that end refuse what they were given and what comes later", async () => {
  const threads = openThreads(1);
  const bytes = new Uint8Array(8);
  const box = wholeBox([1, 1, 2]);
  const layout = { dataType: "float32", littleEndian: true, offset: 0, strides: [2, 2, 1] } as const;
  const touched = { place: [0, 0, 0], chunk: box, shared: box } as const;
  const given = { encoded: bytes, codecs: [], decodedLength: 8, layout, touched, box, out: sharedFloats(2) };
  const underWay = Array.from({ length: 5 }, () => threads.run(DECODE_CHUNK, given));
  threads[Symbol.dispose]();
  for (const each of [...underWay, threads.run(DECODE_CHUNK, given)]) {
    await assert.rejects(each, (error: unknown) => {
      assert.ok(error instanceof BackendError);
      assert.match(error.message, /^Cannot go on as the worker threads must be there: current state is closed$/);
      return true;
    });
  }
});

Deno.test("a thread that is lost ends all jobs with its reason", async () => {
  using threads = new ThreadPool(2, "data:text/javascript,onmessage = () => { throw new Error('out of luck'); };");
  const job: Job<number, number> = { name: "any", work: (given) => given };
  for (const each of [threads.run(job, 1), threads.run(job, 2), threads.run(job, 3)]) {
    await assert.rejects(each, (error: unknown) => {
      assert.ok(error instanceof BackendError);
      assert.match(error.message, /^Cannot go on as worker thread [01] has failed: .*out of luck/);
      return true;
    });
  }
  await assert.rejects(threads.run(job, 4), BackendError);
});

/** Threads of tests/helpers/team_worker.ts. */
const teamOf = (members: number) => new ThreadPool(members, new URL("../helpers/team_worker.ts", import.meta.url));

Deno.test("threads do their parts of a job together and wait for each other, more often than they are many", async () => {
  for (const members of [1, 2, 5, 20]) {
    using threads = teamOf(members);
    assert.equal(threads.count, Math.min(members, 16));
    for (let turn = 0; turn < 3; turn++) {
      const counts = new Int32Array(new SharedArrayBuffer(4 * members));
      const rounds = await Promise.all([threads.together(COUNT_TURNS, counts), threads.together(COUNT_TURNS, counts)]);
      assert.deepEqual(rounds, [10, 20]);
      assert.deepEqual([...counts], Array(members).fill(20));
    }
  }
});

Deno.test("a job that needs no more is done together by the first threads alone", async () => {
  using threads = teamOf(5);
  for (const most of [1, 2, 5, 9]) {
    const counts = new Int32Array(new SharedArrayBuffer(4 * Math.min(5, most)));
    assert.equal(await threads.together(COUNT_TURNS, counts, most), 10);
    assert.ok(counts.every((count) => count === 10));
  }
});

Deno.test("a thread that fails lets the others out, its error is the one that is thrown, and the threads go on", async () => {
  using threads = teamOf(3);
  for (const failing of [0, 1, 2]) {
    await assert.rejects(threads.together(FAIL_ONE, failing), { name: "RangeError", message: `thread ${failing}` });
  }
  const counts = new Int32Array(new SharedArrayBuffer(12));
  assert.equal(await threads.together(COUNT_TURNS, counts), 10);
});

Deno.test("threads that wait for each other end when they are closed, or one of them is lost", async () => {
  for (const lost of [false, true]) {
    const threads = teamOf(3);
    const waiting = assert.rejects(threads.together(WAIT_FOR_NOBODY, lost), BackendError);
    if (!lost) threads[Symbol.dispose]();
    await waiting;
    await assert.rejects(threads.together(COUNT_TURNS, new Int32Array(3)), BackendError);
  }
});

Deno.test("jobs that any thread may do reach those beyond the sixteen that decode", async () => {
  using threads = teamOf(18);
  const jobs = Array.from({ length: 40 }, () => threads.run(WHICH_THREAD, "any"));
  assert.equal(new Set(await Promise.all(jobs)).size, 18);
});

Deno.test("a job that no thread knows is refused by name", async () => {
  using threads = openThreads(1);
  const unknown: Job<number, number> = { name: "dream", work: (given) => given, errors: [RangeError] };
  await assert.rejects(
    threads.run(unknown, 1),
    /^Error: Cannot do a job as threads must know it: current name is dream$/,
  );
  assert.ok(!JOBS.has("dream"));
});

Deno.test("without threads the calling thread does every job", async () => {
  using threads = openThreads(0);
  assert.equal(threads.count, 0);
  const twice: Job<number, number> = { name: "twice", work: (given) => 2 * given };
  assert.equal(await threads.run(twice, 4), 8);
});

Deno.test("no byte of an output depends on threads or on what is kept in memory", async () => {
  await withDirectory(async (directory) => {
    const { source } = octPhantom({ shape: [20, 70, 90], sections: 4, voxelSize: [0.01, 0.01, 0.01] });
    await writeSource(source, `${directory}/in.ome.zarr`, { chunk: [8, 32, 32] });
    const options = {
      preset: "oct",
      histogramMatch: true,
      nSerialSlices: 4,
      backend: "ts",
      chunkShape: [8, 32, 32],
    } as const;
    const outputs = [];
    for (const [nProcesses, memoryLimit] of [[0, 2 ** 31], [1, 2 ** 31], [3, 2 ** 31], [2, 300 * 2 ** 20]]) {
      const output = `${directory}/${nProcesses}.ome.zarr`;
      await correctFile({
        input: `${directory}/in.ome.zarr`,
        output,
        options: { ...options, nProcesses, memoryLimit },
      });
      outputs.push(await contents(output));
    }
    assert.ok(Object.keys(outputs[0]).some((name) => name.includes("1/c/")), "coarser levels are compared as well");
    for (const output of outputs.slice(1)) assert.deepEqual(output, outputs[0]);
  });
});
