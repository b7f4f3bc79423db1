/** NIfTI pairs and Analyze are read as the single file that they would be. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { correctImage } from "../../helpers/corrections.ts";
import { openImage } from "../../../src/io/open.ts";
import { NiftiImage } from "../../../src/io/nifti/read.ts";
import { inFolder, niftiBytes, readBox, type Recipe } from "../../helpers/nifti_files.ts";

const SROW = [-1, 0, 0, 9, 0, 2, 0, -8, 0, 0, 3, -7];

/** Header and voxels of a pair. */
function pair(recipe: Recipe, magic?: string): { header: Uint8Array; data: Uint8Array } {
  const whole = niftiBytes(recipe);
  const [size, at] = recipe.version === 2 ? [540, 4] : [348, 344];
  const header = whole.slice(0, size);
  header.set(new TextEncoder().encode(magic ?? `ni${recipe.version ?? 1}\0`), at);
  const view = new DataView(header.buffer);
  if (recipe.version === 2) view.setBigInt64(168, 0n, recipe.littleEndian ?? true);
  else view.setFloat32(108, 0, recipe.littleEndian ?? true);
  return { header, data: whole.slice(size + 4) };
}

Deno.test("a pair is read by either name, in both versions and byte orders, plain and gzip", async (t) => {
  for (const version of [1, 2] as const) {
    for (const littleEndian of [true, false]) {
      for (const gzip of ["", ".gz"]) {
        await t.step(`${version} ${littleEndian} ${gzip}`, () =>
          inFolder(async (folder) => {
            const recipe = { version, littleEndian, srow: SROW, slope: 2, inter: 1 };
            const { header, data } = pair(recipe);
            const pack = gzip ? gzipSync : (bytes: Uint8Array) => bytes;
            await Deno.writeFile(`${folder}/a.hdr${gzip}`, pack(header));
            await Deno.writeFile(`${folder}/a.img${gzip}`, pack(data));
            await Deno.writeFile(`${folder}/single.nii`, niftiBytes(recipe));
            await using single = await openImage(`${folder}/single.nii`);
            const values = await readBox(single.volume(0));
            for (const name of ["a.hdr", "a.img"]) {
              await using image = await openImage(`${folder}/${name}${gzip}`);
              assert.deepEqual(await readBox(image.volume(0)), values);
              assert.deepEqual([image.shape, image.affine], [single.shape, single.affine]);
              assert.ok(image instanceof NiftiImage && single instanceof NiftiImage);
              assert.deepEqual(image.header.bytes, single.header.bytes);
            }
          }));
      }
    }
  }
});

Deno.test("an Analyze image has no orientation, which is told", () =>
  inFolder(async (folder) => {
    const { header, data } = pair({ units: 0, srow: SROW }, "\0\0\0\0");
    await Deno.writeFile(`${folder}/A.HDR`, header);
    await Deno.writeFile(`${folder}/A.IMG`, data);
    const warnings: string[] = [];
    await using image = await openImage(`${folder}/A.IMG`, { warn: (text) => warnings.push(text) });
    assert.deepEqual([image.affine, image.unitGiven, image.voxelSize], [undefined, true, [4, 3, 2]]);
    assert.match(warnings.join(), /is an Analyze header, which does not say how the image lies in a body/);
  }));

Deno.test("a NIfTI-2 header with another magic is none of a pair", () =>
  inFolder(async (folder) => {
    const { header, data } = pair({ version: 2 }, "xi2\0");
    await Deno.writeFile(`${folder}/a.hdr`, header);
    await Deno.writeFile(`${folder}/a.img`, data);
    await assert.rejects(openImage(`${folder}/a.hdr`), /Cannot read/);
  }));

Deno.test("half a pair says what is missing", () =>
  inFolder(async (folder) => {
    const { header, data } = pair({});
    await Deno.writeFile(`${folder}/a.hdr`, header);
    await assert.rejects(openImage(`${folder}/a.hdr`), /a\.img as there is no such file/);
    await Deno.writeFile(`${folder}/b.img`, data);
    await assert.rejects(openImage(`${folder}/b.img`), /b\.hdr as there is no such file/);
    await Deno.writeFile(`${folder}/a.img`, data.subarray(1));
    await assert.rejects(openImage(`${folder}/a.hdr`), /the file ends early/);
    await Deno.writeFile(`${folder}/b.hdr`, header.subarray(0, 300));
    await assert.rejects(openImage(`${folder}/b.hdr`), /its header ends early: expected 348 bytes, found 300/);
  }));

Deno.test("a pair is corrected as its single file is, header kept", () =>
  inFolder(async (folder) => {
    const stored = Array.from({ length: 960 }, (_, i) => 100 + (i * 37) % 50);
    const recipe = { dim: [3, 12, 10, 8], srow: SROW, pixdim: [1, 1, 2, 3], stored };
    const { header, data } = pair(recipe);
    await Deno.writeFile(`${folder}/a.hdr`, header);
    await Deno.writeFile(`${folder}/a.img`, data);
    await Deno.writeFile(`${folder}/s.nii`, niftiBytes(recipe));
    const options = { maskMethod: "none" } as const;
    const one = await correctImage(`${folder}/a.hdr`, options);
    const other = await correctImage(`${folder}/s.nii`, options);
    assert.deepEqual(await Deno.readFile(one.path), await Deno.readFile(other.path));
  }));
