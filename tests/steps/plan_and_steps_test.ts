/** A correction that is planned and done step by step, in any order, with steps done twice at once, gives the files of `correct`. */

import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { InputError, UsageError, WriteError } from "../../src/errors.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { planFile } from "../../src/commands/plan.ts";
import { finishAgain, stepFile } from "../../src/commands/step.ts";
import { contents } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { Random } from "../helpers/random.ts";
import type { Shape3 } from "../../src/volume.ts";

const SHAPE: Shape3 = [24, 32, 36];
const OCT: CorrectOptions = {
  preset: "oct",
  nSerialSlices: 3,
  histogramMatch: true,
  shrinkFactor: [2, 2, 2],
  nIterations: [3, 2],
  globalNIterations: [3, 2],
  chunkShape: [4, 32, 18],
  convergenceThreshold: 0,
  backend: "ts",
  nProcesses: 0,
};
const OWN = { nProcesses: 0 } as const;

/** A case: the options, and how the names of its images end. */
interface Case {
  readonly options: CorrectOptions;
  readonly out: string;
  readonly field: string;
  readonly mask: string;
}

const CASES: Record<string, Case> = {
  "levels from level 0": {
    options: { ...OCT, pyramidResolutions: [40, 80] },
    out: ".ome.zarr",
    field: ".ome.zarr",
    mask: ".nii",
  },
  "a zip, halving": {
    options: { ...OCT, nLevels: 2, biasLevel: 1 },
    out: ".ome.zarr.zip",
    field: ".nii",
    mask: ".ome.zarr.zip",
  },
  "channels, each by its own field": {
    options: { ...OCT, channel: "all", nLevels: 1 },
    out: ".ome.zarr",
    field: ".ome.zarr",
    mask: ".ome.zarr",
  },
  "channels, all by the field of one": {
    options: { ...OCT, channel: "all", volumeFields: "shared", fitVolume: 1, outputType: "input" },
    out: ".nii",
    field: ".nii.gz",
    mask: ".nii",
  },
  "a stream, Otsu's mask": {
    options: { ...OCT, preset: "mri", mode: "global", nSerialSlices: 1, histogramMatch: false, rescale: "minmax" },
    out: ".nii.gz",
    field: ".nii.gz",
    mask: ".nii.gz",
  },
};

/** An input of one channel, or two. */
async function makeInput(folder: string, { options }: Case): Promise<string> {
  const stacks = [3, 4].map((seed) => octStack({ shape: SHAPE, seed, sections: 3 }).map((value) => 1000 * value));
  stacks[0][77] = NaN;
  const volumes = options.channel === "all" ? stacks : [stacks[0]];
  const type = options.outputType === "input" ? { dataType: "uint16" as const } : {};
  const grid = { shape: SHAPE, chunk: [4, 16, 18] as const, voxelSize: [0.02, 0.02, 0.02] as const };
  return await writeImage(`${folder}/in.ome.zarr`, { ...grid, volumes, ...type });
}

/** The outputs of a run in `folder`, and the options that name them. */
function namesOf(folder: string, { options, out, field, mask }: Case): { output: string; options: CorrectOptions } {
  const one = options.channel !== "all" || options.volumeFields === "shared";
  const model = one ? { saveBiasModel: `${folder}/model.json` } : {};
  const companions = { saveBiasField: `${folder}/field${field}`, saveMask: `${folder}/mask${mask}`, ...model };
  const levels = out.includes("zarr") ? {} : { chunkShape: undefined };
  return { output: `${folder}/out${out}`, options: { ...options, ...levels, ...companions } };
}

/** Plans a run and does its steps in an order of the seed, some of them twice, some of those at once. */
async function doSteps(input: string, folder: string, tested: Case, tasks: number): Promise<number> {
  const random = new Random(tasks);
  const { output, options } = namesOf(folder, tested);
  const { record, folder: run } = await planFile({ input, output, options: { ...options, tasks } });
  let most = 0;
  for (const { name, tasks: count, gather } of record.stages.slice(0, -1)) {
    most = Math.max(most, name === "section" ? 0 : count);
    const order = Array.from({ length: count }, (_, i) => ({ i, key: random.uniform() })).sort((a, b) => a.key - b.key);
    for (const { i } of order) {
      const step = () => stepFile({ stage: name, folder: run, options: { ...OWN, task: i } });
      await (random.uniform() < 0.3 ? Promise.all([step(), step()]) : step());
      if (random.uniform() < 0.2) await step();
    }
    if (gather) await stepFile({ stage: "gather", folder: run, options: { ...OWN, of: name as "range" } });
  }
  const report = await stepFile({ stage: "finish", folder: run, options: OWN });
  assert.equal(report?.outputs.output, output);
  assert.ok(await finishAgain({ stage: "finish", folder: run, options: OWN }), "finishing again does no harm");
  return most;
}

for (const [name, tested] of Object.entries(CASES)) {
  Deno.test(`steps in any order, some twice at once, give the files of correct: ${name}`, () =>
    inFolder(async (folder) => {
      const input = await makeInput(folder, tested);
      await Deno.mkdir(`${folder}/whole`);
      await correctFile({ input, ...namesOf(`${folder}/whole`, tested) });
      const wanted = await contents(`${folder}/whole`);
      for (const tasks of [1, 2, 5]) {
        await Deno.mkdir(`${folder}/${tasks}`);
        const most = await doSteps(input, `${folder}/${tasks}`, tested, tasks);
        assert.ok(most >= tasks, `${most} tasks of a stage where ${tasks} were asked for`);
        assert.deepEqual(await contents(`${folder}/${tasks}`), wanted, `${tasks} tasks`);
      }
    }));
}

Deno.test("a plan tells the tasks of every stage, what they take at most and about how long", () =>
  inFolder(async (folder) => {
    const tested = CASES["levels from level 0"];
    const input = await makeInput(folder, tested);
    const { output, options } = namesOf(folder, tested);
    const { record, folder: run } = await planFile({ input, output, options: { ...options, tasks: 2 } });
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${run}/run.json`)), JSON.parse(JSON.stringify(record)));
    const told = record.stages.map(({ name, tasks, gather }) => `${name} ${tasks}${gather ? " gathered" : ""}`);
    assert.deepEqual(told, [
      "range 2 gathered",
      "histogram 2 gathered",
      "mask 2 gathered",
      "profile 2 gathered",
      "section 3",
      "global 1",
      "apply 2",
      "pyramid 2",
      "finish 1",
    ]);
    for (const { name, memoryBytes, seconds } of record.stages) {
      assert.ok(memoryBytes > 2 ** 27 && memoryBytes <= 2 ** 31 && Number.isInteger(seconds) && seconds > 0, name);
    }
    assert.ok(!(await contents(run))["steps/range.0"], "no voxel is read");
  }));

Deno.test("a step whose input is missing names the step that makes it", () =>
  inFolder(async (folder) => {
    const tested = CASES["levels from level 0"];
    const input = await makeInput(folder, tested);
    const { output, options } = namesOf(folder, tested);
    const { folder: run } = await planFile({ input, output, options: { ...options, tasks: 2 } });
    const fails = async (stage: string, more: { task?: number; of?: "range" }, says: RegExp, kind = InputError) =>
      await assert.rejects(stepFile({ stage, folder: run, options: { ...OWN, ...more } }), (error: unknown) => {
        assert.ok(error instanceof kind, String(error));
        assert.match(error.message, says);
        return true;
      });
    await fails("histogram", { task: 0 }, /run 'n4 step gather .*out.ome.zarr.partial --of range' first/);
    await fails("gather", { of: "range" }, /run 'n4 step range .*partial --task 0' first/);
    await fails("global", { task: 0 }, /run 'n4 step section .*partial --task 0' first/);
    await fails("apply", { task: 0 }, /run 'n4 step section .*partial --task 0' first/);
    await fails("finish", {}, /run 'n4 step .*partial .*' first/);
    await fails("range", { task: 2 }, /from 0 to 1: current value is 2/, UsageError as unknown as typeof InputError);
    await fails("range", {}, /needs option 'task'/, UsageError as unknown as typeof InputError);
    await fails(
      "sharpen",
      { task: 0 },
      /must be one of range, .*: current word is 'sharpen'/,
      UsageError as unknown as typeof InputError,
    );
    const none = { stage: "finish", folder: `${folder}/none.partial`, options: OWN };
    await assert.rejects(stepFile(none), InputError);
    assert.equal(await finishAgain(none), false);
  }));

Deno.test("a plan outlives a run that is refused for its options, until --overwrite begins anew", () =>
  inFolder(async (folder) => {
    const tested = CASES["levels from level 0"];
    const input = await makeInput(folder, tested);
    const { output, options } = namesOf(folder, tested);
    const { folder: run } = await planFile({ input, output, options });
    const plan = await contents(run);
    const other = { ...options, resume: true, strength: 0.5 };
    await assert.rejects(correctFile({ input, output, options: other }), /option 'strength' was 1 and is 0.5 \(go on /);
    // That over the volume, which follows from it, was not given.
    const fewer = { ...options, resume: true, nIterations: [2, 1] };
    await assert.rejects(
      correctFile({ input, output, options: fewer }),
      /: option 'nIterations' was [\d ]+ and is 2 1 \(go on /,
    );
    assert.deepEqual(await contents(run), plan);
    await correctFile({ input, output, options: { ...options, strength: 0.5, overwrite: true } });
    await assert.rejects(Deno.stat(run), Deno.errors.NotFound);
  }));

Deno.test("a run that has changed is not gone on with, and what has changed is told", () =>
  inFolder(async (folder) => {
    const tested = CASES["levels from level 0"];
    const input = await makeInput(folder, tested);
    const { output, options } = namesOf(folder, tested);
    const { folder: run } = await planFile({ input, output, options });
    await stepFile({ stage: "range", folder: run, options: { ...OWN, task: 0 } });
    await assert.rejects(correctFile({ input, output, options }), /holds an unfinished run: give option 'resume'/);
    const other = { ...options, resume: true, strength: 0.5, saveBiasField: `${folder}/another.nii` };
    await assert.rejects(correctFile({ input, output, options: other }), /option 'strength' was 1 and is 0.5/);
    const left = Object.keys(await contents(folder)).filter((name) => name.startsWith("another"));
    assert.deepEqual(left, [], "a refused run leaves nothing beside the folder");
    const damaged = `${run}/steps/range.0`;
    await Deno.writeFile(damaged, (await Deno.readFile(damaged)).map((byte, i) => i === 60 ? byte ^ 1 : byte));
    const gather = { stage: "gather", folder: run, options: { ...OWN, of: "range" as const } };
    await assert.rejects(stepFile(gather), /range.0' as its checksum must hold/);
    await Deno.remove(damaged);
    await Deno.utime(`${input}/zarr.json`, new Date(), new Date(0));
    await assert.rejects(correctFile({ input, output, options: { ...options, resume: true } }), (error: unknown) => {
      assert.ok(error instanceof WriteError);
      assert.match(error.message, /input was changed at \S+Z and \S+Z \(go on /);
      return true;
    });
    await correctFile({ input, output, options: { ...options, overwrite: true } });
    assert.ok(!("out.ome.zarr.partial" in await contents(folder)), "--overwrite begins anew, and nothing stays");
  }));
