/** Files that are no images n4 reads are named as what they are, with the way out; what is read is told by its bytes. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { kindOf } from "../../../src/io/files/kind.ts";
import { openImage } from "../../../src/io/open.ts";
import { inFolder, niftiBytes } from "../../helpers/nifti_files.ts";

/** A file that begins with some bytes. */
function file(start: string | readonly number[], at = 0): Uint8Array {
  const bytes = new Uint8Array(1024);
  bytes.set(typeof start === "string" ? new TextEncoder().encode(start) : start, at);
  return bytes;
}

const MGH = file([0, 0, 0, 1, 0, 0, 0, 20]);

/** Name, bytes, what it is, and a word of the way out. */
const FOREIGN: readonly [name: string, bytes: Uint8Array, what: RegExp][] = [
  ["a.tif", file("II*\0"), /it is a TIFF \('bioformats2raw/],
  ["a.tiff", file("MM\0*"), /it is a TIFF \('bioformats2raw/],
  ["a.ome.tif", file("II+\0"), /it is a BigTIFF \('bioformats2raw/],
  ["a.nrrd", file("NRRD0005\ntype: short\n"), /it is a NRRD file \('c3d/],
  ["a.mha", file("ObjectType = Image\n"), /it is a MetaImage file \('c3d/],
  ["a.mgh", MGH, /it is an MGH file of FreeSurfer \('mri_convert/],
  ["a.mgz", gzipSync(MGH), /it is an MGH file of FreeSurfer \('mri_convert/],
  ["a.dcm", file("DICM", 128), /it is a DICOM file \('dcm2niix/],
  ["a.h5", file([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10]), /it is an HDF5 file/],
  ["a.mnc", file("CDF\x01"), /it is a NetCDF file \('mnc2nii/],
  ["a.nii.bz2", file("BZh91AY"), /packed by bzip2 \(unpack it first\)/],
  ["a.nii.xz", file([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /packed by xz/],
  ["a.nii.zst", file([0x28, 0xb5, 0x2f, 0xfd]), /packed by Zstandard/],
  ["a.tar", file("ustar", 257), /an archive of tar/],
  ["a.tar.gz", gzipSync(file("ustar", 257)), /an archive of tar/],
  ["a.npy", file([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]), /a NumPy array/],
  ["a.nii", file("../.git/annex/objects/ab/cd"), /git-annex has not fetched \('datalad get'/],
  ["a.nii.gz", file("version https://git-lfs.github.com/spec/v1"), /Git LFS has not fetched \('git lfs pull'/],
  ["zarr.json", file("{"), /an OME-Zarr is opened by its folder/],
  ["b.nii", file("<!DOCTYPE html>"), /a server may have sent a page/],
  ["c.nii", new Uint8Array(0), /it is empty/],
  ["a.bin", file("nobody knows"), /it is of no known format$/],
  ["a.csv.gz", gzipSync(file("nobody knows")), /it is of no known format$/],
];

Deno.test("what is no image that n4 reads is named as what it is, with the way out", async (t) => {
  await inFolder(async (folder) => {
    for (const [name, bytes, rule] of FOREIGN) {
      await t.step(name, async () => {
        await Deno.writeFile(`${folder}/${name}`, bytes);
        // No option changes what the file is.
        await assert.rejects(openImage(`${folder}/${name}`, { time: "all" }), (error: unknown) => {
          assert.ok(error instanceof Error && error.name === "InputError", String(error));
          assert.match(error.message, /^Cannot open '.*' as it must be a NIfTI .* or an OME-Zarr/);
          assert.match(error.message, rule);
          return true;
        });
      });
    }
  });
});

Deno.test("URLs and links to files that were not fetched are told", async () => {
  await assert.rejects(openImage("file:///a.nii"), /it must be a path, or an address of https, http or s3: .*'file'/);
  await inFolder(async (folder) => {
    await Deno.symlink(".git/annex/objects/gone", `${folder}/a.nii.gz`);
    await assert.rejects(openImage(`${folder}/a.nii.gz`), /a link to a file that is not here \('datalad get'/);
  });
});

Deno.test("a NIfTI is one whatever its name, plain or gzip", () =>
  inFolder(async (folder) => {
    for (
      const [name, bytes] of [
        ["a.bin", niftiBytes({})],
        ["b.img", niftiBytes({})],
        ["c", gzipSync(niftiBytes({}))],
        ["d", new Uint8Array([...gzipSync(niftiBytes({})), 1, 2, 3, 4, 5])],
      ] as const
    ) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
      assert.equal(await kindOf(`${folder}/${name}`), "nifti");
      await using image = await openImage(`${folder}/${name}`);
      assert.deepEqual(image.shape, [2, 3, 4]);
    }
  }));
