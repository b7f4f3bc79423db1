/**
 * ANTs as a contestant: the words that its program is given, the images that go and come, what is left behind. The program here is a stand-in that divides by a field of 2:
 * ANTs itself is no package that the tests could install.
 */

import assert from "node:assert/strict";
import { antsContestant } from "../../../src/evaluate/contestants/ants.ts";
import type { CorrectionWork } from "../../../src/evaluate/contestants/contestant.ts";
import { scheduleFor } from "../../../src/evaluate/contestants/schedule.ts";
import { spherePhantom } from "../../../src/phantom/sphere.ts";
import type { Shape3 } from "../../../src/volume.ts";
import { contents, programs, ROOT } from "../../helpers/command.ts";
import { inFolder } from "../../helpers/nifti_files.ts";

const SHAPE: Shape3 = [16, 24, 28];

/** Keeps its words in words.txt; writes input / 2 and a field of 2 where its -o says. */
const STAND_IN = `#!/usr/bin/env -S deno run --quiet --no-prompt --allow-read --allow-write
import { readImage, writeImage } from "${ROOT}tests/helpers/images.ts";
const words = Deno.args;
if (words[0] === "--version") {
  console.log("ANTs Version: 2.5.4.dev");
  Deno.exit(0);
}
const after = (name) => words[words.indexOf(name) + 1];
if (after("-c").startsWith("[7")) {
  console.error("seven is too much");
  Deno.exit(3);
}
const [corrected, field] = after("-o").slice(1, -1).split(",");
const input = await readImage(after("-i"));
const mask = await readImage(after("-x"));
const shape = [16, 24, 28];
await writeImage(corrected, { shape, volumes: [input.map((value) => value / 2)] });
await writeImage(field, { shape, volumes: [mask.map(() => 2)] });
await Deno.writeTextFile(new URL("./words.txt", import.meta.url), words.join(" "));
`;

function workOf(factor: number, iterations: readonly number[], shape = SHAPE): CorrectionWork {
  const { intensity, mask } = spherePhantom(shape, 1);
  const request = { iterations, splineDistance: 14, coarsen: false, convergenceThreshold: 0 };
  const volume = { shape, voxelSize: [1, 1, 1] } as const;
  return {
    ...volume,
    intensity,
    mask,
    schedule: scheduleFor(volume, { ...request, shrinkFactors: [factor, factor, factor] }),
  };
}

async function standIn(folder: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/N4.ts`, STAND_IN, { mode: 0o755 });
  return `${folder}/N4.ts`;
}

programs.test("ANTs is told the samples, spans, iterations and threshold that everybody has, and its images come back", () =>
  inFolder(async (folder) => {
    const program = await standIn(folder);
    {
      await using ants = await antsContestant({ program, folder: `${folder}/work` });
      assert.equal(ants.label, "ANTs 2.5.4.dev");
      const work = workOf(2, [9, 5]);
      await ants.load(work);
      const { corrected, field, times, levels } = await ants.correct();
      assert.deepEqual(corrected, work.intensity.map((value) => value / 2));
      assert.ok(field.every((value) => value === 2) && times.seconds > 0);
      assert.deepEqual(levels.map(({ controlPoints }) => controlPoints), [[4, 5, 5], [5, 7, 7]]);
      const images = `-i ${folder}/work/input.nii -x ${folder}/work/mask.nii`;
      const outputs = `-o [${folder}/work/corrected.nii,${folder}/work/field.nii]`;
      assert.equal(
        await Deno.readTextFile(`${folder}/words.txt`),
        `-d 3 ${images} -r 0 -s 2 -b [2x2x1,3] -c [9x5,0] -t [0.15,0.01,200] ${outputs}`,
      );
    }
    assert.deepEqual(Object.keys(await contents(folder)).toSorted(), ["N4.ts", "words.txt"]);
  }));

programs.test("what ANTs cannot do, and what it says when it fails, is told in one sentence; its folder goes", () =>
  inFolder(async (folder) => {
    const program = await standIn(folder);
    {
      await using ants = await antsContestant({ program, folder: `${folder}/work` });
      await assert.rejects(ants.load(workOf(4, [2], [8, 24, 28])), {
        name: "InputError",
        message: /shrinks every axis by the same factor: current factors are 2 4 4$/,
      });
      await ants.load(workOf(2, [7]));
      await assert.rejects(ants.time(), {
        name: "InputError",
        message: /N4\.ts' must end with exit code 0: current code is 3, and it says 'seven is too much'$/,
      });
    }
    assert.deepEqual(Object.keys(await contents(folder)), ["N4.ts"]);
    await Deno.mkdir(`${folder}/work`);
    await assert.rejects(antsContestant({ program, folder: `${folder}/work` }), { name: "WriteError" });
  }));
