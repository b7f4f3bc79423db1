/** Headers and streams that are not as they should be, which ITK and nibabel read all the same. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { openNifti } from "../../../src/io/nifti/open.ts";
import { gzipMembers, inFolder, niftiBytes, readBox } from "../../helpers/nifti_files.ts";

const SINGULAR = [2, 0, 0, 1, 0, 3, 0, 2, 0, 0, 0, 3];
const SFORM = [2, 0, 0, 1, 0, 3, 0, 2, 0, 0, 4, 3];

/** A header with a qform of code 1: axes along the world's, origin 0. */
const QFORM: [number, number][] = [[252, 1]];

async function withFile(
  bytes: Uint8Array,
  use: (image: Awaited<ReturnType<typeof openNifti>>, warnings: string[]) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/in.nii`, bytes);
    const warnings: string[] = [];
    await using image = await openNifti(`${folder}/in.nii`, { warn: (text) => warnings.push(text) });
    await use(image, warnings);
  });
}

Deno.test("extents of 0 behind the second axis count as 1", () =>
  withFile(niftiBytes({ dim: [5, 4, 3, 1, 1, 1], patchInt16: [[46, 0], [48, 0], [50, 0]] }), (image, warnings) => {
    assert.deepEqual([image.shape, image.volumes, warnings], [[1, 3, 4], 1, []]);
    return Promise.resolve();
  }));

Deno.test("where the header says no voxel size, 1 mm is taken, with a warning; of one plane none is needed", async () => {
  const cases = [
    { dim: [3, 4, 3, 2], pixdim: [1, 0, NaN, 4], text: "y and x" },
    { dim: [3, 4, 1, 1], pixdim: [1, 0, 0, 0], text: "x" },
  ];
  for (const { dim, pixdim, text } of cases) {
    await withFile(niftiBytes({ dim, pixdim }), (image, warnings) => {
      assert.deepEqual([image.voxelSize[1], image.voxelSize[2]], [1, 1]);
      assert.match(warnings.join(), new RegExp(`gives no voxel size along ${text}: taken as 1 mm`));
      return Promise.resolve();
    });
  }
});

Deno.test("an sform without an inverse gives way to the qform, with a warning", async () => {
  await withFile(niftiBytes({ srow: SINGULAR, patchInt16: QFORM }), (image, warnings) => {
    assert.deepEqual(image.affine, [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]);
    assert.match(warnings.join(), /has an sform of singular or infinite numbers: its qform counts/);
    return Promise.resolve();
  });
  await withFile(niftiBytes({ srow: [...SFORM.slice(0, 11), NaN] }), (image, warnings) => {
    assert.equal(image.affine, undefined);
    assert.match(warnings.join(), /infinite numbers: it has no place/);
    return Promise.resolve();
  });
});

Deno.test("an image with sform and qform has two places, the sform's first", () =>
  withFile(niftiBytes({ srow: SFORM, patchInt16: QFORM }), (image, warnings) => {
    assert.deepEqual(image.affine, [...SFORM, 0, 0, 0, 1]);
    assert.deepEqual(image.otherAffine, [2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]);
    assert.deepEqual(warnings, []);
    return Promise.resolve();
  }));

Deno.test("bytes after a complete gzip stream are passed over with a warning, of one member and of several", async (t) => {
  const dim = [3, 40, 30, 20];
  const bytes = niftiBytes({ dim, stored: Array.from({ length: 24000 }, (_, i) => (i * 7919) % 1000) });
  const plain = await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/in.nii`, bytes);
    await using image = await openNifti(`${folder}/in.nii`);
    return await readBox(image.volume(0));
  });
  for (const [name, gzip] of [["one", gzipSync(bytes)], ["three", gzipMembers(bytes, 3)]] as const) {
    for (const junk of ["junk of some bytes", "\x1f\x8bjunk", "x".repeat(100_000)]) {
      await t.step(`${name}, ${junk.length} bytes`, async () => {
        const after = Uint8Array.from(junk, (letter) => letter.charCodeAt(0));
        await withFile(new Uint8Array([...gzip, ...after]), async (image, warnings) => {
          assert.deepEqual(await readBox(image.volume(0)), plain);
          assert.deepEqual(await readBox(image.volume(0)), plain, "a second time");
          assert.match(warnings[0], /has bytes after the end of its gzip stream: they are passed over/);
        });
      });
    }
  }
});
