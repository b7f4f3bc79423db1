/** Volumes, channels and formats: which are corrected, by which field, and what of a header is kept. */

import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { openImage } from "../../src/io/open.ts";
import type { RunEvent } from "../../src/run_log.ts";
import type { Shape3 } from "../../src/volume.ts";
import { contents } from "../helpers/command.ts";
import { correctImage, QUICK } from "../helpers/corrections.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { extension, inFolder, niftiBytes } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [8, 10, 12];
const VOLUMES = [1, 2, 3].map((seed) => randomVolume({ shape: SHAPE, seed }).intensity);
const MANY = { volumeFields: "each", maskMethod: "none" } as const;

/** Each volume's correction on its own, from a file of that volume alone. */
async function corrections(folder: string): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  for (const [index, values] of VOLUMES.entries()) {
    const path = await writeImage(`${folder}/alone${index}.nii`, { shape: SHAPE, volumes: [values] });
    found.push((await correctImage(path, { maskMethod: "none" })).values);
  }
  return found;
}

function tells(events: readonly RunEvent[], kind: "note" | "warning", text: string): boolean {
  return events.some((e) => e.event === kind && e.text === text);
}

async function readAll(path: string): Promise<Float32Array[]> {
  await using image = await openImage(path);
  return await Promise.all(Array.from({ length: image.volumes }, (_, i) => readImage(path, i)));
}

for (const out of [".nii", ".nii.gz", ".ome.zarr"]) {
  Deno.test(`every volume of a 4-D NIfTI is corrected by its own field, as if it were alone, into ${out}`, () =>
    inFolder(async (folder) => {
      const path = await writeImage(`${folder}/four.nii.gz`, { shape: SHAPE, volumes: VOLUMES });
      const { path: result, report } = await correctImage(path, MANY, out);
      assert.deepEqual(await readAll(result), await corrections(folder));
      assert.deepEqual(report.fits.map(({ volume }) => volume), [0, 1, 2]);
    }));
}

Deno.test("a shared field is that of the volume to fit", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/four.nii`, { shape: SHAPE, volumes: VOLUMES });
    const alone = await corrections(folder);
    for (const fitted of [0, 1]) {
      const saveBiasField = `${folder}/field${fitted}.nii`;
      const { path: result, report } = await correctImage(path, {
        ...MANY,
        volumeFields: "shared",
        fitVolume: fitted,
        saveBiasField,
      });
      const shared = await readAll(result);
      assert.deepEqual(shared[fitted], alone[fitted]);
      const [field, ...others] = await readAll(saveBiasField);
      assert.equal(others.length, 0, "one field");
      for (const [index, values] of shared.entries()) {
        assert.ok(values.every((v, i) => Math.abs(v * field[i] / VOLUMES[index][i] - 1) < 2e-7));
      }
      assert.equal(report.fits.length, 1);
      assert.equal(report.fits[0].volume, fitted);
    }
  }));

Deno.test("volumes that share a field share the mask that it was fitted in", () =>
  inFolder(async (folder) => {
    const dim = VOLUMES[0].map((value) => value / 100);
    const input = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [VOLUMES[0], dim] });
    const saveMask = `${folder}/mask.nii`;
    const options = { preset: "mri", maskMethod: "otsu", zeroOutsideMask: true, saveMask } as const;
    const { path } = await correctImage(input, options);
    const mask = await readImage(saveMask);
    assert.ok(mask.includes(0) && mask.includes(1));
    for (const index of [0, 1]) assert.deepEqual((await readImage(path, index)).map((v) => Number(v !== 0)), mask);
    const range = correctImage(input, { preset: "mri", rescale: "range" });
    await assert.rejects(
      range,
      /^UsageError: Cannot use option 'rescale: range' as each volume must have its own field/,
    );
  }));

Deno.test("a series is corrected by one field unless told otherwise: that of its mean", () =>
  inFolder(async (folder) => {
    const mean = VOLUMES[0].map((_, i) => Math.fround(Math.fround(VOLUMES[0][i] + VOLUMES[1][i]) + VOLUMES[2][i]) / 3);
    const alone = await writeImage(`${folder}/mean.nii`, { shape: SHAPE, volumes: [mean] });
    const fieldOfMean = `${folder}/field_of_mean.nii`;
    // One level: more would have more control points than so small an image has samples.
    const fit = { maskMethod: "none", nIterations: [20] } as const;
    await correctImage(alone, { ...fit, saveBiasField: fieldOfMean });
    for (const name of ["four.nii", "four.nii.gz"]) {
      const path = await writeImage(`${folder}/${name}`, { shape: SHAPE, volumes: VOLUMES });
      const saveBiasField = `${folder}/field.nii`;
      const one = await correctImage(path, { ...fit, saveBiasField, overwrite: true });
      assert.deepEqual(await readImage(saveBiasField), await readImage(fieldOfMean));
      assert.deepEqual(one.report.fits.map(({ volume }) => volume), ["mean"]);
      assert.ok(tells(one.events, "note", "Corrects volumes 0 to 2 of 3, all by one field, that of their mean."));
      assert.doesNotMatch(one.report.warnings.join(), /a series is measured for/);
      const two = await correctImage(path, { ...MANY, fitVolume: 1, channel: 2, volumeFields: "shared" });
      assert.deepEqual(two.report.fits.map(({ volume }) => volume), [1]);
      const single = await correctImage(path, { maskMethod: "none", channel: 2 });
      assert.deepEqual(single.report.fits.map(({ volume }) => volume), [2]);
      const each = await correctImage(path, MANY);
      assert.match(each.report.warnings.join(), /changes what a series is measured for.*option 'volumeFields: shared'/);
    }
  }));

Deno.test("a volume without a sample keeps its values and is named; where none has one the run fails", () =>
  inFolder(async (folder) => {
    const empty = new Float32Array(VOLUMES[0].length);
    const nothing = empty.map(() => NaN);
    const volumes = [VOLUMES[0], empty, VOLUMES[1], nothing];
    const image = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes });
    const options = { maskMethod: "otsu" } as const;
    const shared = await correctImage(image, options);
    assert.deepEqual(shared.report.warnings.slice(0, 1), [
      "Volumes 1, 3 have no finite value other than 0: nothing is corrected there.",
    ]);
    for (const path of [image, await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes })]) {
      const { path: result, report } = await correctImage(path, {
        ...options,
        volumeFields: "each",
        channel: "all",
        rescale: "mean",
      });
      const [first, second, third, last] = await readAll(result);
      assert.ok(first.some((value, i) => value !== VOLUMES[0][i]) && third.some((value, i) => value !== VOLUMES[1][i]));
      assert.deepEqual([second, last], [empty, nothing]);
      const told = report.warnings.filter((line) => line.startsWith("No field for"));
      assert.deepEqual(told.map((line) => line.slice(0, 45)), [
        "No field for volume 1, which keeps its intens",
        "No field for volume 3, which keeps its intens",
      ]);
    }
    const bare = await writeImage(`${folder}/bare.nii`, { shape: SHAPE, volumes: [empty, nothing] });
    for (const volumeFields of ["each", "shared"] as const) {
      await assert.rejects(correctImage(bare, { ...options, volumeFields }), /Cannot fit .* current count is 0 of/);
    }
  }));

Deno.test("one volume may be corrected by the field of another", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/four.nii`, { shape: SHAPE, volumes: VOLUMES });
    const both = await correctImage(path, { ...MANY, volumeFields: "shared", fitVolume: 2 });
    const one = await correctImage(path, { ...MANY, volumeFields: "shared", fitVolume: 2, channel: 0 });
    assert.deepEqual(await readAll(one.path), [(await readAll(both.path))[0]]);
    assert.ok(tells(both.events, "note", "Corrects volumes 0 to 2 of 3, by the field of volume 2."));
    assert.ok(tells(one.events, "note", "Corrects volume 0 of 3, by the field of volume 2."));
  }));

Deno.test("a channel is corrected alone, or all of them each by its own field", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: VOLUMES, chunk: [4, 4, 4] });
    const alone = await corrections(folder);
    for (const channel of [0, 2]) {
      const { path: result } = await correctImage(path, { channel, maskMethod: "none" }, ".ome.zarr");
      assert.deepEqual(await readAll(result), [alone[channel]]);
    }
    const fields = `${folder}/fields.ome.zarr`;
    const all = await correctImage(path, { channel: "all", maskMethod: "none", saveBiasField: fields }, ".nii.gz");
    assert.deepEqual(await readAll(all.path), alone);
    assert.equal((await readAll(fields)).length, 3);
  }));

Deno.test("from any format to any other the voxels and their size are the same", () =>
  inFolder(async (folder) => {
    const recipe = { shape: SHAPE, voxelSize: [0.01, 0.5, 2] as const, volumes: [VOLUMES[0]] };
    const results: Float32Array[] = [];
    for (const name of ["in.nii", "in.nii.gz", "in.ome.zarr"]) {
      const path = await writeImage(`${folder}/${name}`, recipe);
      for (const out of [".nii", ".nii.gz", ".ome.zarr"]) {
        const { path: result, values } = await correctImage(path, {}, out);
        results.push(values);
        await using image = await openImage(result);
        image.voxelSize.forEach((size, a) => assert.ok(Math.abs(size / recipe.voxelSize[a] - 1) < 1e-6));
        assert.equal(image.dataType, "float32");
      }
    }
    for (const values of results) assert.deepEqual(values, results[0]);
  }));

for (const [units, warnings] of [[0, 1], [2, 0]]) {
  Deno.test(`a NIfTI whose unit of length is ${units ? "given is taken at its word" : "unknown is told of"}`, () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/in.nii`, niftiBytes({ type: "float32", dim: [3, 6, 6, 6], units }));
      const { report } = await correctImage(`${folder}/in.nii`, { maskMethod: "none" });
      const told = report.warnings.filter((line) =>
        line.endsWith("no unit of length: its voxel sizes are taken as mm.")
      );
      assert.equal(told.length, warnings);
    }));
}

Deno.test("the level that is asked for is corrected", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: [VOLUMES[0]] });
    const coarse: Shape3 = [4, 5, 6];
    const level = randomVolume({ shape: coarse, seed: 5 }).intensity;
    const other = await writeImage(`${folder}/coarse.ome.zarr`, {
      shape: coarse,
      voxelSize: [2, 2, 2],
      volumes: [level],
    });
    await Deno.rename(`${other}/0`, `${path}/1`);
    const group = JSON.parse(await Deno.readTextFile(`${path}/zarr.json`));
    const datasets = group.attributes.ome.multiscales[0].datasets;
    datasets.push({ path: "1", coordinateTransformations: [{ type: "scale", scale: [2, 2, 2] }] });
    await Deno.writeTextFile(`${path}/zarr.json`, JSON.stringify(group));
    const { values, report } = await correctImage(path, { level: 1, maskMethod: "none" });
    assert.deepEqual([report.input.shape, report.input.voxelSizeMm], [coarse, [2, 2, 2]]);
    const alone = await writeImage(`${folder}/alone.nii`, { shape: coarse, voxelSize: [2, 2, 2], volumes: [level] });
    assert.deepEqual(values, (await correctImage(alone, { lattice: "refine", maskMethod: "none" })).values);
  }));

Deno.test("header, orientation, units and extensions of a NIfTI are kept, in its byte order", () =>
  inFolder(async (folder) => {
    for (const littleEndian of [true, false]) {
      const srow = [-1, 0, 0, 9, 0, 2, 0, -8, 0, 0, 3, -7];
      const recipe = { dim: [3, 12, 10, 8], type: "int16", littleEndian, srow, pixdim: [1, 1, 2, 3] } as const;
      const stored = [...VOLUMES[0]].map(Math.round);
      const bytes = niftiBytes({
        ...recipe,
        dim: [3, 12, 10, 8],
        pixdim: [1, 1, 2, 3],
        srow,
        stored,
        extensions: extension(32, littleEndian),
      });
      const path = `${folder}/${littleEndian}.nii`;
      await Deno.writeFile(path, bytes);
      const { path: result } = await correctImage(path);
      const [before, after] = [bytes, await Deno.readFile(result)].map((all) => all.slice(0, 352 + 32));
      const changed = [...before.keys()].filter((i) => before[i] !== after[i]);
      const free = (i: number) => i >= 70 && i < 74 || i >= 112 && i < 120 || i >= 124 && i < 132;
      assert.deepEqual(changed.filter((i) => !free(i)), [], "only type, scale and display range differ");
    }
  }));

for (const ends of [".nii", ".ome.zarr"]) {
  Deno.test(`a link to the input, ${ends}, gives way to the output of its name, and what it leads to stays`, () =>
    inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/store`);
      const input = await writeImage(`${folder}/store/image${ends}`, { shape: [10, 12, 14] });
      const options = { ...QUICK, overwrite: true };
      await correctFile({ input, output: `${folder}/wanted${ends}`, options });
      const link = `${folder}/image${ends}`;
      await Deno.symlink(`store/image${ends}`, link);
      const before = await contents(`${folder}/store`);
      await assert.rejects(correctFile({ input: link, output: link, options: QUICK }), /give option 'overwrite'/);
      await correctFile({ input: link, output: link, options });
      assert.deepEqual(await contents(`${folder}/store`), before);
      assert.equal((await Deno.lstat(link)).isSymlink, false);
      assert.deepEqual(await readImage(link), await readImage(`${folder}/wanted${ends}`));
    }));
}
