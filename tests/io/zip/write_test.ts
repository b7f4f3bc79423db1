/** Writing OME-Zarr into zip files: the same bytes whatever came first, what the directory would hold, and never half. */

import assert from "node:assert/strict";
import { planBoxes } from "../../../src/io/flow/boxes.ts";
import { createImage, openImage } from "../../../src/io/open.ts";
import { planPyramid } from "../../../src/io/pyramid/plan.ts";
import { writePyramid } from "../../../src/io/pyramid/pass.ts";
import { readZipDirectory } from "../../../src/io/zip/directory.ts";
import { ZipStore } from "../../../src/io/zip/read.ts";
import { ZipWriter } from "../../../src/io/zip/write.ts";
import { RunLog } from "../../../src/run_log.ts";
import { contents, programs, runWell } from "../../helpers/command.ts";
import { readImage, writeImage } from "../../helpers/images.ts";
import { cut } from "../../helpers/nifti_files.ts";
import { withDirectory } from "../../helpers/ome_zarr_images.ts";
import { randomVolume } from "../../helpers/volumes.ts";
import { text } from "../../helpers/zip_files.ts";

const SHAPE = [5, 12, 13] as const;
const VALUES = randomVolume({ shape: SHAPE, seed: 3 }).intensity;

/** Writes an image with a coarser level, its boxes in C order or from the last to the first. */
async function write(path: string, backwards = false, overwrite = false): Promise<void> {
  const geometry = { shape: SHAPE, voxelSize: [1, 1, 1] } as const;
  const pyramid = planPyramid(geometry, { halvings: 1, isotropic: true, translation: false });
  const spec = { ...geometry, dataType: "float32", volumes: 1, pyramid } as const;
  await using image = await createImage(path, spec, { chunk: [2, 1, 12], overwrite });
  const sink = image.volume(0);
  const boxes = [...planBoxes(SHAPE, sink.chunk, 0)];
  for (const box of backwards ? boxes.reverse() : boxes) await sink.write(box, cut(VALUES, SHAPE, box));
  await writePyramid(image, 1, { log: new RunLog(), memory: 0 });
  await image.commit();
}

async function namesIn(path: string): Promise<string[]> {
  const bytes = await Deno.readFile(path);
  const read = (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length));
  return [...(await readZipDirectory(bytes.length, read)).keys()];
}

Deno.test("a zip holds every file that the directory would, levels included, and nothing else stays", () =>
  withDirectory(async (folder) => {
    const [zip, directory] = [`${folder}/a.ome.zarr.zip`, `${folder}/a.ome.zarr`];
    await write(zip);
    await write(directory);
    const files = Object.entries(await contents(directory)).filter(([, kind]) => kind !== "folder").map(([key]) => key);
    const store = await ZipStore.open(zip);
    for (const key of files) assert.deepEqual(await store.read(key, 1e6), await Deno.readFile(`${directory}/${key}`));
    assert.deepEqual((await namesIn(zip)).toSorted(), files.toSorted());
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["a.ome.zarr", "a.ome.zarr.zip"]);
    for (const level of [0, 1]) {
      assert.deepEqual(await readImage(zip, 0, level), await readImage(directory, 0, level));
    }
  }));

Deno.test("metadata stand first, then the chunks by number, so that no order of work changes a byte", () =>
  withDirectory(async (folder) => {
    const paths = [`${folder}/a.ome.zarr.zip`, `${folder}/b.ome.zarr.zip`];
    await write(paths[0]);
    await write(paths[1], true);
    assert.deepEqual(await Deno.readFile(paths[0]), await Deno.readFile(paths[1]));
    const names = await namesIn(paths[0]);
    assert.deepEqual(names.slice(0, 5), ["zarr.json", "0/zarr.json", "1/zarr.json", "0/c/0/0/0", "0/c/0/0/1"]);
    assert.ok(names.indexOf("0/c/0/9/1") + 1 === names.indexOf("0/c/0/10/0"), "10 comes after 9");
  }));

Deno.test("an existing zip is replaced where that is allowed, and an output that is not committed leaves nothing", () =>
  withDirectory(async (folder) => {
    const path = `${folder}/a.ome.zarr.zip`;
    await Deno.writeTextFile(path, "old");
    await assert.rejects(write(path), /exists already/);
    {
      const spec = { shape: SHAPE, voxelSize: [1, 1, 1], dataType: "uint8", volumes: 1 } as const;
      await using output = await createImage(path, spec, { overwrite: true });
      await assert.rejects(output.commit(), /every chunk must have been written/);
    }
    assert.equal(await Deno.readTextFile(path), "old");
    await write(`${path}/`, false, true);
    assert.deepEqual(await readImage(path), VALUES);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.ome.zarr.zip"]);
  }));

Deno.test("64-bit records are written where 32 bits do not do, and read again", () =>
  withDirectory(async (folder) => {
    for (const wideFrom of [1, 40, 200]) {
      const path = `${folder}/${wideFrom}.zip`;
      {
        using file = await Deno.open(path, { write: true, create: true });
        const zip = new ZipWriter(file, { wideFrom });
        for (const [i, key] of ["zarr.json", "b", "c"].entries()) await zip.add(key, text("0123456789".repeat(3 * i)));
        await zip.finish();
      }
      const store = await ZipStore.open(path);
      assert.equal((await store.read("b", 30))?.length, 30);
      assert.deepEqual(await store.readRange("c", -4, 4), text("6789"));
    }
  }));

programs.test("the command corrects from zip to zip with a mask in a zip, to the same bytes with and without workers", () =>
  withDirectory(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr.zip`, { shape: [8, 12, 16], chunk: [4, 8, 8] });
    const mask = await writeImage(`${folder}/mask.ome.zarr.zip`, {
      shape: [8, 12, 16],
      volumes: [new Float32Array(8 * 12 * 16).fill(1)],
    });
    const words = ["n4", "correct", input];
    const options = ["--preset", "mri", "--mask", mask, "--shrink-factor", "2", "--n-iterations", "3", "--quiet"];
    for (const workers of ["0", "2"]) {
      await runWell([...words, `${folder}/${workers}.ome.zarr.zip`, ...options, "--n-processes", workers]);
    }
    assert.deepEqual(
      await Deno.readFile(`${folder}/0.ome.zarr.zip`),
      await Deno.readFile(`${folder}/2.ome.zarr.zip`),
    );
    await using image = await openImage(`${folder}/0.ome.zarr.zip`, { requireAllChunks: true });
    assert.deepEqual(image.shape, [8, 12, 16]);
  }));

Deno.test("an .ozx says what it is, has 64-bit records alone, and is read whatever it is called", () =>
  withDirectory(async (folder) => {
    const path = `${folder}/a.ozx`;
    await write(path);
    const names = await namesIn(path);
    assert.deepEqual(names.slice(0, 3), ["zarr.json", "0/zarr.json", "1/zarr.json"]);
    assert.ok(names.slice(3).every((name) => !name.endsWith(".json")));
    const bytes = await Deno.readFile(path);
    const comment = '{"ome":{"version":"0.5","zipFile":{"centralDirectory":{"jsonFirst":true}}}}';
    assert.deepEqual(bytes.subarray(-comment.length), text(comment));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const end = bytes.length - comment.length - 22;
    assert.deepEqual([view.getUint32(end, true), view.getUint16(end + 20, true)], [0x06054b50, comment.length]);
    assert.equal(view.getUint32(end - 20, true), 0x07064b50, "the locator of the 64-bit record stands before it");
    const wanted = await readImage(path, 0, 1);
    await Deno.rename(path, `${folder}/image`);
    assert.deepEqual(await readImage(`${folder}/image`, 0, 1), wanted);
  }));
