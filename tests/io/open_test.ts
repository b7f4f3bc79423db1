/** Images of either format behind one door. */

import assert from "node:assert/strict";
import { InputError, UsageError } from "../../src/errors.ts";
import { imageFormatFor } from "../../src/io/image.ts";
import { createImage, openImage } from "../../src/io/open.ts";
import { wholeBox } from "../../src/volume.ts";
import { plainImage, withDirectory, withImage } from "../helpers/ome_zarr_images.ts";

Deno.test("the name of a new image says its format", () => {
  assert.equal(imageFormatFor("a.ome.zarr/"), "ome-zarr");
  assert.equal(imageFormatFor("A.NII.GZ"), "nifti");
  assert.equal(imageFormatFor("a.nii"), "nifti");
  assert.equal(imageFormatFor("a.ome.zarr.ZIP"), "ome-zarr");
  assert.equal(imageFormatFor("a.ozx"), "ome-zarr");
  assert.throws(() => imageFormatFor("a.tif"), UsageError);
  assert.throws(() => imageFormatFor("a.zip"), UsageError);
});

Deno.test("an image of either format is written and opened by its path alone", async () => {
  await withDirectory(async (directory) => {
    for (
      const [name, format] of [["a.ome.zarr", "ome-zarr"], ["a.ome.zarr.zip", "ome-zarr"], ["a.nii", "nifti"], [
        "a.nii.gz",
        "nifti",
      ]]
    ) {
      const path = `${directory}/${name}`;
      const spec = { shape: [2, 3, 4], voxelSize: [1, 2, 3], dataType: "int16", volumes: 1 } as const;
      const data = Float32Array.from({ length: 24 }, (_, i) => i - 5);
      {
        await using output = await createImage(path, spec);
        await output.volume(0).write(wholeBox(spec.shape), data);
        await output.commit();
      }
      await using image = await openImage(path);
      const out = new Float32Array(24);
      await image.volume(0).read(wholeBox(image.shape), out);
      assert.deepEqual([image.format, image.voxelSize, [...out]], [format, [1, 2, 3], [...data]]);
    }
  });
});

Deno.test("what cannot be opened or created says why", async () => {
  await assert.rejects(openImage("/nowhere/a.nii"), InputError);
  await assert.rejects(
    createImage("out.tif", { shape: [1, 1, 1], voxelSize: [1, 1, 1], dataType: "uint8", volumes: 1 }),
    UsageError,
  );
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/a.ome.zarr.zip`, "PK");
    await assert.rejects(
      openImage(`${directory}/a.ome.zarr.zip`),
      /must be a complete zip archive/,
    );
    await Deno.writeTextFile(`${directory}/a.nii`, "PK");
    await assert.rejects(openImage(`${directory}/a.nii`, { level: 1 }), /a file has level 0 alone/);
  });
});

Deno.test("a device is refused", async () => {
  await assert.rejects(openImage("/dev/null"), /as it must be a file or a folder: it is a pipe or device/);
});

Deno.test("options reach the format that has them", async () => {
  const { metadata } = plainImage();
  await withImage({ metadata, chunks: {} }, async (path) => {
    await using image = await openImage(path, { requireAllChunks: true });
    await assert.rejects(image.volume(0).read(wholeBox(image.shape), new Float32Array(8)), /all chunks must be stored/);
    await assert.rejects(openImage(path, { level: 3 }), /level must be one it has \(0\)/);
  });
});
