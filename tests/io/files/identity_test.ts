/** The identity of an input notices every change of what is read, wherever in it that lies. */

import assert from "node:assert/strict";
import { identityOfInput, openImage } from "../../../src/io/open.ts";
import { withServer } from "../../helpers/file_server.ts";
import { niftiBytes } from "../../helpers/nifti_files.ts";
import {
  change,
  type ImageFiles,
  plainImage,
  twoLevels,
  withDirectory,
  withImage,
} from "../../helpers/ome_zarr_images.ts";

/** The files of an image below a folder, and what lies beside them. */
function inside(folder: string, { metadata, chunks }: ImageFiles, more: ImageFiles["metadata"] = {}): ImageFiles {
  const moved = <T>(files: Record<string, T>) =>
    Object.fromEntries(Object.entries(files).map(([key, value]) => [`${folder}/${key}`, value]));
  return { metadata: { ...moved(metadata), ...more }, chunks: moved(chunks) };
}

/** The plain image with its level two folders deep. */
function deepLevel(): ImageFiles {
  const { metadata, chunks } = plainImage();
  const { "zarr.json": group, ...arrays } = metadata;
  const files = inside("img", { metadata: arrays, chunks }, { "zarr.json": group });
  return change(files, "zarr.json", ["attributes", "ome", "multiscales", 0, "datasets", 0, "path"], "img/0");
}

/** The root of a collection of images, as bioformats2raw writes it. */
const ROOT = {
  "zarr.json": {
    zarr_format: 3,
    node_type: "group",
    attributes: { ome: { version: "0.5", "bioformats2raw.layout": 3 } },
  },
};

Deno.test("a chunk that changes is noticed however deep its level lies", async (t) => {
  const layouts: [string, ImageFiles, string, string][] = [
    ["a path of two parts", deepLevel(), "", "img/0/"],
    ["a collection of one image", inside("0", plainImage(), ROOT), "", "0/0/"],
    ["a folder that is called as an archive", inside("a.zip/b", plainImage()), "/a.zip/b", "a.zip/b/0/"],
  ];
  for (const [name, files, below, array] of layouts) {
    await t.step(name, () =>
      withImage(files, async (folder) => {
        const path = `${folder}${below}`;
        await using _ = await openImage(path);
        const { chunks, metadata } = await identityOfInput(path);
        assert.equal(chunks?.files, 1);
        await Deno.writeTextFile(`${folder}/${array}zarr.json`, " ", { append: true });
        assert.notEqual((await identityOfInput(path)).metadata, metadata);
        await Deno.remove(`${folder}/${array}c/0/0/0`);
        assert.equal((await identityOfInput(path)).chunks?.files, 0);
      }));
  }
});

Deno.test("the identity of levels at the top is what earlier records have", () =>
  withImage(twoLevels(), async (path) => {
    for (const file of ["zarr.json", "0/zarr.json", "1/zarr.json"]) await Deno.utime(`${path}/${file}`, 1, 1);
    for (const level of [0, 1]) await Deno.utime(`${path}/${level}/c/0/0/0`, 2, 2);
    assert.deepEqual(await identityOfInput(path), {
      modified: 1000,
      metadata: "a40bc6885235495cbc540dd70e44f558a07ba6d0a4bdd1ee481904423ef2a033",
      chunks: {
        files: 2,
        bytes: 16,
        newest: "0/c/0/0/0",
        modified: 2000,
        list: "3987086a034534512b07178760ca72079d32a2d088d89f92f380cf4776d30328",
      },
    });
  }));

Deno.test("a change of either file of a pair is noticed, by either name, on a server too", () =>
  withDirectory(async (folder) => {
    const names = ["a.hdr", "a.img"];
    const states = (at: string) => Promise.all(names.map((name) => identityOfInput(`${at}/${name}`)));
    await withServer(folder, {}, async (address) => {
      for (const at of [folder, address]) {
        for (const name of names) await Deno.writeFile(`${folder}/${name}`, niftiBytes({ slope: 1 }));
        const before = await states(at);
        assert.deepEqual(before[0], before[1]);
        assert.equal(before[0].bytes, niftiBytes({}).length);
        for (const name of names) {
          const { mtime } = await Deno.stat(`${folder}/${name}`);
          await Deno.writeFile(`${folder}/${name}`, niftiBytes({ slope: 2 }));
          await Deno.utime(`${folder}/${name}`, mtime ?? 0, mtime ?? 0);
          const [one, other] = await states(at);
          assert.deepEqual(one, other);
          assert.notEqual(one.metadata, before[0].metadata, name);
          await Deno.writeFile(`${folder}/${name}`, niftiBytes({ slope: 1 }));
          await Deno.utime(`${folder}/${name}`, mtime ?? 0, mtime ?? 0);
        }
      }
    });
  }));
