/** OME-Zarr as a browser has it: the bytes of the archive that a file would be, and the voxels of a folder's files. */
import assert from "node:assert/strict";
import { CorruptDataError, InputError } from "../../../src/errors.ts";
import { planBoxes } from "../../../src/io/flow/boxes.ts";
import type { ImageOutput } from "../../../src/io/image.ts";
import { createOzxBlob, openOmeZarrBlob } from "../../../src/io/ome_zarr/blob.ts";
import { openOmeZarr } from "../../../src/io/ome_zarr/read.ts";
import { createOmeZarr } from "../../../src/io/ome_zarr/write.ts";
import { writePyramid } from "../../../src/io/pyramid/pass.ts";
import { planPyramid } from "../../../src/io/pyramid/plan.ts";
import { RunLog } from "../../../src/run_log.ts";
import { type Shape3, voxelCount, wholeBox } from "../../../src/volume.ts";
import { filesOf } from "../../helpers/folder_files.ts";
import { cut } from "../../helpers/nifti_files.ts";
import { GOLDEN, withDirectory, withImage } from "../../helpers/ome_zarr_images.ts";
import { randomVolume } from "../../helpers/volumes.ts";

const SHAPE: Shape3 = [6, 150, 13];
const GEOMETRY = { shape: SHAPE, voxelSize: [0.01, 0.02, 0.02] as const };

/** Writes two volumes and their coarser levels. */
async function fill(output: Pick<ImageOutput, "volume" | "coarser">): Promise<void> {
  for (const index of [0, 1]) {
    const { intensity } = randomVolume({ shape: SHAPE, seed: index + 1 });
    const sink = output.volume(index);
    for (const box of planBoxes(SHAPE, sink.chunk, voxelCount(SHAPE) / 2)) {
      await sink.write(box, cut(intensity, SHAPE, box));
    }
  }
  await writePyramid(output, 2, { log: new RunLog(), memory: 2 ** 26 });
}

/** Writes an image with labels. */
async function writeLabelled(path: string): Promise<void> {
  await using image = await createOmeZarr(path, { ...GEOMETRY, dataType: "uint16", volumes: 2 });
  await fill(image);
  await image.commit();
  await Deno.mkdir(`${path}/labels/tissue/c`, { recursive: true });
  for (const name of ["zarr.json", "tissue/zarr.json", "tissue/c/0"]) {
    await Deno.writeTextFile(`${path}/labels/${name}`, `{ "zarr_format": 3, "node_type": "group" }`);
  }
}

Deno.test("an archive of blobs is byte for byte the file, with levels, channels, labels and a NIfTI header", () =>
  withDirectory(async (directory) => {
    const input = `${directory}/in.nii.zarr`;
    await writeLabelled(input);
    const pyramid = planPyramid(GEOMETRY, { halvings: 2, isotropic: true, translation: false });
    const compression = { compressor: "gzip" } as const;
    const spec = { ...GEOMETRY, dataType: "float32", volumes: 2, pyramid, carried: [0, 1] } as const;
    {
      await using template = await openOmeZarr(input);
      await using image = await createOmeZarr(`${directory}/out.ozx`, { ...spec, template }, { compression });
      await fill(image);
      await image.commit();
    }
    await using template = await openOmeZarrBlob("in.ome.zarr", await filesOf(input));
    const blob = await createOzxBlob("out.ozx", { ...spec, template }, { compression });
    await fill(blob);
    assert.deepEqual(
      await (await blob.complete()).bytes(),
      new Uint8Array(await Deno.readFile(`${directory}/out.ozx`)),
    );
  }));

Deno.test("files of a folder and an archive are read as the disk is", async (t) => {
  for (const [name, files] of GOLDEN) {
    await t.step(name, () =>
      withImage(files, async (path) => {
        await using image = await openOmeZarr(path);
        await using dropped = await openOmeZarrBlob("dropped", await filesOf(path));
        assert.equal(await dropped.metadataHash(), await image.metadataHash());
        for (let index = 0; index < image.volumes; index++) {
          const [found, wanted] = [dropped, image].map(({ shape }) => new Float32Array(voxelCount(shape)));
          await dropped.volume(index).read(wholeBox(image.shape), found);
          await image.volume(index).read(wholeBox(image.shape), wanted);
          assert.deepEqual(found, wanted);
        }
      }));
  }
});

Deno.test("damage is refused as on the disk", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/in.ome.zarr`;
    await writeLabelled(path);
    const files = await filesOf(path);
    const [chunk = ""] = [...files.keys()].filter((key) => key.startsWith("0/c/"));
    files.set(chunk, (files.get(chunk) ?? new Blob()).slice(0, 20));
    await using image = await openOmeZarrBlob("cut", files);
    await assert.rejects(
      Promise.all(
        [0, 1].map((index) => image.volume(index).read(wholeBox(SHAPE), new Float32Array(voxelCount(SHAPE)))),
      ),
      CorruptDataError,
    );
    await assert.rejects(openOmeZarrBlob("none", new Map()), InputError);
    await assert.rejects(openOmeZarrBlob("none.ozx", new Blob(["no archive"])), InputError);
  }));
