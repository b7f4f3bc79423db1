/** Reading OME-Zarr out of zip files: those of other programs are read right, and no lie in one gets through. */

import assert from "node:assert/strict";
import { CorruptDataError, InputError } from "../../../src/errors.ts";
import { openImage } from "../../../src/io/open.ts";
import { ZipStore } from "../../../src/io/zip/read.ts";
import { wholeBox } from "../../../src/volume.ts";
import { plainImage, withDirectory } from "../../helpers/ome_zarr_images.ts";
import { type End, type Entry, makeZip, text, ZIPS } from "../../helpers/zip_files.ts";

async function withZip(bytes: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const path = `${directory}/image.ome.zarr.zip`;
    await Deno.writeFile(path, bytes);
    await use(path);
  });
}

async function readZip(path: string): Promise<Float32Array> {
  await using image = await openImage(path, { requireAllChunks: true });
  const out = new Float32Array(image.shape[0] * image.shape[1] * image.shape[2]);
  await image.volume(0).read(wholeBox(image.shape), out);
  return out;
}

const GOLDEN_VOXELS = Array.from(
  { length: 60 },
  (_, i) => 100 * Math.floor(i / 20) + 10 * (Math.floor(i / 5) % 4) + i % 5,
);

for (const [name, bytes] of ZIPS) {
  Deno.test(`'${name}' is read voxel by voxel`, () =>
    withZip(bytes, async (path) => {
      assert.deepEqual([...await readZip(path)], GOLDEN_VOXELS);
      await using image = await openImage(path);
      assert.deepEqual([image.format, image.shape, image.voxelSize], ["ome-zarr", [3, 4, 5], [0.004, 0.002, 0.002]]);
      assert.match(image.details["container"], name.includes(", top folder") ? /in folder 'image.ome.zarr'/ : /^zip/);
    }));
}

/** The entries of the plain image: one chunk of 8 bytes. */
function plainEntries(folder = ""): Entry[] {
  const { metadata, chunks } = plainImage();
  return [
    ...Object.entries(metadata).map(([name, value]) => ({ name: folder + name, bytes: text(JSON.stringify(value)) })),
    ...Object.entries(chunks).map(([name, bytes]) => ({ name: folder + name, bytes })),
  ];
}

/** The plain image with changes to its chunk's entry and more entries. */
function changed(change: Partial<Entry>, end: End = {}, more: readonly Entry[] = []): Uint8Array {
  const entries = plainEntries();
  entries[2] = { ...entries[2], ...change };
  return makeZip([...entries, ...more], end);
}

Deno.test("a comment, a folder's own entry and files of no concern do no harm", async () => {
  const more = ["image/", "__MACOSX/._image", "read me.txt"].map((name) => ({ name, bytes: new Uint8Array(0) }));
  const bytes = makeZip([...more, ...plainEntries("image/")], { comment: "PK\x05\x06 is no end of a record here" });
  await withZip(bytes, async (path) => assert.deepEqual([...await readZip(path)], [0, 1, 2, 3, 4, 5, 6, 7]));
});

Deno.test("a label image inside of an archive is opened by its path", async () => {
  for (const folder of ["", "image/"]) {
    const bytes = makeZip([...plainEntries(folder), ...plainEntries(`${folder}labels/tissue/`)]);
    await withZip(bytes, async (path) => {
      assert.deepEqual([...await readZip(`${path}/labels/tissue/`)], [0, 1, 2, 3, 4, 5, 6, 7]);
      await assert.rejects(openImage(`${path}/labels/bone`), /labels\/bone' as it must be an OME-Zarr image/);
    });
  }
});

Deno.test("of several entries of one name the last counts, as appended by those who update an archive", async () => {
  const [group, ...rest] = plainEntries();
  const stale = { ...group, bytes: text("{}") };
  await withZip(makeZip([stale, ...rest, group]), async (path) => {
    assert.deepEqual([...await readZip(path)], [0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

Deno.test("a folder whose name ends in .zip is a folder", () =>
  withDirectory(async (directory) => {
    const path = `${directory}/a.zip`;
    for (const { name, bytes } of plainEntries()) {
      await Deno.mkdir(`${path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(`${path}/${name}`, bytes);
    }
    assert.deepEqual([...await readZip(`${path}/`)], [0, 1, 2, 3, 4, 5, 6, 7]);
  }));

Deno.test("archives that are not to be trusted, or not supported, are refused by name and rule", async (t) => {
  const other = { name: "x", bytes: text("four") };
  const cases: [name: string, bytes: Uint8Array, rule: RegExp][] = [
    ["traversal", changed({}, {}, [{ ...other, name: "a/../../x" }]), /plain paths.*current one is 'a\/..\/..\/x'/],
    ["absolute", changed({}, {}, [{ ...other, name: "/etc/x" }]), /plain paths/],
    ["backslash", changed({}, {}, [{ ...other, name: "a\\x" }]), /plain paths/],
    ["overlap", changed({}, {}, [{ ...other, offset: 0 }]), /neither overlap/],
    ["past the directory", changed({ stored: 1e6, size: 1e6 }), /nor reach past the directory/],
    ["encrypted", changed({ flags: 1 }), /must not be encrypted: '0\/c\/0\/0\/0'/],
    ["method", changed({ method: 12 }), /stored or deflated: current method of '.*' is 12/],
    ["two sizes", changed({ size: 9 }), /one size: .* 8 and 9/],
    ["a part", changed({}, { disk: 1 }), /must be one file: current number of parts is at least 2/],
    ["an entry in a part", changed({ disk: 3 }), /must be one file: .* is 3/],
    [
      "too few entries",
      changed({}, { entries: 5 }, [{ ...other, name: "x".repeat(100) }]),
      /must list 5 entries: current one ends 1 early/,
    ],
    ["too many entries", changed({}, { entries: 60000 }), /at most .* current count is 60000/],
    ["directory outside", changed({}, { length: 1e6 }), /must lie inside of the file/],
    ["directory elsewhere", changed({}, { offset: 7 }), /must be a list of entries/],
    ["64-bit without numbers", changed({ offset: 0xffffffff }), /in 64 bits where 32 are too few/],
    ["no archive", text("PK"), /does not end as one does/],
    ["cut", changed({}).subarray(0, -1), /does not end as one does/],
    [
      "two images",
      makeZip([...plainEntries("a/"), ...plainEntries("b/")]),
      /one image: current count is 2, in 'a', 'b'/,
    ],
  ];
  for (const [name, bytes, rule] of cases) {
    await t.step(name, () =>
      withZip(bytes, async (path) => {
        await assert.rejects(openImage(path), (error: unknown) => {
          assert.ok(error instanceof InputError && error.path === path, String(error));
          assert.match(error.message, rule);
          assert.match(error.message, /^Cannot open '.*' as .* must .*: .*/);
          return true;
        });
      }));
  }
});

Deno.test("a chunk that is not what the archive promises is an error that names it", async (t) => {
  const zeros = new Uint8Array(1 << 20);
  const cases: [name: string, bytes: Uint8Array, rule: RegExp][] = [
    ["another checksum", changed({ crc: 5 }), /CRC-32 must be 0x00000005: current value is 0x/],
    ["a deflated one's checksum", changed({ crc: 5, deflate: true }), /CRC-32 must be/],
    [
      "no deflate data",
      changed({ bytes: Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0), method: 8 }),
      /deflate data of 8/,
    ],
    ["a bomb", changed({ bytes: zeros, deflate: true, size: 8 }), /deflate data of 8 bytes/],
    ["a bomb that tells", changed({ bytes: zeros, deflate: true }), /at most 8 bytes long: current length is 1048576/],
    ["too few bytes", changed({ bytes: Uint8Array.of(1, 2), deflate: true, size: 8 }), /inflate to 8 bytes: .* is 2/],
    ["another local name", changed({ localName: "0/c/0/0/1" }), /header that the directory describes/],
    ["another header", changed({ offset: 1 }, {}, []), /neither overlap|header that the directory describes/],
  ];
  for (const [name, bytes, rule] of cases) {
    await t.step(name, () =>
      withZip(bytes, async (path) => {
        await assert.rejects(readZip(path), (error: unknown) => {
          assert.ok(error instanceof CorruptDataError || error instanceof InputError, String(error));
          if (error instanceof CorruptDataError) assert.equal(error.where, "0/c/0/0/0");
          assert.match(error.message, rule);
          return true;
        });
      }));
  }
});

Deno.test("every flipped bit of an archive is found, or does no harm", async () => {
  for (const name of ["zarr ZipStore, shards", "zip -r, top folder, deflated"]) {
    const bytes = ZIPS.get(name) ?? new Uint8Array();
    await withZip(bytes, async (path) => {
      for (let at = 0; at < bytes.length; at += 7) {
        const damaged = bytes.slice();
        damaged[at] ^= 1 << at % 8;
        await Deno.writeFile(path, damaged);
        const read = await readZip(path).catch((error) => error);
        if (read instanceof Float32Array) assert.deepEqual([...read], GOLDEN_VOXELS, `byte ${at} of ${name}`);
        else assert.ok(read instanceof CorruptDataError || read instanceof InputError, `byte ${at}: ${read}`);
      }
    });
  }
});

Deno.test("an archive that changes while it is read is an error", () =>
  withZip(changed({}), async (path) => {
    const store = await ZipStore.open(path);
    assert.equal((await store.read("0/c/0/0/0", 8))?.length, 8);
    assert.equal(await store.read("0/c/0/0/1", 8), undefined);
    await Deno.writeFile(path, text("more"), { append: true });
    await assert.rejects(store.read("0/c/0/0/0", 8), /must stay as it was opened/);
  }));

Deno.test("parts of a value are read by place, from either end", () =>
  withZip(
    makeZip([{ name: "a", bytes: text("0123456789") }, { name: "b", bytes: text("0123456789"), deflate: true }]),
    async (path) => {
      const store = await ZipStore.open(path);
      for (const key of ["a", "b"]) {
        assert.deepEqual(await store.readRange(key, 2, 3), text("234"));
        assert.deepEqual(await store.readRange(key, -4, 4), text("6789"));
        await assert.rejects(store.readRange(key, 8, 3), /must hold 3 bytes from byte 8 on: current length is 10/);
        await assert.rejects(store.readRange(key, -11, 3), /3 bytes at its end/);
      }
      assert.equal(await store.readRange("c", 0, 1), undefined);
    },
  ));
