/** `n4 info` tells what an image is, and reads its voxels only when asked to. */

import assert from "node:assert/strict";
import { describeFile } from "../../src/commands/info.ts";
import type { Shape3 } from "../../src/volume.ts";
import { programs, runWell } from "../helpers/command.ts";
import { type Failure, testFailures } from "../helpers/failures.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const SHAPE: Shape3 = [2, 3, 4];
const VALUES = Array.from({ length: 24 }, (_, i) => i - 3);

for (const name of ["in.nii", "in.nii.gz", "in.ome.zarr"]) {
  Deno.test(`the facts about ${name} are those it was written with`, () =>
    inFolder(async (folder) => {
      const path = await writeImage(`${folder}/${name}`, {
        shape: SHAPE,
        voxelSize: [2, 0.5, 0.25],
        dataType: "int16",
        volumes: [VALUES, VALUES.map((v) => 10 * v)],
      });
      const { details, chunk, ...facts } = await describeFile(path, { range: true });
      assert.deepEqual(facts, {
        path,
        format: name.includes("zarr") ? "ome-zarr" : "nifti",
        shape: [...SHAPE],
        voxelSizeMm: [2, 0.5, 0.25],
        dataType: "int16",
        volumes: 2,
        warnings: [],
        values: [
          { smallest: -3, largest: 20, nonFinite: 0, nonPositive: 4 },
          { smallest: -30, largest: 200, nonFinite: 0, nonPositive: 4 },
        ],
      });
      assert.ok(Object.keys(details).length > 0 && chunk.length === 3);
    }));
}

Deno.test("voxels that are not finite are counted and left out of the range", () =>
  inFolder(async (folder) => {
    const path = await writeImage(`${folder}/in.nii`, { shape: [1, 1, 4], volumes: [[NaN, Infinity, 2, -1]] });
    const { values } = await describeFile(path, { range: true });
    assert.deepEqual(values, [{ smallest: -1, largest: 2, nonFinite: 2, nonPositive: 1 }]);
    const none = await writeImage(`${folder}/none.nii`, { shape: [1, 1, 2], volumes: [[NaN, NaN]] });
    const [only] = (await describeFile(none, { range: true })).values ?? [];
    assert.deepEqual(only, { smallest: null, largest: null, nonFinite: 2, nonPositive: 0 });
  }));

programs.test("the command prints a table, or JSON, to standard output alone", () =>
  inFolder(async (folder) => {
    await writeImage(`${folder}/in.nii`, { shape: SHAPE, volumes: [VALUES] });
    const table = await runWell(["n4", "info", "in.nii", "--range"], { cwd: folder });
    assert.match(table.stdout, /^shape \(Z Y X\) +2 3 4$/m);
    assert.match(table.stdout, /^values +-3 to 20, 4 <= 0, 0 not finite$/m);
    const json = await runWell(["n4", "info", "in.nii", "--json"], { cwd: folder });
    assert.deepEqual(JSON.parse(json.stdout).shape, [2, 3, 4]);
    assert.equal(table.stderr + json.stderr, "");
    assert.equal(JSON.parse(json.stdout).values, undefined, "no voxel is read unasked");
  }));

const failures: readonly Failure[] = [
  {
    name: "info refuses a missing image",
    prepare: () => ["n4", "info", "in.nii"],
    code: 1,
    says: /read in.nii as there is no such file/,
  },
  { name: "info needs an image", prepare: () => ["n4", "info"], code: 2, says: /missing required argument 'IN'/ },
];
testFailures(failures);

for (const name of ["in.nii", "in.ome.zarr"]) {
  programs.test(`the table about ${name} says each thing once`, () =>
    inFolder(async (folder) => {
      await writeImage(`${folder}/${name}`, { shape: SHAPE, volumes: [VALUES] });
      const { stdout } = await runWell(["n4", "info", name], { cwd: folder });
      const titles = stdout.trimEnd().split("\n").map((line) => line.split("  ")[0]);
      assert.deepEqual(titles, [...new Set(titles)]);
    }));
}
