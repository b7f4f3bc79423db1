/** The module through Nextflow itself: n4's bytes, linumpy's files, and no harm to an input that bears the output's name. */

import assert from "node:assert/strict";
import { contents } from "../helpers/command.ts";
import { runTool } from "./processes.ts";
import { expected, inSetting, type Setting, SMALL } from "./setting.ts";
import { startSlurm } from "./slurm.ts";

/** The task folder that a published file's link leads to. */
async function taskFolder(published: string): Promise<string> {
  const path = await Deno.realPath(published);
  return path.slice(0, path.lastIndexOf("/"));
}

async function run(setting: Setting, launch: string, words: readonly string[], env?: Record<string, string>) {
  const all = ["--input", setting.stack, "--n4", setting.n4, ...SMALL, ...words];
  const { code, text } = await setting.nextflow(launch, "main.nf", all, env);
  assert.equal(code, 0, text);
  return { text, results: `${setting.folder}/${launch}/results/correct_bias_field` };
}

Deno.test("the module corrects to the bytes of n4 correct, with linumpy's files beside, and the input of the same name is as it was", () =>
  inSetting(async (setting) => {
    const before = await contents(setting.stack);
    const { results } = await run(setting, "launch", []);
    const published = (await Array.fromAsync(Deno.readDir(results))).map(({ name }) => name).toSorted();
    assert.deepEqual(published, ["sub-01.ome.zarr.zip", "sub-01_n4.json", "versions.yml"]);
    const task = await taskFolder(`${results}/sub-01.ome.zarr.zip`);
    const result = await contents(`${task}/sub-01.ome.zarr`);
    assert.deepEqual(result, await expected(setting));
    await runTool("python3", ["-m", "zipfile", "-e", `${results}/sub-01.ome.zarr.zip`, `${setting.folder}/unpacked`]);
    assert.deepEqual(await contents(`${setting.folder}/unpacked/sub-01.ome.zarr`), result, "the zip holds the same");
    assert.match(
      await Deno.readTextFile(`${results}/versions.yml`),
      /^"correct_bias_field:n4_correct":\n {4}n4: \d+\.\d+\.\d+\n$/,
    );
    const { tool, options } = JSON.parse(await Deno.readTextFile(`${results}/sub-01_n4.json`));
    assert.equal(tool, "n4");
    const own = { histogramMatch: true, zprofileEqualize: false, zeroOutsideMask: true, zeroMaskMode: "section" };
    for (const [name, value] of Object.entries(own)) assert.equal(options[name], value, name);
    assert.equal(options.zeroMaskDilatePx, 0);
    assert.deepEqual(await contents(setting.stack), before);
  }));

Deno.test("a table names stacks; a stub run makes every file without correcting", () =>
  inSetting(async (setting) => {
    const table = `${setting.folder}/stacks.csv`;
    await Deno.writeTextFile(table, `subject,image,sections\nmouse,${setting.stack},6\nrat,${setting.stack},\n`);
    const { results } = await run(setting, "launch", ["-stub-run", "--input", table]);
    const published = (await Array.fromAsync(Deno.readDir(results))).map(({ name }) => name).toSorted();
    const each = (subject: string) =>
      [".ome.zarr.zip", ".png", "_annotated.png", "_n4.json"].map((end) => subject + end);
    assert.deepEqual(published, [...each("mouse"), ...each("rat"), "versions.yml"]);
  }));

Deno.test("without a fit the module matches, levels and masks by linumpy's parameters of today", () =>
  inSetting(async (setting) => {
    const parameters = [
      ...["--correct_bias_field", "false", "--bias_histogram_match", "false", "--bias_zprofile_equalize", "true"],
      ...["--bias_zero_mask_mode", "silhouette", "--bias_zero_mask_dilate_px", "2"],
    ];
    const { results } = await run(setting, "launch", parameters);
    const task = await taskFolder(`${results}/sub-01.ome.zarr.zip`);
    const words = [
      ...["--mode", "mask_only", "--no-histogram-match", "--zprofile-equalize"],
      ...["--zero-mask-mode", "silhouette", "--zero-mask-dilate-px", "2"],
    ];
    assert.deepEqual(await contents(`${task}/sub-01.ome.zarr`), await expected(setting, words));
  }));

Deno.test("a task that needs more memory than it was given is tried again with twice as much, until it has enough", () =>
  inSetting(async (setting) => {
    const { results } = await run(setting, "launch", ["--bias_memory", "40 MB", "-with-trace", "trace.txt"]);
    const [header, ...rows] = (await Deno.readTextFile(`${setting.folder}/launch/trace.txt`)).trim().split("\n");
    const exits = rows.map((row) => row.split("\t")[header.split("\t").indexOf("exit")]);
    assert.ok(exits.length >= 2, "one attempt was not enough");
    assert.deepEqual(exits, [...exits.slice(1).map(() => "3"), "0"]);
    const { options } = JSON.parse(await Deno.readTextFile(`${results}/sub-01_n4.json`));
    assert.equal(options.memoryLimit, Math.floor(40 * 2 ** 20 * 2 ** (exits.length - 1) * 0.9));
  }));

Deno.test("on SLURM the module gives the same bytes, and the GPU that SLURM assigns stays assigned", () =>
  inSetting(async (setting) => {
    await Deno.mkdir(`${setting.folder}/slurm`);
    await using slurm = await startSlurm(`${setting.folder}/slurm`);
    const { results } = await run(setting, "launch", ["-profile", "slurm,gpu", "-c", slurm.config], slurm.env);
    const task = await taskFolder(`${results}/sub-01.ome.zarr.zip`);
    assert.match(await Deno.readTextFile(`${task}/.command.out`), /^GPU: as assigned, CUDA_VISIBLE_DEVICES=[01]$/m);
    assert.match(await Deno.readTextFile(`${task}/.command.run`), /^#SBATCH --gres=gpu:1$/m);
    assert.deepEqual(await contents(`${task}/sub-01.ome.zarr`), await expected(setting));
  }));
