/** What fuzzing (`deno task suite fuzz`) once found, kept found: each broke a promise of a reader before. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { describeFile } from "../../src/commands/info.ts";
import { decodeBlosc } from "../../src/io/codecs/blosc.ts";
import { programs, run, runWell } from "../helpers/command.ts";
import { change, expectRefusal, plainImage, withImage } from "../helpers/ome_zarr_images.ts";
import { gzipMembers, inFolder, niftiBytes, openBytes, readBox } from "../helpers/nifti_files.ts";

Deno.test("zeros after a gzip end it, and nobody waits for more", () =>
  inFolder(async (folder) => {
    const plain = niftiBytes({});
    for (const packed of [gzipSync(plain), gzipMembers(plain, 3)]) {
      for (const zeros of [1, 24, 40000]) {
        const bytes = new Uint8Array([...packed, ...new Uint8Array(zeros)]);
        await using image = await openBytes(folder, bytes, "in.nii.gz");
        await using whole = await openBytes(folder, plain, "plain.nii");
        assert.deepEqual(await readBox(image.volume(0)), await readBox(whole.volume(0)));
      }
    }
    const early = new Uint8Array([...gzipSync(plain.subarray(0, 100)), ...new Uint8Array(24), ...gzipSync(plain)]);
    await assert.rejects(openBytes(folder, early, "in.nii.gz"), /header ends early: expected 348 bytes, found 100/);
  }));

Deno.test("names that a file makes up do not flood the message about them", async () => {
  const long = "z".repeat(70000);
  await expectRefusal(change(plainImage(), "0/zarr.json", [long], {}), /zarr.json' z+\.\.\. must be absent/);
  const path = ["attributes", "ome", "multiscales", 0, "datasets", 0, "path"];
  await expectRefusal(change(plainImage(), "zarr.json", path, long), /at most 200 characters/);
});

Deno.test("a Blosc block longer than its data, a value of no bytes, and a format of its streams that is not known are refused", () => {
  const container = new Uint8Array(16 + 4 + 4 + 8);
  const view = new DataView(container.buffer);
  container.set([2, 1, 16 | 1 << 5, 1]);
  for (const [at, value] of [[4, 8], [8, 9], [12, 32], [16, 20], [20, 8]]) view.setUint32(at, value, true);
  assert.throws(() => decodeBlosc(container, 8), /block size must be from 1 to 8: current value is 9/);
  view.setUint32(8, 8, true);
  assert.deepEqual(decodeBlosc(container, 8), new Uint8Array(8));
  assert.throws(() => decodeBlosc(container.with(1, 5), 8), /compressor's version must be 1: current value is 5/);
  assert.throws(() => decodeBlosc(container.with(3, 0), 8), /values must be 1 to 255 bytes long: current length is 0/);
});

programs.test("what a file calls its units and keys cannot steer the terminal", () =>
  inFolder(async (folder) => {
    const escape = "\x1b[2J\u202e\x07";
    const files = plainImage();
    const axes = ["attributes", "ome", "multiscales", 0, "axes"];
    change(files, "zarr.json", axes, [
      { name: "c", type: "channel", unit: `x${escape}` },
      ...["z", "y", "x"].map((name) => ({ name, type: "space", unit: "millimeter" })),
    ]);
    const scale = ["attributes", "ome", "multiscales", 0, "datasets", 0, "coordinateTransformations", 0, "scale"];
    change(files, "zarr.json", scale, [1, 1, 1, 1]);
    change(files, "0/zarr.json", ["shape"], [1, 2, 2, 2]);
    change(files, "0/zarr.json", ["chunk_grid", "configuration", "chunk_shape"], [1, 2, 2, 2]);
    await withImage(files, async (path) => {
      const { stdout } = await runWell(["n4", "info", path]);
      assert.match(stdout, /c \(x\ufffd\[2J\ufffd\ufffd\)/);
      const out = `${folder}/out\x1b[2J.xyz`;
      const { stderr } = await run(["n4", "correct", path, out]);
      assert.match(stderr, /n4: Cannot create '.*out\ufffd\[2J.xyz'/);
    });
  }));

Deno.test("looking for the range of an image that claims more voxels than anyone can read heeds an interrupt", async () => {
  const files = plainImage();
  change(files, "0/zarr.json", ["shape"], [2, 2 ** 31, 2]);
  await withImage(files, async (path) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 100);
    await assert.rejects(describeFile(path, { range: true }, controller.signal), /enough/);
  });
});
