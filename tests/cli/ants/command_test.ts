/** `N4BiasFieldCorrection` as a process: silence, exit codes, in place, and what is left behind. */

import assert from "node:assert/strict";
import { VERSION } from "../../../src/version.ts";
import { commandOf, type CommandRun, contents, programs, run } from "../../helpers/command.ts";
import { readImage, writeImage } from "../../helpers/images.ts";
import { inFolder } from "../../helpers/nifti_files.ts";
import { randomVolume } from "../../helpers/volumes.ts";
import type { Shape3 } from "../../../src/volume.ts";

const SHAPE: Shape3 = [12, 14, 16];
const { intensity: HEAD, mask: MASK = new Uint8Array(0) } = randomVolume({ shape: SHAPE, seed: 1, masked: true });
const QUICK = ["-s", "2", "-c", "[2x2,0]"];

/** Runs the program where the images lie. */
function ants(folder: string, ...words: string[]): Promise<CommandRun> {
  return run(["N4BiasFieldCorrection", ...words], { cwd: folder });
}

function withImages(body: (folder: string) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      await writeImage(`${folder}/in.nii.gz`, { shape: SHAPE, volumes: [HEAD] });
      await writeImage(`${folder}/mask.nii`, { shape: SHAPE, dataType: "uint8", volumes: [Float32Array.from(MASK)] });
      await body(folder);
    });
}

const namesIn = async (folder: string) => (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();

programs.test("help, version and nothing at all", async () => {
  const [help, version, nothing, within] = await Promise.all([
    run(["N4BiasFieldCorrection", "-h"]),
    run(["N4BiasFieldCorrection", "--version"]),
    run(["N4BiasFieldCorrection"]),
    run(["n4", "ants", "--version"]),
  ]);
  assert.deepEqual([help.code, help.stderr], [0, ""]);
  assert.match(help.stdout, /--n4-geometry/);
  assert.match(version.stdout, /^ANTs Version: v\d+\.\d+\.\d+\n/);
  assert.ok(version.stdout.includes(`n4 ${VERSION}`));
  assert.deepEqual([version.code, within.stdout], [0, version.stdout]);
  assert.deepEqual([nothing.code, nothing.stdout], [1, ""]);
  assert.match(nothing.stderr, /--shrink-factor/);
});

programs.test(
  "it is silent, writes both images, and leaves voxels outside the mask as they are",
  withImages(async (folder) => {
    const result = await ants(folder, "-i", "in.nii.gz", "-x", "mask.nii", ...QUICK, "-o", "[", "c.nii,", "b.nii", "]");
    assert.deepEqual(result, { code: 0, stdout: "", stderr: "" });
    const [corrected, field] = [await readImage(`${folder}/c.nii`), await readImage(`${folder}/b.nii`)];
    const range = { input: [Infinity, -Infinity], output: [Infinity, -Infinity] };
    for (const [i, value] of HEAD.entries()) {
      if (MASK[i] === 0) assert.equal(corrected[i], value, `voxel ${i}`);
      else {
        range.input = [Math.min(range.input[0], value), Math.max(range.input[1], value)];
        range.output = [Math.min(range.output[0], corrected[i]), Math.max(range.output[1], corrected[i])];
      }
    }
    for (const end of [0, 1]) assert.ok(Math.abs(range.input[end] / range.output[end] - 1) < 1e-5);
    assert.ok(field.every((f) => f > 0), "the field is one of the whole image");
    assert.deepEqual(await namesIn(folder), ["b.nii", "c.nii", "in.nii.gz", "mask.nii"]);
  }),
);

programs.test(
  "an image is corrected in place, to the voxels of another name",
  withImages(async (folder) => {
    assert.equal((await ants(folder, "-i", "in.nii.gz", ...QUICK, "-o", "other.nii.gz")).code, 0);
    await Deno.symlink(folder, `${folder}/here`);
    const result = await ants(folder, "-i", "here/in.nii.gz", ...QUICK, "-o", "in.nii.gz");
    assert.deepEqual(result, { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(await Deno.readFile(`${folder}/in.nii.gz`), await Deno.readFile(`${folder}/other.nii.gz`));
    assert.deepEqual(await namesIn(folder), ["here", "in.nii.gz", "mask.nii", "other.nii.gz"]);
  }),
);

programs.test(
  "a run in place that is ended leaves the input as it was, and the next one works",
  withImages(async (folder) => {
    const before = await Deno.readFile(`${folder}/in.nii.gz`);
    const long = ["-i", "in.nii.gz", "-s", "1", "-c", "[90000000,0]", "-o", "[in.nii.gz,b.nii]"];
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const child = commandOf(["N4BiasFieldCorrection", ...long], { cwd: folder }).spawn();
      for (let i = 0; i < 600 && !(await namesIn(folder)).includes("b.nii.partial"); i++) {
        await new Promise((go) => setTimeout(go, 50));
      }
      child.kill(signal);
      const { code } = await child.output();
      assert.notEqual(code, 0);
      assert.deepEqual(await Deno.readFile(`${folder}/in.nii.gz`), before, signal);
      if (signal === "SIGTERM") assert.deepEqual(await namesIn(folder), ["in.nii.gz", "mask.nii"]);
    }
    assert.equal((await ants(folder, "-i", "in.nii.gz", ...QUICK, "-o", "[in.nii.gz,b.nii]")).code, 0);
    assert.deepEqual(await namesIn(folder), ["b.nii", "in.nii.gz", "mask.nii"]);
  }),
);

programs.test(
  "what is wrong is one line on standard error and exit code 1, and nothing is left behind",
  withImages(async (folder) => {
    await writeImage(`${folder}/small.nii`, { shape: [3, 4, 5] });
    await Deno.writeTextFile(`${folder}/text.nii`, "no image");
    await Deno.writeFile(`${folder}/cut.nii.gz`, (await Deno.readFile(`${folder}/in.nii.gz`)).subarray(0, 2000));
    await Deno.mkdir(`${folder}/folder.nii`);
    const lines = {
      "-i none.nii -o c.nii": /none\.nii/,
      "-i in.nii.gz -x none.nii -o c.nii": /none\.nii/,
      "-i in.nii.gz -x small.nii -o c.nii": /small\.nii/,
      "-i in.nii.gz -w none.nii -o c.nii": /none\.nii/,
      "-i text.nii -o c.nii": /text\.nii/,
      "-d 2 -i in.nii.gz -o c.nii": /must be one plane/,
      "-i in.nii.gz -o c.png": /\.png/,
      "-i in.nii.gz -o c.ome.zarr": /must end in \.nii/,
      "-i in.nii.gz -o nowhere/c.nii": /nowhere/,
      "-i in.nii.gz -o [c.nii,in.nii.gz]": /in\.nii\.gz/,
      "-i in.nii.gz -x mask.nii -o [c.nii,mask.nii]": /mask\.nii/,
      "-i in.nii.gz -o c.nii -q": /no option '-q'/,
      "-i in.nii.gz -o folder.nii": /folder\.nii/,
      "-i cut.nii.gz -s 1 -c [1] -o [cut.nii.gz,b.nii]": /cut\.nii\.gz/,
      "-i in.nii.gz -x none.nii -o in.nii.gz": /none\.nii/,
      "-i in.nii.gz -o [in.nii.gz,nowhere/b.nii]": /nowhere/,
    };
    const before = await contents(folder);
    for (const [line, text] of Object.entries(lines)) {
      const { code, stdout, stderr } = await ants(folder, ...line.split(" "));
      assert.deepEqual([code, stdout], [1, ""], line);
      assert.match(stderr, /^N4BiasFieldCorrection \(n4\): [^\n]*\n$/, line);
      assert.match(stderr, text, line);
      assert.deepEqual(await contents(folder), before, line);
    }
  }),
);

programs.test(
  "with -v 1 it says that it is n4",
  withImages(async (folder) => {
    const { code, stdout } = await ants(folder, "-i", "in.nii.gz", ...QUICK, "-o", "c.nii", "-v", "1");
    assert.equal(code, 0);
    assert.match(stdout, /^n4 .* in the place of ANTs' N4BiasFieldCorrection\n/);
  }),
);
