/** Time points of an OME-Zarr: one or all, beside channels, and an output with the same axes. */

import assert from "node:assert/strict";
import { openImage } from "../../src/io/open.ts";
import { OmeZarrImage } from "../../src/io/ome_zarr/image.ts";
import { describeFile } from "../../src/commands/info.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import type { Shape3 } from "../../src/volume.ts";
import { correctImage } from "../helpers/corrections.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [6, 8, 10];
const VOLUMES = [1, 2, 3, 4, 5, 6].map((seed) => randomVolume({ shape: SHAPE, seed }).intensity);
const OPTIONS = { preset: "mri", maskMethod: "none", volumeFields: "each" } as const;

/** Each volume's correction from a file of it alone. */
async function alone(folder: string, index: number): Promise<Float32Array> {
  const path = await writeImage(`${folder}/alone${index}.nii`, { shape: SHAPE, volumes: [VOLUMES[index]] });
  return (await correctImage(path, OPTIONS)).values;
}

async function readAll(path: string): Promise<Float32Array[]> {
  await using image = await openImage(path, path.endsWith(".zarr") ? { time: "all" } : {});
  assert.ok(image.volumes >= 1);
  const found = [];
  for (let i = 0; i < image.volumes; i++) {
    const out = new Float32Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
    await image.volume(i).read({ z0: 0, z1: SHAPE[0], y0: 0, y1: SHAPE[1], x0: 0, x1: SHAPE[2] }, out);
    found.push(out);
  }
  return found;
}

Deno.test("three times of two channels: one of each, all of one, or all, with the axes that are left", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: VOLUMES, times: 3 });
    const cases = [
      [{ time: 1, channel: 0 }, [2], "zyx"],
      [{ time: 2, channel: "all" }, [4, 5], "czyx"],
      [{ time: "all", channel: 1 }, [1, 3, 5], "tzyx"],
      [{ time: "all", channel: "all" }, [0, 1, 2, 3, 4, 5], "tczyx"],
    ] as const;
    const wanted = await Promise.all(VOLUMES.map((_, i) => alone(folder, i)));
    for (const [choice, volumes, axes] of cases) {
      const { path } = await correctImage(input, { ...OPTIONS, ...choice, nLevels: 1 }, ".ome.zarr");
      assert.deepEqual(await readAll(path), volumes.map((i) => wanted[i]), axes);
      await using image = await openImage(path);
      assert.ok(image instanceof OmeZarrImage);
      assert.equal(image.axes.map(({ name }) => name).join(""), axes);
      assert.equal(image.levels, 2);
    }
    const times = await correctImage(input, { ...OPTIONS, time: "all", channel: 1 }, ".nii.gz");
    assert.deepEqual(await readAll(times.path), [1, 3, 5].map((i) => wanted[i]));
  }));

Deno.test("the times of a channel share a field unless each is asked for, channels do not", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: VOLUMES, times: 3 });
    const single = await writeImage(`${folder}/single.ome.zarr`, { shape: SHAPE, volumes: VOLUMES, times: 6 });
    const fields = async (path: string, more: CorrectOptions) => {
      const { report } = await correctImage(path, { preset: "mri", maskMethod: "none", ...more }, ".ome.zarr");
      return report.options.volumeFields;
    };
    assert.equal(await fields(input, { time: "all", channel: 1 }), "shared");
    assert.equal(await fields(single, { time: "all" }), "shared");
    assert.equal(await fields(single, { time: "all", volumeFields: "each" }), "each");
    assert.equal(await fields(input, { time: "all", channel: "all" }), "each");
    assert.equal(await fields(input, { time: 0, channel: "all" }), "each");
  }));

Deno.test("a time point must be chosen, of an OME-Zarr; looking needs no choice", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: VOLUMES, times: 3 });
    await assert.rejects(
      correctImage(input, { ...OPTIONS, channel: 0 }),
      /3 time points .* option 'time: 0' to option 'time: 2', or/,
    );
    await assert.rejects(
      correctImage(input, { ...OPTIONS, time: 0 }),
      /has 2 channels .* option 'channel: 0' to option 'channel: 1'/,
    );
    await assert.rejects(
      correctImage(input, { ...OPTIONS, time: "all", channel: "all" }),
      /a NIfTI holds several times or several channels: current numbers are 3 and 2/,
    );
    const { details, volumes } = await describeFile(input, {});
    assert.deepEqual([volumes, details.time], [2, "0 of 3 time points"]);
    const nifti = await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: VOLUMES });
    await assert.rejects(correctImage(nifti, { ...OPTIONS, time: 0 }), /option 'time' is for an OME-Zarr/);
    assert.deepEqual(await readImage(input, 1), VOLUMES[1]);
  }));
