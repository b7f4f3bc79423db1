import assert from "node:assert/strict";
import { BitFile } from "../../../src/intensity/mask/bit_file.ts";
import {
  bitMask,
  type BitVolume,
  countInside,
  HeldBits,
  packRow,
  wordsAcross,
  wordsPerRow,
} from "../../../src/intensity/mask/bit_volume.ts";
import { type Box, boxVoxels, type Shape3, voxelCount, wholeBox } from "../../../src/volume.ts";
import { inFolder } from "../../helpers/nifti_files.ts";

/** Several tiles of a bit file along y and x, the last ones of uneven width. */
const SHAPE: Shape3 = [3, 300, 589];

/** Borders that lie inside words, on words and on tiles. */
const CUTS = [[0, 2, 3], [0, 41, 256, 300], [0, 33, 40, 256, 500, 589]];

const bytes = Uint8Array.from({ length: voxelCount(SHAPE) }, (_, i) => (Math.imul(i, 7919) >>> 3) % 5 < 2 ? 1 : 0);

function* boxesOfCuts(): Generator<Box> {
  const [z, y, x] = CUTS.map((cuts) => cuts.slice(1).map((end, i) => [cuts[i], end]).reverse());
  for (const [x0, x1] of x) {
    for (const [z0, z1] of z) for (const [y0, y1] of y) yield { z0, z1, y0, y1, x0, x1 };
  }
}

function cut(box: Box): Uint8Array {
  const out = new Uint8Array(boxVoxels(box));
  let at = 0;
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y++) {
      const row = (z * SHAPE[1] + y) * SHAPE[2];
      out.set(bytes.subarray(row + box.x0, row + box.x1), at);
      at += box.x1 - box.x0;
    }
  }
  return out;
}

async function fill(bits: BitVolume): Promise<void> {
  for (const box of boxesOfCuts()) await bits.writeBox(box, cut(box));
}

/** The packed rows of a box, among them bits beside it that must not count. */
function packedCut(box: Box): Uint32Array {
  const across = wordsAcross(box);
  const rows = (box.z1 - box.z0) * (box.y1 - box.y0);
  const words = new Uint32Array(rows * across).fill(0xffffffff);
  const columns = box.x1 - box.x0;
  const marks = cut(box);
  for (let row = 0; row < rows; row++) packRow(marks, row * columns, columns, words, row * across, box.x0 & 31);
  return words;
}

async function check(bits: BitVolume): Promise<void> {
  const whole = new Uint8Array(bytes.length);
  await bits.readBox(wholeBox(SHAPE), whole);
  assert.deepEqual(whole, bytes);
  for (const box of boxesOfCuts()) {
    const out = new Uint8Array(boxVoxels(box));
    await bits.readBox(box, out);
    assert.deepEqual(out, cut(box));
  }
  assert.equal(await countInside(bits), bytes.reduce((sum, bit) => sum + bit, 0));
  assert.equal(
    await countInside(bits, 1),
    cut({ ...wholeBox(SHAPE), z0: 1, z1: 2 }).reduce((sum, bit) => sum + bit, 0),
  );
}

/** A packed plane by its definition: bit `x & 31` of word `x >> 5` of a row is column x. */
function packed(z: number): Uint32Array {
  const stride = wordsPerRow(SHAPE[2]);
  const words = new Uint32Array(SHAPE[1] * stride);
  for (let y = 0; y < SHAPE[1]; y++) {
    for (let x = 0; x < SHAPE[2]; x++) {
      if (bytes[(z * SHAPE[1] + y) * SHAPE[2] + x]) words[y * stride + (x >>> 5)] |= 1 << (x & 31);
    }
  }
  return words;
}

for (const [name, withBits] of [["memory", inMemory], ["a file", inFile]] as const) {
  Deno.test(`bits in ${name} give back what was written, box by box and plane by plane`, async () => {
    await withBits(async (bits) => {
      assert.equal(await countInside(bits), 0);
      await fill(bits);
      await check(bits);
      const words = new Uint32Array(bits.planeWords);
      for (let z = 0; z < 3; z++) {
        await bits.readPacked(z, words);
        assert.deepEqual(words, packed(z));
      }
      await bits.writePacked(0, packed(2));
      await bits.readPacked(0, words);
      assert.deepEqual(words, packed(2));
      await bits.writePacked(0, packed(0));
      await check(bits);
      for (let z = 0; z < 3; z++) await bits.writePacked(z, packed(2 - z));
      for (const box of boxesOfCuts()) await bits.writePackedBox(box, packedCut(box));
      await check(bits);
      assert.throws(() => bits.writePackedBox(wholeBox(SHAPE), new Uint32Array(3)), /take 17100 words: .* is 3/);
      assert.throws(() => bits.writePackedBox(wholeBox([4, 1, 1]), new Uint32Array(4)), RangeError);
    });
  });
}

async function inMemory(work: (bits: BitVolume) => Promise<void>): Promise<void> {
  await work(new HeldBits(SHAPE));
}

async function inFile(work: (bits: BitVolume) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    using bits = await BitFile.create(`${folder}/mask.bits`, SHAPE);
    await work(bits);
  });
}

Deno.test("a bit file is there for whoever opens it next, and refused where it has another shape's size", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/mask.bits`;
    {
      using bits = await BitFile.create(path, SHAPE);
      await fill(bits);
      await bits.sync();
    }
    using again = await BitFile.open(path, SHAPE);
    await check(again);
    assert.equal((await Deno.stat(path)).size, BitFile.bytes(SHAPE));
    await assert.rejects(BitFile.open(path, [3, 300, 900]), /must have .* bytes: current size is/);
  });
});

Deno.test("a non-finite voxel is never inside a mask of bits", async () => {
  const bits = new HeldBits([1, 1, 3]);
  await bits.writeBox(wholeBox([1, 1, 3]), Uint8Array.of(1, 1, 0));
  const mask = new Uint8Array(3);
  await bitMask(bits, "test").read(wholeBox([1, 1, 3]), Float32Array.of(NaN, 1, 1), mask);
  assert.deepEqual([...mask], [0, 1, 0]);
});
