/** Values of stores in pieces: the same ones in every store, so that two files are compared without either whole. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { DamagedBytesError } from "../../../src/io/files/file_errors.ts";
import { BlobStore } from "../../../src/io/zarr/blob_store.ts";
import { below, DirectoryStore } from "../../../src/io/zarr/store.ts";
import { ZipStore } from "../../../src/io/zip/read.ts";
import { inFolder } from "../../helpers/nifti_files.ts";
import { Random } from "../../helpers/random.ts";
import { makeZip } from "../../helpers/zip_files.ts";

Deno.test("a value comes in the same pieces of at most 4 MiB from a folder, an archive and blobs", () =>
  inFolder(async (folder) => {
    const random = new Random(1);
    const bytes = Uint8Array.from({ length: 9 * 2 ** 20 + 5 }, () => 256 * random.uniform());
    await Deno.mkdir(`${folder}/a`);
    await Deno.writeFile(`${folder}/a/0`, bytes);
    await Deno.writeFile(`${folder}/a/1`, new Uint8Array(0));
    const entries = [{ name: "a/0", bytes }, { name: "a/1", bytes: new Uint8Array(0) }];
    const zip = async (deflate: boolean) => {
      const path = `${folder}/${deflate}.zip`;
      await Deno.writeFile(path, makeZip(entries.map((entry) => ({ ...entry, deflate }))));
      return await ZipStore.open(path);
    };
    const blobs = new Map(entries.map(({ name, bytes }) => [name, new Blob([bytes])]));
    const directory = new DirectoryStore(folder);
    for (
      const store of [directory, below(directory, "."), await zip(false), await zip(true), new BlobStore("", blobs)]
    ) {
      const piecesOf = async (key: string, most = 1e8) => {
        const pieces = await store.pieces?.(key, most);
        return pieces && await Array.fromAsync(pieces);
      };
      const pieces = await piecesOf("a/0") ?? [];
      assert.deepEqual(pieces.map(({ length }) => length), [2 ** 22, 2 ** 22, 2 ** 20 + 5]);
      assert.equal(Buffer.compare(Buffer.concat(pieces), bytes), 0);
      assert.deepEqual(await piecesOf("a/1"), []);
      assert.equal(await piecesOf("a/2"), undefined);
      await assert.rejects(piecesOf("a/0", 9 * 2 ** 20), DamagedBytesError);
    }
  }));
