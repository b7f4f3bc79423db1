/** NIfTI in: every type, byte order, version and compression, boxes in any order; and back to the same bytes. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { CacheRoom } from "../../../src/io/flow/cache_room.ts";
import { InflateReader } from "../../../src/io/codecs/inflate.ts";
import { openNifti } from "../../../src/io/nifti/open.ts";
import { type Box, type Shape3, voxelCount } from "../../../src/volume.ts";
import golden from "../../golden/nifti_nibabel.json" with { type: "json" };
import {
  cut,
  extension,
  gzipMembers,
  inFolder,
  niftiBytes,
  openBytes,
  readBox,
  type Recipe,
  storedRamp,
  TYPES,
  written,
} from "../../helpers/nifti_files.ts";

for (const type of TYPES) {
  Deno.test(`${type} is read and written back byte for byte in both orders, both versions, plain and gzip`, () =>
    inFolder(async (folder) => {
      for (const littleEndian of [true, false]) {
        for (const version of [1, 2] as const) {
          const recipe: Recipe = { type, littleEndian, version, slope: 1, extensions: extension(32, littleEndian) };
          const bytes = niftiBytes(recipe);
          const name = `${version}${littleEndian}`;
          await using plain = await openBytes(folder, bytes, `${name}.nii`);
          await using packed = await openBytes(folder, gzipMembers(bytes, 3), `${name}.nii.gz`);
          const values = await readBox(plain.volume(0));
          assert.deepEqual(Array.from(values), storedRamp(24, type));
          assert.deepEqual(await readBox(packed.volume(0)), values);
          assert.deepEqual([plain.dataType, plain.shape, plain.volumes], [type, [2, 3, 4], 1]);
          assert.deepEqual([plain.volume(0).forwardOnly, packed.volume(0).forwardOnly], [false, true]);
          const spec = { ...plain, template: plain };
          const expected = bytes.slice(); // All but the display range, which no longer fits.
          expected.fill(0, version === 1 ? 124 : 192, version === 1 ? 132 : 208);
          for (const extended of [`${folder}/${name}.out.nii`, `${folder}/${name}.out.nii.gz`]) {
            assert.deepEqual(await written(extended, spec, [values]), expected);
          }
        }
      }
    }));
}

for (const [name, { base64, values, affine }] of Object.entries(golden.files)) {
  Deno.test(`the reference file ${name} has the reference's values and affine`, () =>
    inFolder(async (folder) => {
      await using image = await openBytes(folder, Uint8Array.fromBase64(base64));
      const read: number[] = [];
      for (let v = 0; v < image.volumes; v++) read.push(...await readBox(image.volume(v)));
      assert.deepEqual(read, values);
      const mm = image.details.unit === "um" ? 0.001 : 1;
      const expected = affine.map((entry, i) => i < 12 ? entry * mm : entry);
      const actual = image.affine ?? [];
      expected.forEach((entry, i) => assert.ok(Math.abs(actual[i] - entry) < 1e-9, `${actual} is not ${expected}`));
    }));
}

Deno.test("boxes are read in any order and several at a time, plain and gzip", () =>
  inFolder(async (folder) => {
    const dim = [3, 13, 7, 5];
    const bytes = niftiBytes({ dim, type: "float32", littleEndian: false });
    const all = Float32Array.from(storedRamp(13 * 7 * 5, "float32"));
    await using plain = await openBytes(folder, bytes);
    await using packed = await openBytes(folder, gzipSync(bytes), "in.nii.gz");
    const boxes: Box[] = [
      { z0: 4, z1: 5, y0: 6, y1: 7, x0: 12, x1: 13 },
      { z0: 0, z1: 5, y0: 2, y1: 4, x0: 3, x1: 11 },
      { z0: 1, z1: 3, y0: 0, y1: 7, x0: 0, x1: 13 },
      { z0: 0, z1: 2, y0: 3, y1: 5, x0: 0, x1: 13 },
      { z0: 0, z1: 5, y0: 0, y1: 7, x0: 0, x1: 13 },
      { z0: 0, z1: 1, y0: 0, y1: 1, x0: 0, x1: 1 },
    ];
    for (const image of [plain, packed]) {
      const source = image.volume(0);
      const parts = await Promise.all(boxes.map((box) => readBox(source, box)));
      parts.forEach((part, i) => assert.deepEqual(part, cut(all, source.shape, boxes[i])));
    }
  }));

Deno.test("slope and intercept are applied on reading, and kept on writing where the integer type is kept", () =>
  inFolder(async (folder) => {
    const recipe: Recipe = {
      type: "uint16",
      slope: 0.1,
      inter: -20,
      stored: Array.from({ length: 24 }, (_, i) => i * 2500),
    };
    await using image = await openBytes(folder, niftiBytes(recipe));
    const values = await readBox(image.volume(0));
    const slope = Math.fround(0.1);
    assert.deepEqual(Array.from(values), recipe.stored?.map((v) => Math.fround(slope * v - 20)));
    for (const dataType of ["uint16", "int16", "float32"] as const) {
      await written(`${folder}/${dataType}.nii`, { ...image, dataType, template: image }, [values]);
      await using back = await openNifti(`${folder}/${dataType}.nii`);
      assert.equal(
        back.details.scale,
        dataType === "uint16" ? `slope ${slope}, intercept -20` : "slope 1, intercept 0",
      );
      const expected = dataType === "int16" ? values.map((v) => Math.round(v)) : values;
      assert.deepEqual(await readBox(back.volume(0)), expected);
    }
  }));

Deno.test("a slope that is 0 or not finite means no scale, and a broken intercept is 0", () =>
  inFolder(async (folder) => {
    const cases = [[0, 5, 1], [NaN, 5, 1], [Infinity, 5, 1], [2, NaN, 2]];
    for (const [slope, inter, factor] of cases) {
      await using image = await openBytes(folder, niftiBytes({ slope, inter }));
      assert.deepEqual(Array.from(await readBox(image.volume(0))), storedRamp(24, "int16").map((v) => factor * v));
    }
  }));

Deno.test("one, two and four dimensions have the shapes they should", () =>
  inFolder(async (folder) => {
    const cases: [number[], Shape3, number][] = [
      [[1, 6], [1, 1, 6], 1],
      [[2, 4, 3], [1, 3, 4], 1],
      [[3, 4, 3, 1], [1, 3, 4], 1],
      [[4, 2, 3, 1, 5], [1, 3, 2], 5],
      [[7, 2, 3, 4, 2, 1, 1, 1], [4, 3, 2], 2],
    ];
    for (const [dim, shape, volumes] of cases) {
      const bytes = niftiBytes({ dim, type: "uint8", slope: 1 });
      await using image = await openBytes(folder, bytes);
      assert.deepEqual([image.shape, image.volumes], [shape, volumes]);
      const parts = await Promise.all(Array.from({ length: volumes }, (_, v) => readBox(image.volume(v))));
      assert.deepEqual(parts.flatMap((part) => [...part]), storedRamp(voxelCount(shape) * volumes, "uint8"));
      assert.throws(() => image.volume(volumes), RangeError);
      const back = await written(`${folder}/${dim}.nii.gz`, { ...image, template: image }, parts);
      assert.deepEqual(back.subarray(40, 56), bytes.subarray(40, 56));
      assert.deepEqual(back.subarray(352), bytes.subarray(352));
    }
  }));

Deno.test("lengths are in mm whatever the header's unit, and a missing or negative voxel edge is repaired", () =>
  inFolder(async (folder) => {
    const srow = [500, 0, 0, 0, 0, -250, 0, 0, 0, 0, 1000, 4000];
    for (
      const [units, mm, name] of [[0, 1, "unknown, taken as mm"], [1, 1000, "m"], [2, 1, "mm"], [
        3,
        0.001,
        "um",
      ]] as const
    ) {
      const pixdim = [1, 500, -250, 1000];
      await using image = await openBytes(folder, niftiBytes({ units, pixdim, srow }));
      assert.deepEqual(image.voxelSize, [1000 * mm, 250 * mm, 500 * mm]);
      assert.deepEqual(image.affine, [...srow.map((v) => v * mm), 0, 0, 0, 1]);
      assert.deepEqual([image.details.unit, image.details.orientation], [name, "RPS"]);
    }
    await using broken = await openBytes(folder, niftiBytes({ units: 3, pixdim: [1, 0, NaN, 7] }));
    assert.deepEqual(broken.voxelSize, [0.007, 1, 1]);
    assert.deepEqual([broken.affine, broken.details.orientation], [undefined, "unknown"]);
  }));

Deno.test("inflating holds no more than one piece of the file expands to, however much is asked for", () =>
  inFolder(async (folder) => {
    const bytes = new Uint8Array(48 * 1024 * 1024); // Zeros: the strongest expansion there is.
    await Deno.writeFile(`${folder}/zeros.gz`, gzipSync(bytes));
    using file = await Deno.open(`${folder}/zeros.gz`);
    const reader = new InflateReader(file);
    await reader.skip(bytes.length - 3);
    assert.equal(await reader.read(new Uint8Array(10)), 3);
    assert.ok(reader.peakBytes <= 1032 * 16384 + 65536, `${reader.peakBytes} bytes waited`);
    reader.close();
  }));

Deno.test("a gzip is inflated once where there is room for all of it, else from the start for each read", () =>
  inFolder(async (folder) => {
    const bytes = niftiBytes({ dim: [4, 4, 3, 2, 2] });
    const all = gzipSync(bytes);
    for (const [bytesLeft, isKept] of [[bytes.length, true], [bytes.length - 1, false]] as const) {
      await Deno.writeFile(`${folder}/in.nii.gz`, all);
      const room = new CacheRoom(0);
      await using image = await openNifti(`${folder}/in.nii.gz`, { room });
      const first = await readBox(image.volume(0));
      room.bytes = bytesLeft; // As a run does once it is planned.
      assert.deepEqual(await readBox(image.volume(0)), first);
      await readBox(image.volume(1));
      await Deno.writeFile(`${folder}/in.nii.gz`, new Uint8Array(all.length)); // The file as such is gone.
      const again = readBox(image.volume(0));
      if (isKept) assert.deepEqual(await again, first);
      else await assert.rejects(again, { name: "CorruptDataError" });
    }
  }));
