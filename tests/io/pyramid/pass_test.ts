/** Coarser levels in OME-Zarr images: computed from what is stored, described by the metadata, written by the commands. */

import assert from "node:assert/strict";
import { bandedRows } from "../../../src/io/pyramid/resample.ts";
import { createImage, openImage } from "../../../src/io/open.ts";
import { planBoxes } from "../../../src/io/flow/boxes.ts";
import { planPyramid, type PyramidPlan } from "../../../src/io/pyramid/plan.ts";
import { writePyramid } from "../../../src/io/pyramid/pass.ts";
import { RunLog } from "../../../src/run_log.ts";
import { type DataType, type Shape3, type Triple, voxelCount } from "../../../src/volume.ts";
import { contents, programs, run, runWell } from "../../helpers/command.ts";
import { readImage, writeImage } from "../../helpers/images.ts";
import { cut } from "../../helpers/nifti_files.ts";
import { withDirectory } from "../../helpers/ome_zarr_images.ts";
import { randomVolume } from "../../helpers/volumes.ts";

const shape: Shape3 = [12, 20, 31];
const voxelSize: Triple = [0.01, 0.01, 0.01];
const plain = { isotropic: true, translation: false } as const;

interface Written {
  readonly volumes: readonly Float32Array[];
  readonly pyramid: PyramidPlan;
  readonly dataType?: DataType;
  readonly memory?: number;
}

/** Writes an image with its levels. */
async function writeLevels(
  path: string,
  { volumes, pyramid, dataType = "float32", memory = 0 }: Written,
): Promise<void> {
  const spec = { shape, voxelSize, dataType, volumes: volumes.length, pyramid };
  await using image = await createImage(path, spec, { chunk: [5, 8, 16] });
  for (const [index, values] of volumes.entries()) {
    const sink = image.volume(index);
    for (const box of planBoxes(shape, sink.chunk, 0)) await sink.write(box, cut(values, shape, box));
  }
  await writePyramid(image, volumes.length, { log: new RunLog(), memory });
  await image.commit();
}

/** What `src/io/pyramid/pass.ts` does, by definition: every output voxel as one sum over z of sums over y of sums over x. */
function byDefinition(values: Float32Array, inputs: Shape3, outputs: Shape3): Float32Array {
  const [rz, ry, rx] = [0, 1, 2].map((a) => bandedRows(inputs[a], outputs[a]));
  const sum = (rows: typeof rz, i: number, at: (k: number) => number) => {
    let total = 0;
    for (let k = 0; k < rows.start[i + 1] - rows.start[i]; k++) {
      total += rows.weight[rows.start[i] + k] * at(rows.first[i] + k);
    }
    return total;
  };
  return Float32Array.from({ length: voxelCount(outputs) }, (_, i) => {
    const [z, y, x] = [
      Math.floor(i / (outputs[1] * outputs[2])),
      Math.floor(i / outputs[2]) % outputs[1],
      i % outputs[2],
    ];
    return sum(rz, z, (kz) => sum(ry, y, (ky) => sum(rx, x, (kx) => values[(kz * inputs[1] + ky) * inputs[2] + kx])));
  });
}

/** A level's entry in the metadata. */
interface Dataset {
  coordinateTransformations: { type: string; scale?: Triple; translation?: readonly number[] }[];
}

function multiscaleOf(path: string): Record<string, unknown> {
  return JSON.parse(Deno.readTextFileSync(`${path}/zarr.json`)).attributes.ome.multiscales[0];
}

Deno.test("levels at target resolutions come from level 0 as stored, channel by channel", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/out.ome.zarr`;
    const volumes = [7, 8].map((seed) => randomVolume({ shape, seed }).intensity);
    const pyramid = planPyramid({ shape, voxelSize }, { ...plain, resolutions: [10, 25, 50] });
    await writeLevels(path, { volumes, pyramid, dataType: "uint8" });
    for (const index of [0, 1]) {
      const stored = await readImage(path, index);
      assert.ok(stored.every((value) => Number.isInteger(value)));
      for (const [i, level] of pyramid.levels.entries()) {
        const expected = byDefinition(stored, shape, level.shape);
        const bytes = Float32Array.from(expected, (value) => {
          const floor = Math.floor(value);
          return value - floor === 0.5 ? floor + floor % 2 : Math.round(value);
        });
        assert.deepEqual(await readImage(path, index, i + 1), bytes);
      }
    }
    await using coarse = await openImage(path, { level: 2 });
    assert.deepEqual([coarse.shape, coarse.voxelSize, coarse.volumes], [[2, 4, 6], [0.05, 0.05, 0.05], 2]);
  });
});

Deno.test("a halved level comes from the one before, as stored", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/out.ome.zarr`;
    const { intensity } = randomVolume({ shape, seed: 9 });
    const pyramid = planPyramid({ shape, voxelSize }, { ...plain, halvings: 2 });
    await writeLevels(path, { volumes: [intensity], pyramid });
    const once = await readImage(path, 0, 1);
    assert.deepEqual(once, byDefinition(intensity, shape, [6, 10, 15]));
    assert.deepEqual(await readImage(path, 0, 2), byDefinition(once, [6, 10, 15], [3, 5, 7]));
  });
});

Deno.test("levels leave level 0 as it is without them, and memory changes no byte", async () => {
  await withDirectory(async (directory) => {
    const { intensity } = randomVolume({ shape, seed: 10 });
    const write = async (name: string, halvings: number, memory: number) => {
      const pyramid = planPyramid({ shape, voxelSize }, { ...plain, halvings });
      await writeLevels(`${directory}/${name}.ome.zarr`, { volumes: [intensity], pyramid, memory });
      return await contents(`${directory}/${name}.ome.zarr`);
    };
    const alone = await write("alone", 0, 0);
    const small = await write("small", 2, 0);
    assert.deepEqual(await write("large", 2, 2 ** 30), small);
    delete alone["zarr.json"];
    for (const [name, digest] of Object.entries(alone)) assert.equal(small[name], digest, name);
  });
});

Deno.test("the metadata say how levels were made and, when asked, where they lie", async () => {
  await withDirectory(async (directory) => {
    const { intensity } = randomVolume({ shape, seed: 11 });
    for (const translation of [false, true]) {
      const path = `${directory}/${translation}.ome.zarr`;
      const pyramid = planPyramid({ shape, voxelSize }, { isotropic: true, translation, resolutions: [50, 25, 10] });
      await writeLevels(path, { volumes: [intensity], pyramid });
      const { datasets, metadata } = multiscaleOf(path);
      assert.deepEqual(metadata, {
        method: "custom_resolution_pyramid",
        args: { "target_resolutions_um": [25, 50], "make_isotropic": true },
      });
      const near = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(12)));
      for (const { coordinateTransformations: [, shift] } of datasets as Dataset[]) {
        if (shift?.translation) shift.translation = near(shift.translation);
      }
      const scales = [0.01, 0.025, 0.05].map((size) => ({ type: "scale", scale: [size, size, size] }));
      const shifts = [0.0075, 0.02].map((shift) => ({ type: "translation", translation: [shift, shift, shift] }));
      assert.deepEqual(datasets, [
        { path: "0", coordinateTransformations: [scales[0]] },
        { path: "1", coordinateTransformations: translation ? [scales[1], shifts[0]] : [scales[1]] },
        { path: "2", coordinateTransformations: translation ? [scales[2], shifts[1]] : [scales[2]] },
      ]);
    }
  });
});

Deno.test("an image whose levels were not written cannot be completed", async () => {
  await withDirectory(async (directory) => {
    const pyramid = planPyramid({ shape, voxelSize }, { ...plain, halvings: 1 });
    const spec = { shape, voxelSize, dataType: "float32", volumes: 1, pyramid } as const;
    await using image = await createImage(`${directory}/out.ome.zarr`, spec, { chunk: shape });
    await image.volume(0).write({ z0: 0, z1: 12, y0: 0, y1: 20, x0: 0, x1: 31 }, new Float32Array(voxelCount(shape)));
    await assert.rejects(image.commit(), /every chunk must have been written: current number of missing ones is 1/);
    await assert.rejects(createImage(`${directory}/out.nii`, spec), /only an OME-Zarr has coarser levels/);
  });
});

Deno.test("an interrupt ends the pass", async () => {
  await withDirectory(async (directory) => {
    const pyramid = planPyramid({ shape, voxelSize }, { ...plain, halvings: 1 });
    const spec = { shape, voxelSize, dataType: "float32", volumes: 1, pyramid } as const;
    await using image = await createImage(`${directory}/out.ome.zarr`, spec, { chunk: shape });
    await image.volume(0).write({ z0: 0, z1: 12, y0: 0, y1: 20, x0: 0, x1: 31 }, new Float32Array(voxelCount(shape)));
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(writePyramid(image, 1, { log: new RunLog(), memory: 0, signal }), /enough/);
  });
});

programs.test("the commands write the levels that options ask for", async () => {
  await withDirectory(async (directory) => {
    const [input, output, again] = ["in", "out", "again"].map((name) => `${directory}/${name}.ome.zarr`);
    await writeImage(input, { shape: [16, 24, 40], voxelSize: [0.02, 0.01, 0.01], chunk: [8, 16, 16] });
    const quick = [
      "--preset",
      "mri",
      "--n-iterations",
      "2",
      "--save-bias-model",
      `${directory}/model.json`,
      "--n-processes",
      "0",
    ];
    await runWell(["n4", "correct", input, output, ...quick, "--pyramid_resolutions", "25", "50"]);
    assert.deepEqual(await scalesOf(output), [[0.02, 0.01, 0.01], [0.025, 0.025, 0.025], [0.05, 0.05, 0.05]]);
    const options = ["--pyramid-resolutions", "50", "--no-isotropic", "--n-processes", "0"];
    await runWell(["n4", "apply", `${directory}/model.json`, input, again, ...options]);
    assert.deepEqual(await scalesOf(again), [[0.02, 0.01, 0.01], [0.1, 0.05, 0.05]]);
    assert.deepEqual(await readImage(again), await readImage(output));
    await runWell(["n4", "apply", `${directory}/model.json`, input, again, "--n-levels", "1", "--overwrite"]);
    assert.deepEqual(await scalesOf(again), [[0.02, 0.01, 0.01], [0.04, 0.02, 0.02]]);
    await runWell(["n4", "apply", `${directory}/model.json`, input, again, "--n-processes", "0", "--overwrite"]);
    const asPresetOct = [[0.02, 0.01, 0.01], [0.025, 0.025, 0.025], [0.05, 0.05, 0.05], [0.1, 0.1, 0.1]];
    assert.deepEqual(await scalesOf(again), asPresetOct);
  });
});

async function scalesOf(path: string): Promise<Triple[]> {
  const scales: Triple[] = [];
  const { datasets } = multiscaleOf(path);
  for (const level of (datasets as unknown[]).keys()) {
    await using image = await openImage(path, { level, requireAllChunks: true });
    scales.push(image.voxelSize);
  }
  return scales;
}

programs.test("levels are refused where there can be none, before any work", async () => {
  const refusals: [words: string[], rule: RegExp][] = [
    [
      ["out.nii.gz", "--n-levels", "2"],
      /Cannot use '--n-levels' as only an OME-Zarr has levels: current output is 'out.nii.gz'/,
    ],
    [["out.nii", "--no-isotropic"], /Cannot use '--make-isotropic' as only an OME-Zarr has levels/],
    [
      ["out.zarr", "--n-levels", "2", "--pyramid-resolutions", "25"],
      /'--pyramid-resolutions' and '--n-levels' together/,
    ],
    [["out.zarr", "--pyramid-resolutions", "0"], /Cannot use '--pyramid-resolutions' as it must be numbers > 0/],
    [["out.zarr", "--n-levels", "-1"], /Cannot use '--n-levels' as it must be an integer >= 0 or 'auto'/],
  ];
  for (const [words, rule] of refusals) {
    const { code, stderr } = await run(["n4", "correct", "none.nii", ...words]);
    assert.match(stderr, rule);
    assert.equal(code, 2);
  }
});
