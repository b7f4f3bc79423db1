/** NIfTI files that are cut, damaged, hostile or something else: each is refused with one sentence, before anything is allocated. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { openNifti } from "../../../src/io/nifti/open.ts";
import { wholeBox } from "../../../src/volume.ts";
import { gzipMembers, inFolder, niftiBytes, openBytes, readBox, type Recipe } from "../../helpers/nifti_files.ts";

function failure(name: string, ...texts: string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, name, error.message);
    for (const text of texts) assert.ok(error.message.includes(text), error.message);
    return true;
  };
}

/** Bytes without a pattern, so that a gzip of them is no shorter. */
function noise(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => (state = (state * 48271) % 2147483647) % 30000);
}

Deno.test("a plain file that is cut is refused with the bytes expected and found", () =>
  inFolder(async (folder) => {
    const bytes = niftiBytes({});
    for (const found of [0, 3, 347, 350]) {
      const needed = found < 348 ? 348 : 352;
      const expected = [`expected ${needed} bytes`, `found ${found}`];
      await assert.rejects(openBytes(folder, bytes.subarray(0, found)), failure("CorruptDataError", ...expected));
    }
    for (const found of [352, 399]) {
      const expected = [`expected 400 bytes, found ${found}`];
      await assert.rejects(openBytes(folder, bytes.subarray(0, found)), failure("CorruptDataError", ...expected));
    }
    const announced = niftiBytes({ patchFloat32: [[108, 4096]] });
    await assert.rejects(openBytes(folder, announced), failure("CorruptDataError", "expected 4144 bytes, found 400"));
  }));

Deno.test("a plain file that shrinks while it is open is noticed", () =>
  inFolder(async (folder) => {
    await using image = await openBytes(folder, niftiBytes({}));
    await Deno.truncate(image.path, 390);
    await assert.rejects(
      readBox(image.volume(0)),
      failure("CorruptDataError", "data end early: expected 400 bytes, found 390"),
    );
  }));

Deno.test("a gzip that is cut anywhere is refused, also in its last checksum", () =>
  inFolder(async (folder) => {
    const dim = [3, 40, 30, 20];
    const whole = gzipSync(niftiBytes({ dim, stored: noise(24000) }));
    for (const missing of [1, 4, 8, 5000]) {
      await using image = await openBytes(folder, whole.subarray(0, whole.length - missing), `${missing}.nii.gz`);
      await assert.rejects(
        readBox(image.volume(0)),
        failure("CorruptDataError", "ends early: expected 48352 bytes, found", missing < 9 ? "found 48352" : "found 4"),
      );
    }
    await assert.rejects(openBytes(folder, whole.subarray(0, 100)), failure("CorruptDataError", "ends early"));
  }));

Deno.test("a gzip whose last member is missing is refused", () =>
  inFolder(async (folder) => {
    const bytes = niftiBytes({ dim: [3, 40, 30, 20], stored: noise(24000) });
    await using image = await openBytes(folder, gzipMembers(bytes.subarray(0, 40000), 2), "in.nii.gz");
    await assert.rejects(
      readBox(image.volume(0)),
      failure("CorruptDataError", "data end early: expected 48352 bytes, found 40000"),
    );
  }));

Deno.test("a gzip with a wrong checksum, length or data is refused, and can be asked again", () =>
  inFolder(async (folder) => {
    const whole = gzipSync(niftiBytes({ dim: [3, 40, 30, 20], stored: noise(24000) }));
    for (const at of [whole.length - 6, whole.length - 2, 20000]) {
      const damaged = Uint8Array.from(whole);
      damaged[at] ^= 0x55;
      await using image = await openBytes(folder, damaged, `${at}.nii.gz`);
      for (let attempt = 0; attempt < 2; attempt++) {
        await assert.rejects(readBox(image.volume(0)), (error) => {
          assert.ok(error instanceof Error && error.cause instanceof Error);
          return failure("CorruptDataError", "gzip stream is damaged (", "expected 48352 bytes, found")(error);
        });
      }
      const first = { ...wholeBox(image.shape), z1: 1, y1: 1 };
      assert.equal((await readBox(image.volume(0), first))[0], noise(1)[0]);
    }
  }));

const HOSTILE: [what: string, recipe: Recipe, rule: string][] = [
  ["no dimension", { patchInt16: [[40, 0]] }, "'dim[0]' must be from 1 to 7: current value is 0"],
  ["eight dimensions", { patchInt16: [[40, 8]] }, "'dim[0]' must be from 1 to 7: current value is 8"],
  ["an extent of 0", { patchInt16: [[44, 0]] }, "'dim[2]' must be >= 1: current value is 0"],
  ["a negative extent", { patchInt16: [[46, -3]] }, "'dim[3]' must be >= 1: current value is -3"],
  ["a fifth dimension", { dim: [5, 2, 2, 2, 1, 3] }, "'dim[5]' must be 1"],
  [
    "extents that overflow",
    { version: 2, dim: [4, 2 ** 20, 2 ** 20, 2 ** 20, 2], stored: [] },
    "must be < 2^50: current value is 1048576 x 1048576 x 1048576 x 2",
  ],
  ["colours", { patchInt16: [[70, 128]] }, "current value is 128 (RGB24)"],
  ["complex numbers", { patchInt16: [[70, 32]] }, "current value is 32 (complex64)"],
  ["an unknown type", { patchInt16: [[70, 999]] }, "current value is 999 (no such type)"],
  ["data inside the header", { patchFloat32: [[108, 0]] }, "'vox_offset' must be an integer from 352"],
  ["data between two bytes", { patchFloat32: [[108, 352.5]] }, "current value is 352.5"],
  ["data at no number", { patchFloat32: [[108, NaN]] }, "current value is NaN"],
  ["data beyond reason", { patchFloat32: [[108, 1e12]] }, "'vox_offset' must be an integer"],
];

for (const [what, recipe, rule] of HOSTILE) {
  Deno.test(`a header with ${what} is refused, plain and gzip`, () =>
    inFolder(async (folder) => {
      const bytes = niftiBytes(recipe);
      await assert.rejects(openBytes(folder, bytes), failure("InputError", rule));
      await assert.rejects(openBytes(folder, gzipSync(bytes)), failure("InputError", rule));
    }));
}

Deno.test("a header that promises more than the file can hold is refused, plain and gzip", () =>
  inFolder(async (folder) => {
    const bytes = niftiBytes({ version: 2, type: "float64", dim: [3, 2 ** 15, 2 ** 15, 2 ** 15], stored: [1, 2] });
    const expected = `expected ${544 + 8 * 2 ** 45} bytes, found`;
    await assert.rejects(openBytes(folder, bytes), failure("CorruptDataError", `${expected} 560`));
    await assert.rejects(openBytes(folder, gzipSync(bytes)), failure("CorruptDataError", `${expected} a gzip that`));
  }));

Deno.test("what is no single-file NIfTI is told what it is", () =>
  inFolder(async (folder) => {
    const pair = niftiBytes({});
    pair.set(new TextEncoder().encode("ni1\0"), 344);
    await assert.rejects(openBytes(folder, pair), failure("InputError", "separate .img file"));
    const analyze = niftiBytes({});
    analyze.fill(0, 344, 348);
    await assert.rejects(openBytes(folder, analyze), failure("InputError", "must be 'n+1'"));
    const text = new TextEncoder().encode("word ".repeat(100));
    await assert.rejects(openBytes(folder, text), failure("InputError", "begin with its size, 348 or 540"));
    await assert.rejects(openNifti(`${folder}/none.nii`), failure("InputError", "there is no such file"));
    await assert.rejects(openNifti(folder), failure("InputError", "it is a folder"));
  }));

Deno.test("a box that leaves the volume, a buffer of another size and a closed file are refused", () =>
  inFolder(async (folder) => {
    const image = await openBytes(folder, niftiBytes({}));
    const source = image.volume(0);
    const box = wholeBox(image.shape);
    for (const change of [{ z1: 3 }, { y0: -1 }, { x0: 4 }, { x1: 2.5 }, { z0: 2, z1: 1 }]) {
      await assert.rejects(
        source.read({ ...box, ...change }, new Float32Array(24)),
        failure("RangeError", "the shape 2 x 3 x 4"),
      );
    }
    await assert.rejects(source.read(box, new Float32Array(23)), failure("RangeError", "must hold its 24 voxels"));
    await image[Symbol.asyncDispose]();
    await image[Symbol.asyncDispose]();
    await assert.rejects(source.read(box, new Float32Array(24)), failure("InputError", "was closed"));
  }));
