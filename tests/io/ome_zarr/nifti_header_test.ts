/** The NIfTI header that a nifti-zarr keeps beside its levels: place and intensities as it says, and kept by outputs. */

import assert from "node:assert/strict";
import { createImage, openImage } from "../../../src/io/open.ts";
import { NiftiImage } from "../../../src/io/nifti/read.ts";
import type { OmeZarrImage } from "../../../src/io/ome_zarr/image.ts";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import { boxVoxels, geometryOf, wholeBox } from "../../../src/volume.ts";
import { niftiBytes, type Recipe } from "../../helpers/nifti_files.ts";
import { change, type ImageFiles, putHeader, twoLevels, withImage } from "../../helpers/ome_zarr_images.ts";

/** Rows of an oblique sform: x to the left, y to the back and up a little, z up. */
const SROW = [-1, 0, 0, 40, 0, -0.8, 0.6, 30, 0, 0.6, 0.8, -20];
const HEADER: Recipe = { type: "uint8", dim: [3, 2, 2, 2], pixdim: [1, 1, 1, 1], srow: SROW, stored: [] };

/** Two levels with a header of 348 bytes, as nifti-zarr writes it where there are no extensions. */
function headed(recipe: Recipe = {}): ImageFiles {
  return putHeader(twoLevels(), niftiBytes({ ...HEADER, ...recipe }).slice(0, 348));
}

async function valuesOf(image: Pick<OmeZarrImage, "shape" | "volume">): Promise<number[]> {
  const out = new Float32Array(boxVoxels(wholeBox(image.shape)));
  await image.volume(0).read(wholeBox(image.shape), out);
  return [...out];
}

function assertNear(affine: readonly number[] | undefined, rows: readonly number[]): void {
  assert.ok(affine);
  rows.forEach((value, i) => assert.ok(Math.abs(affine[i] - value) < 1e-5, `${i}: ${affine[i]}, not ${value}`));
}

Deno.test("place and intensities are those of the header, at every level", () =>
  withImage(headed({ slope: 2, inter: 1 }), async (path) => {
    const image = await openOmeZarr(path);
    assert.deepEqual(await valuesOf(image), [1, 3, 5, 7, 9, 11, 13, 15]);
    assertNear(image.affine, SROW);
    assert.equal(image.frame, undefined);
    assert.equal(image.details["NIfTI header"], "NIfTI-1, orientation LPS");
    const coarse = await openOmeZarr(path, { level: 1 });
    assert.deepEqual(await valuesOf(coarse), [19]);
    // Twice the edges, half a voxel further along z.
    assertNear(coarse.affine, [-2, 0, 0, 40, 0, -1.6, 1.2, 30.3, 0, 1.2, 1.6, -19.6]);
    assert.equal((await openOmeZarr(path, { voxelSize: [1, 1, 1] })).frame, "own");
  }));

Deno.test("outputs keep the header: a NIfTI has it as its own, an OME-Zarr beside its levels", () =>
  withImage(headed({ slope: 2, inter: 1 }), async (path) => {
    await using template = await openImage(path);
    const data = Float32Array.from({ length: 8 }, (_, i) => i / 4);
    const spec = { ...geometryOf(template), dataType: "float32", volumes: 1, template, carried: [0] } as const;
    for (const name of ["out.nii", "out.ome.zarr", "out.nii.zarr.zip"]) {
      await using output = await createImage(`${path}/../${name}`, spec);
      await output.volume(0).write(wholeBox(spec.shape), data);
      await output.commit();
      await using again = await openImage(`${path}/../${name}`);
      assert.deepEqual(await valuesOf(again), [...data]);
      assertNear(again.affine, SROW);
      const { header } = again as NiftiImage | OmeZarrImage;
      assert.equal(new TextDecoder().decode(header?.bytes.slice(148, 161)), "kept as it is");
      assert.equal(header?.dataType, "float32");
    }
  }));

Deno.test("a store with the name of a nifti-zarr gets a header, of any image, with times and channels in its dimensions", () =>
  withImage(twoLevels(), async (path) => {
    const shape = [2, 2, 2] as const;
    const name = `${path}/../out.nii.zarr`;
    const spec = { shape, voxelSize: [3, 2, 1], dataType: "uint8", volumes: 6, times: 2 } as const;
    // The second one replaces the first.
    for (const overwrite of [false, true]) {
      await using output = await createImage(name, spec, { omeVersion: "0.4", overwrite });
      for (let i = 0; i < 6; i++) await output.volume(i).write(wholeBox(shape), new Float32Array(8).fill(i));
      await output.commit();
    }
    const bytes = await Deno.readFile(`${name}/nifti/0`);
    const view = new DataView(bytes.buffer);
    const [dims, pixdim] = [40, 76].map((at) => (i: number) =>
      at === 40 ? view.getInt16(at + 2 * i, true) : view.getFloat32(at + 4 * i, true)
    );
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(dims), [5, 2, 2, 2, 2, 3]);
    assert.deepEqual([1, 2, 3].map(pixdim), [1, 2, 3]);
    await using image = await openOmeZarr(name, { time: "all" });
    assert.equal(image.volumes, 6);
    assert.equal(image.frame, "own");
  }));

Deno.test("a header of another image, or a damaged one, is ignored with a warning; another array is none", async () => {
  const cases: [files: ImageFiles, warning: RegExp | undefined][] = [
    [headed({ dim: [3, 2, 2, 3] }), /ignored: Cannot use .* current shapes are 3 x 2 x 2 and 2 x 2 x 2/],
    [headed({ pixdim: [1, 1, 1, 2] }), /ignored: .* voxel sizes 2 x 1 x 1 and 1 x 1 x 1 mm/],
    [putHeader(twoLevels(), new Uint8Array(348)), /ignored: .* begin with its size, 348 or 540: current value is 0/],
    [putHeader(twoLevels(), new Uint8Array(12)), /ignored: .* current length is 12/],
    [change(headed(), "nifti/zarr.json", ["data_type"], "int8"), undefined],
    [change(headed(), "nifti/zarr.json", ["node_type"], "group"), undefined],
  ];
  change(cases[5][0], "nifti/zarr.json", ["data_type"], undefined);
  for (const [files, warning] of cases) {
    await withImage(files, async (path) => {
      const warnings: string[] = [];
      const image = await openOmeZarr(path, { warn: (text) => warnings.push(text) });
      assert.equal(image.frame, "own");
      assert.deepEqual(await valuesOf(image), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.equal(warnings.length, warning ? 1 : 0, warnings.join("\n"));
      if (warning) assert.match(warnings[0], warning);
    });
  }
});
