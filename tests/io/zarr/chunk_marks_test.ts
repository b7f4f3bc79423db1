/** Marks straight from stored bytes: they are those of the values that are read, and types that float32 rounds have none. */

import assert from "node:assert/strict";
import { MARK_INSIDE } from "../../../src/intensity/mask/mark_inside.ts";
import { volumeMask } from "../../../src/intensity/mask/mask.ts";
import { CacheRoom } from "../../../src/io/flow/cache_room.ts";
import { ChunkCache } from "../../../src/io/zarr/chunk_cache.ts";
import { copyFromChunk, touchedChunks } from "../../../src/io/zarr/chunk_grid.ts";
import { canMark, markFromChunk } from "../../../src/io/zarr/chunk_marks.ts";
import { bytesPerValue } from "../../../src/io/numeric.ts";
import type { OpenOptions } from "../../../src/io/ome_zarr/image.ts";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import { openThreads } from "../../../src/threads/pool.ts";
import { type Box, boxVoxels, type DataType, type Triple, type VolumeSource, wholeBox } from "../../../src/volume.ts";
import { MemorySource } from "../../helpers/memory_volumes.ts";
import { change, GOLDEN, golden, type ImageFiles, withImage } from "../../helpers/ome_zarr_images.ts";
import { Random } from "../../helpers/random.ts";

const TYPES: readonly DataType[] = ["uint8", "int8", "uint16", "int16"];
const ALL_TYPES: readonly DataType[] = [...TYPES, "uint32", "int32", "uint64", "int64", "float32", "float64"];

/** What counts: any but 0, values of every type, of some, of none. */
const LABELS = [undefined, 0, -0, 1, -1, 2, 97, 127, 128, -128, 255, 256, 258, -256, 300, 32768, -32768, 65535, 65536]
  .concat([-32769, 0.5, 1e-46, NaN, Infinity, -Infinity, 4294967296]);

/** Marks of values as the masks make them. */
function marksOf(values: Float32Array, label?: number): Uint8Array {
  const out = new Uint8Array(values.length).fill(9);
  const rule = label === undefined ? { by: "nonzero" } as const : { by: "label", label } as const;
  MARK_INSIDE.work({ rule, values, intensity: new Float32Array(values.length), out });
  return out;
}

/** Bytes that begin `from` bytes after an aligned address: of few kinds, so that many voxels are 0 or equal a label. */
function randomBytes(length: number, from: number): Uint8Array {
  const random = new Random(length + from);
  const few = [0, 0, 0, 1, 1, 2, 127, 128, 255];
  return new Uint8Array(length + from).map(() => few[random.integer(0, few.length - 1)]).subarray(from);
}

const CHUNK: Triple = [3, 4, 8];
const BOXES: readonly Box[] = [
  wholeBox(CHUNK),
  wholeBox([5, 7, 13]),
  { z0: 1, z1: 3, y0: 0, y1: 4, x0: 0, x1: 8 },
  { z0: 2, z1: 4, y0: 1, y1: 6, x0: 3, x1: 12 },
  { z0: 0, z1: 1, y0: 3, y1: 4, x0: 7, x1: 8 },
];

Deno.test("marks from a chunk's bytes are those of its values, in any order of bytes and axes", () => {
  const layouts = [[32, 8, 1], [1, 3, 12], [8, 24, 1], [64, 16, 2]] as const;
  let marked = 0;
  for (const dataType of TYPES) {
    for (const [turn, strides] of layouts.entries()) {
      for (const littleEndian of [true, false]) {
        const bytes = randomBytes(2 * 96 * bytesPerValue(dataType), turn);
        const stored = { bytes, dataType, littleEndian, offset: turn === 1 ? 96 : turn === 3 ? 1 : 0, strides };
        for (const [index, box] of BOXES.entries()) {
          const values = new Float32Array(boxVoxels(box));
          const touched = [...touchedChunks(box, CHUNK)];
          for (const each of touched) copyFromChunk(stored, each, box, values);
          for (const label of LABELS) {
            const marks = new Uint8Array(values.length + index).fill(9).subarray(index);
            for (const each of touched) markFromChunk(stored, each, box, marks, label);
            assert.deepEqual(marks, marksOf(values, label), `${dataType} ${strides} ${littleEndian} ${index} ${label}`);
            marked += marks.indexOf(1) >= 0 ? 1 : 0;
          }
        }
      }
    }
  }
  assert.ok(marked > 500, String(marked));
});

/** Every volume and a few boxes of an image, marked and read. */
async function checkImage(files: ImageFiles, options: OpenOptions = {}): Promise<void> {
  await withImage(files, async (path) => {
    await using image = await openOmeZarr(path, options);
    const whole = wholeBox(image.shape);
    const inner = { ...whole, z0: whole.z1 > 2 ? 1 : 0, y0: 1, x0: 1, x1: whole.x1 - 1 };
    for (let c = 0; c < image.volumes; c++) {
      const volume: VolumeSource = image.volume(c);
      assert.equal(volume.mark !== undefined, TYPES.includes(volume.dataType));
      for (const box of volume.mark ? [whole, inner] : []) {
        const values = new Float32Array(new SharedArrayBuffer(4 * boxVoxels(box)));
        await volume.read(box, values);
        for (const label of [undefined, 0, 42, values[1], values[values.length - 1], -1, 1e9]) {
          const marks = new Uint8Array(new SharedArrayBuffer(values.length)).fill(9);
          await volume.mark?.(box, marks, label);
          assert.deepEqual(marks.slice(), marksOf(values, label), `volume ${c}, label ${label}`);
        }
      }
    }
  });
}

Deno.test("an image of any layout is marked as it is read, where its type is not rounded", async (t) => {
  assert.deepEqual(ALL_TYPES.filter(canMark), TYPES);
  using threads = openThreads(1);
  for (const name of GOLDEN.keys()) {
    await t.step(name, async () => {
      await checkImage(golden(name));
      await checkImage(golden(name), { threads, cache: new ChunkCache(new CacheRoom(2 ** 20)) });
    });
  }
});

Deno.test("chunks that are not stored count by their fill value, rounded as those that are read", async () => {
  for (const name of ["v2 zstd int8", "v2 raw big-endian int16", "v2 zlib F-order uint16", "v3 shards uint16"]) {
    for (const fill of [0, 42, -1, 300, 1e9 + 1]) {
      const files = change(golden(name), name.startsWith("v2") ? "0/.zarray" : "0/zarr.json", ["fill_value"], fill);
      delete files.chunks[Object.keys(files.chunks)[1]];
      await checkImage(files);
    }
  }
});

Deno.test("what cannot be read cannot be marked, with the same words", async () => {
  const truncated = golden("v3 shards uint16");
  const [key] = Object.keys(truncated.chunks);
  truncated.chunks[key] = truncated.chunks[key].subarray(0, 40);
  const missing = golden("v2 zstd int8");
  delete missing.chunks[Object.keys(missing.chunks)[0]];
  for (const files of [truncated, missing]) {
    await withImage(files, async (path) => {
      await using image = await openOmeZarr(path, { requireAllChunks: true });
      const volume = image.volume(0);
      const box = wholeBox(volume.shape);
      const words = async (reading: Promise<void> | undefined) => {
        const error = await reading?.then(() => undefined, (cause: unknown) => cause);
        assert.ok(error instanceof Error);
        return `${error.name} ${error.message}`;
      };
      const count = boxVoxels(box);
      assert.equal(
        await words(volume.mark?.(box, new Uint8Array(count))),
        await words(volume.read(box, new Float32Array(count))),
      );
      assert.match(await words(volume.mark?.(box, new Uint8Array(count + 1))), /must hold its 210 voxels/);
    });
  }
});

/** A source that marks, and counts how it is asked. */
class MarkingSource extends MemorySource {
  marked = 0;
  readonly #values: Float32Array;

  constructor(values: Float32Array) {
    super([2, 3, 5], values);
    this.#values = values;
  }

  mark(_box: Box, out: Uint8Array, label?: number): Promise<void> {
    this.marked++;
    out.set(marksOf(this.#values, label));
    return Promise.resolve();
  }
}

Deno.test("a mask on the image's grid is marked and not read, where its source marks", async () => {
  const values = Float32Array.from({ length: 30 }, (_, i) => i % 4);
  const intensity = values.map((_, i) => i % 5 === 0 ? NaN : i % 7 === 0 ? Infinity : i);
  const grid = { shape: [2, 3, 5], voxelSize: [1, 1, 1] } as const;
  for (const label of [undefined, 3, 0]) {
    const expected = marksOf(values, label).map((mark, i) => Number.isFinite(intensity[i]) ? mark : 0);
    const [marking, plain] = [new MarkingSource(values), new MemorySource([2, 3, 5], values)];
    for (const source of [marking, plain]) {
      const out = new Uint8Array(30).fill(9);
      await volumeMask(source, grid, "m", label).read(wholeBox(grid.shape), intensity, out);
      assert.deepEqual(out, expected);
    }
    assert.deepEqual([marking.marked, marking.boxes.length, plain.boxes.length], [1, 0, 1]);
  }
});

Deno.test("a mask on another grid is read by the nearest voxel, also where its source marks", async () => {
  const source = new MarkingSource(Float32Array.from({ length: 30 }, (_, i) => i % 4));
  const fine = { shape: [4, 6, 10], voxelSize: [0.5, 0.5, 0.5] } as const;
  const out = new Uint8Array(240).fill(9);
  await volumeMask(source, fine, "m").read(wholeBox(fine.shape), new Float32Array(240), out);
  assert.deepEqual([source.marked, source.boxes.length], [0, 1]);
  out.forEach((mark, i) => {
    const [z, y, x] = [Math.floor(i / 60) >> 1, (Math.floor(i / 10) % 6) >> 1, (i % 10) >> 1];
    assert.equal(mark, Number((15 * z + 5 * y + x) % 4 !== 0));
  });
});
