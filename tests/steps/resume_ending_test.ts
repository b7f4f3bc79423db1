/** A run that was done but for the names of its outputs: gone on with it gives them, where it is the run that is asked for. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { applyFile } from "../../src/commands/apply.ts";
import { correctFile } from "../../src/commands/correct.ts";
import { planFile } from "../../src/commands/plan.ts";
import { finishAgain, stepFile } from "../../src/commands/step.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import type { RunListener } from "../../src/run_log.ts";
import { contents } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";
import type { Shape3 } from "../../src/volume.ts";

const SHAPE: Shape3 = [6, 8, 8];
const OWN = { nProcesses: 0 } as const;

/** Ends the run once it is written down how it ends. */
const dies: RunListener = (event) => {
  if (event.event === "stage" && event.name === "rename") throw new Error("died");
};

async function makeImage(path: string, seed: number): Promise<string> {
  return await writeImage(path, { shape: SHAPE, volumes: [randomVolume({ shape: SHAPE, seed }).intensity] });
}

/** Two images, and the run of one of them that dies before the names. */
async function inWindow(
  test: (paths: { folder: string; a: string; b: string; output: string }) => Promise<void>,
  options: CorrectOptions = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const [a, b] = [await makeImage(`${folder}/a.nii`, 1), await makeImage(`${folder}/b.nii`, 2)];
    const output = `${folder}/out.nii`;
    await assert.rejects(correctFile({ input: a, output, options: { ...QUICK, ...options }, listener: dies }), /died/);
    await test({ folder, a, b, output });
  });
}

const WAY = "go on as it was begun, or give option 'overwrite' without option 'resume' to begin anew";

Deno.test("another input, other options, another output, backend or model than the run that is done had are refused", () =>
  inWindow(async ({ folder, a, b, output }) => {
    const before = await contents(folder);
    const refused = async (input: string, options: CorrectOptions, what: RegExp) => {
      await assert.rejects(correctFile({ input, output, options: { ...QUICK, ...options, resume: true } }), (error) => {
        const { message } = error as Error;
        assert.match(
          message,
          /^Cannot go on with the run in \S+ as nothing that its result depends on may have changed/,
        );
        assert.match(message, what);
        assert.ok(message.endsWith(`(${WAY})`), message);
        return true;
      });
      assert.deepEqual(await contents(folder), before);
    };
    await refused(b, {}, /: input was changed at .*; the first or last bytes of input are others/);
    await refused(a, { nIterations: [9] }, /: option 'nIterations' was 4 3 and is 9/);
    await refused(a, { preset: undefined }, /: option 'preset' was mri and is left out/);
    await refused(a, { mask: b }, /: option 'mask' was left out and is \S+b.nii/);
    await refused(a, { saveMask: `${folder}/m.nii` }, /: option 'saveMask' was "?left out"? and is "\S+m.nii"/);
    await refused(a, { backend: "webgpu" }, /: the backend was "ts" and is "webgpu"/);
    // What it has by default may be said, a report asked for, and the machine be another.
    const report = `${folder}/r.json`;
    const options: CorrectOptions = { ...QUICK, strength: 1, report, backend: "cpu", nProcesses: 1, resume: true };
    await correctFile({ input: a, output, options });
    assert.deepEqual(JSON.parse(await Deno.readTextFile(report)).given.nIterations, [4, 3]);
    assert.deepEqual(Object.keys(await contents(folder)).toSorted(), ["a.nii", "b.nii", "out.nii", "r.json"]);
  }));

Deno.test("'overwrite' without 'resume' begins anew where the run that is done was of another image", () =>
  inWindow(async ({ folder, b, output }) => {
    await correctFile({ input: b, output, options: { ...QUICK, overwrite: true } });
    await correctFile({ input: b, output: `${folder}/wanted.nii`, options: QUICK });
    assert.deepEqual(await Deno.readFile(output), await Deno.readFile(`${folder}/wanted.nii`));
  }));

Deno.test("an output that appeared during the run is replaced by 'resume' with 'overwrite'", () =>
  inWindow(async ({ a, b, output }) => {
    await Deno.copyFile(b, output);
    const again = (overwrite: boolean) =>
      correctFile({ input: a, output, options: { ...QUICK, resume: true, overwrite } });
    await assert.rejects(again(false), /exists already/);
    await again(true);
    assert.notDeepEqual(await Deno.readFile(output), await Deno.readFile(b));
  }));

Deno.test("an input whose place an output has taken, or that is gone, is not compared", () =>
  inFolder(async (folder) => {
    const real = await makeImage(`${folder}/real.nii`, 1);
    await correctFile({ input: real, output: `${folder}/wanted.nii`, options: QUICK });
    const wanted = await Deno.readFile(`${folder}/wanted.nii`);
    const onNamed = () => Promise.reject(new Error("died"));
    const [link, chain, other] = [`${folder}/link.nii`, `${folder}/chain.nii`, `${folder}/other.nii`];
    await Deno.symlink(real, link);
    await Deno.symlink(link, chain);
    const ways = [
      { input: chain, output: link, options: { ...QUICK, overwrite: true } },
      { input: real, output: real, options: { ...QUICK, overwrite: true }, inPlace: true },
    ];
    for (const job of ways) {
      await assert.rejects(correctFile({ ...job, onNamed }), /died/);
      await correctFile({ ...job, options: { ...job.options, resume: true } });
      assert.deepEqual(await Deno.readFile(job.output), wanted);
    }
    const job = { input: await makeImage(`${folder}/gone.nii`, 1), output: other };
    await assert.rejects(correctFile({ ...job, options: QUICK, listener: dies }), /died/);
    await Deno.remove(job.input);
    await correctFile({ ...job, options: { ...QUICK, resume: true } });
    assert.deepEqual(await Deno.readFile(other), wanted);
  }));

Deno.test("apply refuses another model than that of the run that is done", () =>
  inFolder(async (folder) => {
    const input = await makeImage(`${folder}/a.nii`, 1);
    const models = [`${folder}/1.json`, `${folder}/2.json`];
    for (const [i, saveBiasModel] of models.entries()) {
      const options = { ...QUICK, nIterations: [i + 2], saveBiasModel };
      await correctFile({ input, output: `${folder}/${i}.nii`, options });
    }
    const job = { input, output: `${folder}/out.nii`, options: { ...OWN, backend: "ts" as const, resume: true } };
    await assert.rejects(applyFile({ ...job, model: models[0], listener: dies }), /died/);
    await assert.rejects(applyFile({ ...job, model: models[1] }), /^WriteError: Cannot go on .* of model are others/);
    await applyFile({ ...job, model: models[0] });
    assert.ok("out.nii" in await contents(folder));
  }));

Deno.test("the last step refuses another input than that of the run that is done", () =>
  inFolder(async (folder) => {
    const [input, other] = [await makeImage(`${folder}/a.nii`, 1), await makeImage(`${folder}/b.nii`, 2)];
    const { folder: run, record } = await planFile({ input, output: `${folder}/out.nii`, options: QUICK });
    for (const { name: stage, tasks, gather } of record.stages.slice(0, -1)) {
      for (let task = 0; task < tasks; task++) await stepFile({ stage, folder: run, options: { ...OWN, task } });
      if (gather) await stepFile({ stage: "gather", folder: run, options: { ...OWN, of: stage as "range" } });
    }
    const finish = { stage: "finish", folder: run, options: OWN };
    await assert.rejects(stepFile({ ...finish, listener: dies }), /died/);
    await assert.rejects(finishAgain({ ...finish, options: { ...OWN, input: other } }), /bytes of input are others/);
    assert.ok(await finishAgain(finish));
    assert.deepEqual(Object.keys(await contents(folder)).toSorted(), ["a.nii", "b.nii", "out.nii"]);
  }));

Deno.test("a dry run leaves a run that is done as it is", () =>
  inWindow(async ({ folder, a, output }) => {
    const before = await contents(folder);
    const options: CorrectOptions = { ...QUICK, resume: true, dryRun: true };
    assert.equal(await correctFile({ input: a, output, options }), undefined);
    assert.deepEqual(await contents(folder), before);
  }));

Deno.test("no output gets its name where another may not have its own", () =>
  inFolder(async (folder) => {
    const input = await makeImage(`${folder}/a.nii`, 1);
    const output = `${folder}/out.nii`;
    const options: CorrectOptions = { ...QUICK, saveBiasField: `${folder}/field.nii`, overwrite: true };
    await correctFile({ input, output, options });
    const field = Buffer.from(await Deno.readFile(`${folder}/field.nii`));
    const listener: RunListener = (event) => {
      if (event.event !== "stage" || event.name !== "rename" || event.state !== "started") return;
      Deno.removeSync(output);
      Deno.mkdirSync(output);
    };
    const job = { input, output, options: { ...options, nIterations: [2] } };
    await assert.rejects(correctFile({ ...job, listener }), /as a file may replace a file and nothing else/);
    assert.ok(field.equals(await Deno.readFile(`${folder}/field.nii`)));
    await Deno.remove(output);
    await correctFile({ ...job, options: { ...job.options, resume: true } });
    assert.ok(!field.equals(await Deno.readFile(`${folder}/field.nii`)));
    assert.deepEqual(Object.keys(await contents(folder)).toSorted(), ["a.nii", "field.nii", "out.nii"]);
  }));

Deno.test("an output that is gone from a run that is done is told, and the way out works", () =>
  inWindow(async ({ folder, a, output }) => {
    await Deno.remove(`${output}.partial/image.nii`);
    const job = { input: a, output, options: QUICK };
    await assert.rejects(correctFile({ ...job, options: { ...QUICK, resume: true } }), (error) => {
      const rule =
        /^Cannot finish \S+out.nii as \S+image.nii must be there: it is not \(give option 'overwrite' without/;
      assert.match((error as Error).message, rule);
      return true;
    });
    await correctFile({ ...job, options: { ...QUICK, overwrite: true } });
    assert.deepEqual(Object.keys(await contents(folder)).toSorted(), ["a.nii", "b.nii", "out.nii"]);
  }));
