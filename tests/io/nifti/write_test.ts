/** NIfTI out: new headers and borrowed ones, boxes in order and out of it, what integers do to values. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import * as library from "npm:nifti-reader-js@0.8.0";
import { openNifti } from "../../../src/io/nifti/open.ts";
import { createNifti } from "../../../src/io/nifti/write.ts";
import type { ImageSpec } from "../../../src/io/image.ts";
import { openThreads } from "../../../src/threads/pool.ts";
import { type Box, type Shape3, voxelCount, wholeBox } from "../../../src/volume.ts";
import { cut, extension, inFolder, NEW, niftiBytes, openBytes, readBox, written } from "../../helpers/nifti_files.ts";

Deno.test("an independent reader agrees with the headers that are written without a template", () =>
  inFolder(async (folder) => {
    const affine = [0, -0.5, 0, 10, 0.25, 0, 0, -20, 0, 0, 2, 30, 0, 0, 0, 1];
    const spec: ImageSpec = { shape: [2, 3, 4], voxelSize: [2, 0.5, 0.25], affine, dataType: "uint16", volumes: 1 };
    const wide: ImageSpec = { ...spec, shape: [1, 1, 40000] };
    for (const wanted of [spec, wide]) {
      const bytes = await written(`${folder}/${wanted.shape}.nii`, wanted, [
        new Float32Array(voxelCount(wanted.shape)),
      ]);
      const header = library.readHeader(bytes.slice().buffer);
      assert.equal(header instanceof library.NIFTI2, wanted === wide);
      assert.deepEqual(header.dims.slice(0, 5), [3, ...[...wanted.shape].reverse(), 1]);
      assert.deepEqual(header.pixDims.slice(1, 4), [0.25, 0.5, 2]);
      assert.deepEqual(header.affine.flat(), affine);
      assert.deepEqual([header.datatypeCode, header.numBitsPerVoxel, header.scl_slope, header.scl_inter], [
        512,
        16,
        1,
        0,
      ]);
      assert.equal(header.vox_offset + 2 * voxelCount(wanted.shape), bytes.length);
    }
  }));

Deno.test("a plain file is written in boxes of any order and shape, several at a time", () =>
  inFolder(async (folder) => {
    const shape: Shape3 = [3, 4, 5];
    const all = Float32Array.from({ length: 60 }, (_, i) => i);
    const spec: ImageSpec = { shape, voxelSize: [1, 1, 1], dataType: "uint8", volumes: 1 };
    await using output = await createNifti(`${folder}/out.nii`, spec, NEW);
    const sink = output.volume(0);
    const boxes: Box[] = [];
    for (const [x0, x1] of [[3, 5], [0, 3]]) {
      for (const [y0, y1] of [[1, 4], [0, 1]]) {
        boxes.push({ z0: 1, z1: 3, y0, y1, x0, x1 }, { z0: 0, z1: 1, y0, y1, x0, x1 });
      }
    }
    await Promise.all(boxes.map((box) => sink.write(box, cut(all, shape, box))));
    await output.commit();
    await using image = await openNifti(`${folder}/out.nii`);
    assert.deepEqual(await readBox(image.volume(0)), all);
    assert.equal(image.affine, undefined);
  }));

Deno.test("a gzip file takes its boxes in C order and refuses others", () =>
  inFolder(async (folder) => {
    const spec: ImageSpec = { shape: [3, 2, 4], voxelSize: [1, 1, 1], dataType: "int16", volumes: 2 };
    await using output = await createNifti(`${folder}/out.nii.gz`, spec, NEW);
    const [first, second] = [output.volume(0), output.volume(1)];
    const box = { ...wholeBox(spec.shape), z1: 1 };
    const eight = new Float32Array(8).fill(5);
    await assert.rejects(second.write(box, eight), /in C order, next from voxel 0: current box starts at voxel 24/);
    await assert.rejects(first.write({ ...box, x1: 2 }, new Float32Array(4)), /whole rows/);
    await assert.rejects(first.write({ ...wholeBox(spec.shape), y1: 1 }, new Float32Array(12)), /whole planes/);
    await first.write({ ...box, y1: 1 }, eight.subarray(4));
    await first.write({ ...box, y0: 1 }, eight.subarray(4));
    await assert.rejects(first.write(box, eight), RangeError);
    await assert.rejects(output.commit(), /each of its 48 voxels must be written once: current count is 8/);
    await Promise.all([
      first.write({ ...box, z0: 1, z1: 3 }, new Float32Array(16).fill(6)),
      second.write(wholeBox(spec.shape), new Float32Array(24).fill(7)),
    ]);
    await output.commit();
    await using image = await openNifti(`${folder}/out.nii.gz`);
    assert.deepEqual(image.volumes, 2);
    assert.deepEqual(Array.from(await readBox(image.volume(0))), [...Array(8).fill(5), ...Array(16).fill(6)]);
    assert.deepEqual(new Set(await readBox(image.volume(1))), new Set([7]));
    await assert.rejects(first.write(box, eight), RangeError);
  }));

Deno.test("the bytes of a gzip stream depend neither on how it is cut into boxes nor on threads", () =>
  inFolder(async (folder) => {
    using threads = openThreads(3);
    for (const dataType of ["uint8", "float32"] as const) {
      const shape: Shape3 = [7, 300, 200]; // Blocks end within planes, and each volume has a last one that is shorter.
      const all = new Float32Array(new SharedArrayBuffer(4 * voxelCount(shape)));
      for (let i = 0; i < all.length; i++) all[i] = (i * 31 + (i >> 9)) % 307 - 3;
      const spec: ImageSpec = { shape, voxelSize: [1, 1, 1], dataType, volumes: 2 };
      const files: Uint8Array[] = [];
      const counts: unknown[] = [];
      for (const [planes, how] of [[7, { threads }], [2, {}], [1, { threads }]] as const) {
        await using output = await createNifti(`${folder}/${dataType}${planes}.nii.gz`, spec, { ...NEW, ...how });
        let clamped = 0;
        for (const volume of [0, 1]) {
          for (let z0 = 0; z0 < 7; z0 += planes) {
            const box = { ...wholeBox(shape), z0, z1: Math.min(7, z0 + planes) };
            const stored = await output.volume(volume).write(box, all.subarray(z0 * 60000, box.z1 * 60000));
            if (stored) clamped += stored.clamped;
          }
        }
        await output.commit();
        files.push(await Deno.readFile(output.path));
        counts.push([clamped, { ...output.counts }]);
      }
      assert.equal(gunzipSync(files[0]).length, 352 + 2 * voxelCount(shape) * (dataType === "uint8" ? 1 : 4));
      for (const file of files) assert.ok(file.length === files[0].length && file.every((v, i) => v === files[0][i]));
      assert.deepEqual(counts[1], counts[0]);
      assert.deepEqual(counts[2], counts[0]);
      await using image = await openNifti(`${folder}/${dataType}7.nii.gz`);
      const expected = dataType === "uint8" ? all.map((v) => Math.min(Math.max(v, 0), 255)) : all;
      for (const volume of [0, 1]) {
        const back = await readBox(image.volume(volume));
        assert.ok(back.every((value, i) => value === expected[i]));
      }
    }
  }));

Deno.test("integer output counts what it clamps and what is not finite", () =>
  inFolder(async (folder) => {
    const spec: ImageSpec = { shape: [1, 1, 5], voxelSize: [1, 1, 1], dataType: "uint8", volumes: 1 };
    await using output = await createNifti(`${folder}/out.nii`, spec, NEW);
    await output.volume(0).write(wholeBox(spec.shape), Float32Array.of(-3, 2.5, 300, NaN, Infinity));
    await output.commit();
    assert.deepEqual(output.counts, { clamped: 2, nonFinite: 2, zeroed: 0 });
    assert.deepEqual(Array.from((await Deno.readFile(output.path)).subarray(352)), [0, 2, 255, 0, 0]);
  }));

Deno.test("the caller's values stay as they are when a big-endian template turns their bytes", () =>
  inFolder(async (folder) => {
    await using image = await openBytes(folder, niftiBytes({ type: "float32", littleEndian: false }));
    const values = await readBox(image.volume(0));
    const kept = values.slice();
    await written(`${folder}/out.nii`, { ...image, template: image }, [values]);
    assert.deepEqual(values, kept);
  }));

Deno.test("a template lends its header to fewer volumes, another type and another grid", () =>
  inFolder(async (folder) => {
    const srow = [2, 0, 0, -7, 0, 3, 0, -8, 0, 0, 4, -9];
    const extensions = extension(16, true);
    const bytes = niftiBytes({ dim: [4, 4, 3, 2, 3], srow, extensions, units: 10 });
    await using image = await openBytes(folder, bytes);
    const spec: ImageSpec = { ...image, volumes: 1, dataType: "float64", template: image };
    const one = await written(`${folder}/one.nii`, spec, [new Float32Array(24)]);
    assert.deepEqual(one.subarray(148, 368), bytes.subarray(148, 368)); // descrip to the end of the extension
    await using first = await openNifti(`${folder}/one.nii`);
    assert.deepEqual([first.volumes, first.shape, first.dataType, first.affine], [
      1,
      [2, 3, 4],
      "float64",
      image.affine,
    ]);
    const affine = [4, 0, 0, -7, 0, 6, 0, -8, 0, 0, 8, -9, 0, 0, 0, 1];
    const half: ImageSpec = { ...spec, shape: [1, 2, 2], voxelSize: [8, 6, 4], affine };
    await written(`${folder}/half.nii`, half, [new Float32Array(4)]);
    await using coarse = await openNifti(`${folder}/half.nii`);
    assert.deepEqual([coarse.shape, coarse.voxelSize, coarse.affine], [[1, 2, 2], [8, 6, 4], affine]);
  }));

Deno.test("an existing file or an input is not overwritten, and a failed output leaves nothing", () =>
  inFolder(async (folder) => {
    await using image = await openBytes(folder, niftiBytes({}));
    const spec: ImageSpec = { ...image, template: image };
    await assert.rejects(createNifti(image.path, spec, NEW), { name: "WriteError" });
    await assert.rejects(createNifti(image.path, spec, { overwrite: true, inputs: [image.path] }), {
      name: "WriteError",
    });
    for (const name of ["a.nii", "a.nii.gz"]) {
      await using output = await createNifti(`${folder}/${name}`, spec, NEW);
      await assert.rejects(output.commit(), { name: "WriteError" });
    }
    assert.deepEqual(Array.from(Deno.readDirSync(folder), (entry) => entry.name), ["in.nii"]);
  }));
