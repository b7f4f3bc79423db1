/** Bad input that only the files tell: exit code 1, one sentence, the input as it was, and nothing left behind. */

import { gzipSync } from "node:zlib";
import assert from "node:assert/strict";
import type { Shape3 } from "../../src/volume.ts";
import { contents, programs, runWell } from "../helpers/command.ts";
import { type Failure, interrupted, testFailures } from "../helpers/failures.ts";
import { type ImageRecipe, readImage, writeImage } from "../helpers/images.ts";
import { inFolder, niftiBytes } from "../helpers/nifti_files.ts";

const SHAPE: Shape3 = [6, 8, 10];
const VOXELS = 480;

/** An image in the folder and a correction of it. */
function correcting(recipe: Partial<ImageRecipe>, ...more: string[]): Failure["prepare"] {
  return async (folder) => {
    await writeImage(`${folder}/in.nii`, { shape: SHAPE, ...recipe });
    return ["correct_bias_field", "in.nii", "out.nii", ...more];
  };
}

/** The same with a second image beside it. */
function beside(name: string, recipe: ImageRecipe, ...more: string[]): Failure["prepare"] {
  return async (folder) => {
    await writeImage(`${folder}/${name}`, recipe);
    return await correcting({}, ...more)(folder);
  };
}

/** Correction of a file of these bytes. */
function correctingBytes(name: string, bytes: () => Uint8Array): Failure["prepare"] {
  return async (folder) => {
    await Deno.writeFile(`${folder}/${name}`, bytes());
    return ["correct_bias_field", name, "out.nii"];
  };
}

function constant(value: number, count: number = VOXELS): Float32Array {
  return new Float32Array(count).fill(value);
}

testFailures([
  {
    name: "a missing input is refused",
    prepare: () => ["correct_bias_field", "in.nii", "out.nii"],
    code: 1,
    says: /read in.nii as there is no such file/,
  },
  {
    name: "a file that is no image is refused",
    prepare: correctingBytes("in.nii", () => new TextEncoder().encode("no image ".repeat(99))),
    code: 1,
    says: /in.nii/,
  },
  {
    name: "a folder that is no image is refused",
    prepare: async (folder) => {
      await Deno.mkdir(`${folder}/in.zarr`);
      return ["correct_bias_field", "in.zarr", "out.zarr"];
    },
    code: 1,
    says: /in.zarr/,
  },
  {
    name: "a truncated gzip file is refused",
    prepare: correctingBytes("in.nii.gz", () => gzipSync(niftiBytes({ dim: [3, 20, 20, 20] })).slice(0, -20)),
    code: 1,
    says: /in.nii.gz.*ends/,
  },
  {
    name: "a mask of another shape that does not cover the image is refused",
    prepare: beside("m.nii", { shape: [6, 8, 5] }, "--mask", "m.nii"),
    code: 1,
    says: /use 'm.nii' as mask as it must have the image's shape or cover its field of view.*6 8 5 of .* 6 8 10/,
  },
  {
    name: "an empty mask is refused",
    prepare: beside("m.nii", { shape: SHAPE, volumes: [constant(0)] }, "--mask", "m.nii"),
    code: 1,
    says: /mask must hold at least one finite voxel.*every non-zero voxel of m.nii/,
  },
  {
    name: "a label that the mask does not have is refused",
    prepare: beside("m.nii", { shape: SHAPE, volumes: [constant(1)] }, "--mask", "m.nii", "--mask-label", "7"),
    code: 1,
    says: /voxels of m.nii equal to 7/,
  },
  {
    name: "weights that are 0 everywhere are refused",
    prepare: beside("w.nii", { shape: SHAPE, volumes: [constant(0)] }, "--weights", "w.nii"),
    code: 1,
    says: /weight/,
  },
  {
    name: "an image of zeros is refused",
    prepare: correcting({ volumes: [constant(0)] }),
    code: 1,
    says: /at least one voxel of the mask must be > 0: current count is 0 of/,
  },
  {
    name: "an image without a finite voxel is refused",
    prepare: correcting({ volumes: [constant(NaN)] }),
    code: 1,
    says: /at least one voxel must be finite: current count is 0/,
  },
  {
    name: "a voxel that is not finite is refused where asked, with its place",
    prepare: correcting({ volumes: [constant(5).map((v, i) => i === 93 ? NaN : v)] }, "--nonfinite", "fail"),
    code: 1,
    says: /--nonfinite fail.* z 1, y 1, x 3 is NaN/,
  },
  {
    name: "twenty levels are refused with the numbers",
    prepare: correcting({}, "--n-iterations", ...Array<string>(20).fill("1")),
    code: 1,
    says: /'--control-points' .*spline spans.* at the last of 20 levels.*current count is/,
  },
  {
    name: "an output that is the input through a link is refused without permission to replace the link",
    prepare: async (folder) => {
      await correcting({})(folder);
      await Deno.symlink("in.nii", `${folder}/link.nii`);
      return ["correct_bias_field", "in.nii", "link.nii"];
    },
    code: 1,
    says: /write link.nii as it exists already: remove it or give '--overwrite'/,
  },
  {
    name: "an output that the input is a link to is refused",
    prepare: async (folder) => {
      await correcting({})(folder);
      await Deno.symlink("in.nii", `${folder}/link.nii`);
      return ["correct_bias_field", "link.nii", "in.nii", "--overwrite"];
    },
    code: 1,
    says: /write in.nii as an output must not be, contain or lie inside an input/,
  },
  {
    name: "an output that exists is refused",
    prepare: beside("out.nii", { shape: SHAPE }),
    code: 1,
    says: /write out.nii as it exists already: remove it or give '--overwrite'/,
  },
  {
    name: "a report that exists is refused before the work, not after it",
    prepare: async (folder) => {
      await Deno.writeTextFile(`${folder}/run.json`, "mine");
      return await correcting({}, "--report", "run.json")(folder);
    },
    code: 1,
    says: /write run.json as it exists already/,
  },
  {
    name: "an output below a file is refused",
    prepare: async (folder) => {
      await correcting({})(folder);
      return ["correct_bias_field", "in.nii", "in.nii.gz/out.nii"];
    },
    code: 1,
    says: /write in.nii.gz\/out.nii as its folder does not exist/,
  },
  {
    name: "a folder that nobody can write to is refused",
    prepare: async (folder) => {
      await correcting({})(folder);
      return ["correct_bias_field", "in.nii", "/proc/sys/out.nii"];
    },
    code: 1,
    says: /write \/proc\/sys\/out.nii as /,
  },
  {
    name: "a backend that is not there is refused with the reason",
    prepare: correcting({}, "--backend", "gpu"),
    code: 1,
    says: /open the CUDA backend as .*; Cannot open the WebGPU backend as /,
  },
  {
    name: "a level that a file does not have is refused",
    prepare: correcting({}, "--level", "1"),
    code: 1,
    says: /in.nii' as a file has level 0 alone: current level is 1/,
  },
  {
    name: "a volume that a file does not have is refused",
    prepare: correcting({ volumes: [constant(1), constant(2)] }, "--channel", "2"),
    code: 1,
    says: /'--channel' must be from 0 to 1: current value is 2/,
  },
  {
    name: "a volume to fit that a file does not have is refused",
    prepare: correcting({ volumes: [constant(1), constant(2)] }, "--volume-fields", "shared", "--fit-volume", "2"),
    code: 1,
    says: /'--fit-volume' must be from 0 to 1: current value is 2/,
  },
  {
    name: "a bias model of several fields is refused",
    prepare: correcting(
      { volumes: [constant(1), constant(2)] },
      ...["--volume-fields", "each", "--save-bias-model", "m.json"],
    ),
    code: 1,
    says: /save a bias model of 'in.nii' as it holds one field: current count is 2/,
  },
]);

programs.test("a constant image is no error: it is corrected to itself", () =>
  inFolder(async (folder) => {
    const words = await correcting({ volumes: [constant(7)] })(folder);
    await runWell(words, { cwd: folder });
    assert.deepEqual(await readImage(`${folder}/out.nii`), constant(7));
  }));

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  for (const more of [[], ["--n-processes", "0"]]) {
    const name = `${signal} during the fit ends with code ${exit} and keeps what is done ${more.join(" ")}`;
    programs.test(name.trim(), () =>
      inFolder(async (folder) => {
        const endless = ["--convergence-threshold", "0", "--n-iterations", "1000000", "--save-bias-model", "m.json"];
        const words = await correcting({ shape: [24, 24, 24] }, ...endless, ...more)(folder);
        const { code, last } = await interrupted(folder, words, signal);
        assert.equal(code, exit);
        const advice = "'--resume' with the same options and inputs goes on from there, '--overwrite' begins anew";
        assert.equal(last, `n4: Interrupted; what is done is kept in out.nii.partial: ${advice}.`);
        const left = await contents(folder);
        assert.ok("out.nii.partial/steps/histogram" in left && !("out.nii" in left), Object.keys(left).join());
      }));
  }
}
