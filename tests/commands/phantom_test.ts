/** `n4 phantom`: a stack with known truth as files. */
import assert from "node:assert/strict";
import { openImage } from "../../src/io/open.ts";
import { octPhantom } from "../../src/phantom/oct.ts";
import { phantomPaths } from "../../src/commands/phantom.ts";
import { boxVoxels, type VolumeSource, wholeBox } from "../../src/volume.ts";
import { programs, run, runWell } from "../helpers/command.ts";
import { inFolder } from "../helpers/nifti_files.ts";

async function voxels(source: VolumeSource): Promise<Float32Array> {
  const box = wholeBox(source.shape);
  const values = new Float32Array(boxVoxels(box));
  await source.read(box, values);
  return values;
}

programs.test("the command writes the stack alone, and with '--with-truth' its truth, field, mask and labels as the library makes them", async () => {
  await inFolder(async (folder) => {
    const words = [
      "--shape",
      "6",
      "20",
      "24",
      "--n-serial-slices",
      "3",
      "--seed",
      "5",
      "--voxel-size-mm",
      "0.02",
      "0.01",
    ];
    const output = `${folder}/stack.ome.zarr`;
    const alone = await runWell(["n4", "phantom", output, ...words, "0.01"]);
    assert.equal(alone.stdout, `${output}  the image: truth x field x speckle\n`);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["stack.ome.zarr"]);
    const { stdout } = await runWell(["n4", "phantom", output, ...words, "0.01", "--with-truth", "--overwrite"]);
    const paths = phantomPaths(output);
    assert.deepEqual(stdout.trim().split("\n").map((line) => line.split("  ")[0]), Object.values(paths));
    assert.match(stdout, /_labels\.ome\.zarr {2}0 agarose, 1 grey matter, 2 white matter, 3 ventricle, 4 damaged$/m);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
      ["stack.ome.zarr", ...["field", "labels", "mask", "truth"].map((name) => `stack_${name}.ome.zarr`)],
    );
    const phantom = octPhantom({ shape: [6, 20, 24], sections: 3, seed: 5, voxelSize: [0.02, 0.01, 0.01] });
    for (const name of ["source", "truth", "field", "mask", "labels"] as const) {
      await using image = await openImage(paths[name]);
      assert.deepEqual(image.voxelSize, [0.02, 0.01, 0.01]);
      assert.deepEqual(await voxels(image.volume(0)), await voxels(phantom[name]), name);
    }
  });
});

Deno.test("a phantom of any format has its companions in the same format, named after it", () => {
  assert.deepEqual(phantomPaths("a/b.nii.gz"), {
    truth: "a/b_truth.nii.gz",
    field: "a/b_field.nii.gz",
    mask: "a/b_mask.nii.gz",
    labels: "a/b_labels.nii.gz",
    source: "a/b.nii.gz",
  });
  assert.equal(phantomPaths("x.zarr").mask, "x_mask.zarr");
  assert.equal(phantomPaths("x.ome.zarr.zip").truth, "x_truth.ome.zarr.zip");
  assert.equal(phantomPaths("x.OME.Zarr/").mask, "x_mask.OME.Zarr");
});

programs.test("a companion that exists stops the phantom before any file is made; more sections than planes stop it as well", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/p_labels.nii`, "mine");
    const kept = await run(["n4", "phantom", `${folder}/p.nii`, "--shape", "8", "--with-truth"]);
    assert.equal(kept.code, 1);
    assert.match(kept.stderr, /p_labels\.nii as it exists already/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["p_labels.nii"]);
    const cut = await run(["n4", "phantom", `${folder}/q.nii`, "--shape", "4"]);
    assert.equal(cut.code, 2);
    assert.match(
      cut.stderr,
      /'--n-serial-slices' as it must be at most the 4 planes of '--shape': current value is 8\n$/,
    );
  });
});
