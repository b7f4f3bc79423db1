/**
 * `n4 normalize` and `scripts/normalize.ts`, run as users run them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { getAgaroseMask } from "../../src/intensity/stacks/agarose.ts";
import { normalizeVolume } from "../../src/intensity/stacks/normalize.ts";
import { RunLog } from "../../src/run_log.ts";
import type { Shape3 } from "../../src/volume.ts";
import { programs, run, runWell } from "../helpers/command.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";

const SHAPE: Shape3 = [8, 40, 44];

programs.test("the command gives the voxels that the library gives in memory, for both formats", async () => {
  await inFolder(async (folder) => {
    const data = octStack({ shape: SHAPE, seed: 2, sections: 2 });
    data[777] = NaN;
    const zarr = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes: [data], chunk: [4, 16, 16] });
    const nifti = await writeImage(`${folder}/in.nii.gz`, { shape: SHAPE, volumes: [data] });
    const options = ["--percentile-max", "99", "--backend", "ts", "--n-processes", "1"];
    await runWell(["n4", "normalize", zarr, `${folder}/out.ome.zarr`, ...options, "--report", `${folder}/run.json`]);
    const { stderr } = await runWell(["normalize", nifti, `${folder}/out.nii.gz`, ...options]);

    const volume = new ArrayVolume(data, SHAPE);
    const sink = ArrayVolume.zeros(SHAPE);
    const passes = { boxVoxels: 1e6, slots: 1, log: new RunLog() };
    await using backend = openTsBackend({ workers: 0 });
    const agarose = await getAgaroseMask(volume, {}, backend, passes);
    await normalizeVolume(volume, agarose, sink, { percentileMax: 99 }, passes);
    assert.deepEqual(await readImage(`${folder}/out.ome.zarr`), sink.data);
    assert.deepEqual(await readImage(`${folder}/out.nii.gz`), sink.data);
    assert.match(stderr, /1 voxel is not finite: left out of the percentiles, kept as it is/);
    const report = JSON.parse(await Deno.readTextFile(`${folder}/run.json`));
    assert.equal(report.options.percentileMax, 99);
    assert.ok(report.stages.some(({ name }: { name: string }) => name === "normalise"));
  });
});

programs.test("a percentile of 0, where nothing would be left, or beyond 100 is refused before anything is written", async () => {
  await inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, { shape: SHAPE });
    for (const value of ["0", "101"]) {
      const { code, stderr } = await run(["normalize", input, `${folder}/out.nii`, "--percentile-max", value]);
      assert.equal(code, 2);
      assert.ok(
        stderr.includes(`'--percentile-max' as it must be a number above 0, at most 100: current value is '${value}'`),
        stderr,
      );
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["in.nii"]);
  });
});

programs.test("an image without agarose is refused and leaves nothing behind", async () => {
  await inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, {
      shape: SHAPE,
      volumes: [new Float32Array(8 * 40 * 44).fill(2)],
    });
    const { code, stderr } = await run([
      "normalize",
      input,
      `${folder}/out.nii`,
      "--backend",
      "ts",
      "--n-processes",
      "0",
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /as its agarose mask must hold at least one pixel/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["in.nii"]);
  });
});
