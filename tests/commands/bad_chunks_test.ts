/** OME-Zarr images, bias models and memory limits that a command must refuse. */

import assert from "node:assert/strict";
import { contents, programs, run, runWell } from "../helpers/command.ts";
import { type Failure, testFailures } from "../helpers/failures.ts";
import { type ImageRecipe, readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const RECIPE: ImageRecipe = { shape: [12, 12, 12], chunk: [6, 6, 6] };
const CHUNK = "in.ome.zarr/0/c/1/0/1";

/** An OME-Zarr of eight chunks, damaged, and a correction of it. */
function correcting(damage: (folder: string) => Promise<void>, ...more: string[]): Failure["prepare"] {
  return async (folder) => {
    await writeImage(`${folder}/in.ome.zarr`, RECIPE);
    await damage(folder);
    return ["correct_bias_field", "in.ome.zarr", "out.ome.zarr", "--report", "run.json", ...more];
  };
}

/** Two channels, and a correction of them. */
function correctingChannels(...more: string[]): Failure["prepare"] {
  return async (folder) => {
    const volumes = [1, 2].map((seed) => randomVolume({ shape: RECIPE.shape, seed }).intensity);
    await writeImage(`${folder}/in.ome.zarr`, { ...RECIPE, volumes });
    return ["correct_bias_field", "in.ome.zarr", "out.nii.gz", ...more];
  };
}

/** An image and a text that is no model for it. */
function applying(model: string | object): Failure["prepare"] {
  return async (folder) => {
    await writeImage(`${folder}/in.nii`, { shape: [4, 5, 6] });
    await Deno.writeTextFile(`${folder}/model.json`, typeof model === "string" ? model : JSON.stringify(model));
    return ["n4", "apply", "model.json", "in.nii", "out.nii"];
  };
}

const MODEL = {
  format: "n4-bias-model",
  version: 1,
  axes: ["z", "y", "x"],
  shape: [4, 5, 6],
  voxelSizeMm: [1, 1, 1],
  scale: 1,
  sections: [],
  global: { points: [4, 4, 4], logValues: Array<number>(64).fill(0) },
};

async function edit(path: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await Deno.writeFile(path, change(await Deno.readFile(path)));
}

testFailures([
  {
    name: "a truncated chunk is refused by its name",
    prepare: correcting((folder) => edit(`${folder}/${CHUNK}`, (bytes) => bytes.slice(0, bytes.length >> 1))),
    code: 1,
    says: /read chunk '0\/c\/1\/0\/1' of 'in.ome.zarr' as /,
  },
  {
    name: "a corrupt chunk is refused by its name",
    prepare: correcting((folder) =>
      edit(`${folder}/${CHUNK}`, (bytes) => bytes.map((byte, i) => i < 9 ? ~byte : byte))
    ),
    code: 1,
    says: /read chunk '0\/c\/1\/0\/1' of 'in.ome.zarr' as /,
  },
  {
    name: "a corrupt chunk ends the way into a gzip file too",
    prepare: async (folder) => {
      await correcting((at) => edit(`${at}/${CHUNK}`, () => new Uint8Array(9)))(folder);
      return ["correct_bias_field", "in.ome.zarr", "out.nii.gz"];
    },
    code: 1,
    says: /read chunk '0\/c\/1\/0\/1' of 'in.ome.zarr' as /,
  },
  {
    name: "a missing chunk is refused where every chunk is required",
    prepare: correcting((folder) => Deno.remove(`${folder}/${CHUNK}`), "--require-all-chunks"),
    code: 1,
    says: /read chunk '0\/c\/1\/0\/1' of 'in.ome.zarr' as /,
  },
  {
    name: "an unknown codec is refused by its name",
    prepare: correcting((folder) =>
      edit(`${folder}/in.ome.zarr/0/zarr.json`, (bytes) => {
        const metadata = JSON.parse(new TextDecoder().decode(bytes));
        metadata.codecs[metadata.codecs.length - 1] = { name: "squeeze", configuration: {} };
        return new TextEncoder().encode(JSON.stringify(metadata));
      })
    ),
    code: 1,
    says: /in.ome.zarr.*squeeze/,
  },
  {
    name: "a level that does not exist is refused with those that do",
    prepare: correcting(() => Promise.resolve(), "--level", "3"),
    code: 1,
    says: /in.ome.zarr.*current (value|level) is 3/,
  },
  {
    name: "several channels without a choice are refused with the choices",
    prepare: correctingChannels(),
    code: 1,
    says: /has 2 channels and one must be chosen with '--channel 0' to '--channel 1', or '--channel all'/,
  },
  {
    name: "a channel that does not exist is refused",
    prepare: correctingChannels("--channel", "2"),
    code: 1,
    says: /'--channel' must be from 0 to 1: current value is 2/,
  },
  {
    name: "a bias model that is no JSON is refused",
    prepare: applying('{"format": "n4-bias'),
    code: 1,
    says: /bias model as 'model.json' must be JSON/,
  },
  {
    name: "JSON that is no bias model is refused",
    prepare: applying({ format: "recipe" }),
    code: 1,
    says: /'format' must be "n4-bias-model": current value is "recipe"/,
  },
  {
    name: "a bias model of another field of view is refused with both",
    prepare: applying({ ...MODEL, shape: [40, 5, 6] }),
    code: 1,
    says: /one field of view \(Z Y X\): current extents are 40 x 5 x 6 mm and 4 x 5 x 6 mm/,
  },
  {
    name: "an initial model of another shape is refused",
    prepare: async (folder) => {
      await applying({ ...MODEL, shape: [8, 10, 12], voxelSizeMm: [0.5, 0.5, 0.5] })(folder);
      return ["correct_bias_field", "in.nii", "out.nii", "--initial-model", "model.json"];
    },
    code: 1,
    says: /start from 'model.json' as the model must have the image's shape 4 5 6: current shape is 8 10 12/,
  },
  ...[["--control-points", "6"], ["--spline-distance-mm", "1.7"]].map((words): Failure => ({
    name: `an initial model whose lattice cannot be joined is refused before the fit (${words[0]})`,
    prepare: async (folder) => {
      await applying({ ...MODEL })(folder);
      const fit = ["--shrink-factor", "1", "--n-iterations", "1", ...words];
      return ["correct_bias_field", "in.nii", "out.nii", "--initial-model", "model.json", ...fit];
    },
    code: 1,
    says: /start from 'model.json' as its spans and those of the fit must be a power of two apart/,
  })),
]);

programs.test("a missing chunk has the fill value where chunks are not required", () =>
  inFolder(async (folder) => {
    const words = await correcting((at) => Deno.remove(`${at}/${CHUNK}`))(folder);
    await runWell(words, { cwd: folder });
    const corner = (6 * 12 + 0) * 12 + 6;
    assert.equal((await readImage(`${folder}/out.ome.zarr`))[corner], 0);
  }));

programs.test("a memory limit that is too small is refused with the smallest that would do, which does", () =>
  inFolder(async (folder) => {
    const words = await correcting(() => Promise.resolve())(folder);
    const before = await contents(folder);
    const refused = await run([...words, "--memory-limit", "10MB"], { cwd: folder });
    assert.equal(refused.code, 3, "its own exit code, by which a scheduler knows to try again with more");
    const [, needed] =
      /'--memory-limit' must hold .* at least (\d+MiB): current value is 9.537MiB/.exec(refused.stderr) ??
        [];
    assert.ok(needed, refused.stderr);
    assert.deepEqual(await contents(folder), before);
    await runWell([...words, "--memory-limit", needed], { cwd: folder });
  }));
