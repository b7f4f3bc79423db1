/** A stack cut into tasks: the bytes of one `n4 correct`, on this machine and on SLURM, whatever is killed, done twice at once or lost. */

import assert from "node:assert/strict";
import { contents } from "../helpers/command.ts";
import { expected, inSetting, type Setting, SMALL } from "./setting.ts";
import { startSlurm } from "./slurm.ts";

/** Cuts every stage into three, on chunks small enough for that. */
const PIECES = [...SMALL, "--tasks", "3", "--task_processes", "1", "--task_memory", "1 GB"];
const CHUNKS = ["--chunk-shape", "4", "20", "22"];

/** Every stage of a run with the module's options. */
const STAGES = ["range", "histogram", "mask", "profile", "section", "global", "apply", "pyramid", "finish"];

/** Runs the pipeline. */
async function correct(
  setting: Setting,
  words: readonly string[],
  { n4 = setting.n4, env = {} }: { n4?: string; env?: Readonly<Record<string, string>> } = {},
) {
  const chunks = `${setting.folder}/chunks.config`;
  await Deno.writeTextFile(chunks, `process { withName: 'n4_plan' { ext.args = '${CHUNKS.join(" ")}' } }\n`);
  const all = ["-c", chunks, "--input", setting.stack, "--n4", n4, ...PIECES, ...words];
  return await setting.nextflow("launch", "main.nf", all, env);
}

/** The corrected stack's files; nothing but the report lies beside it. */
async function result({ folder }: Setting): Promise<Record<string, string>> {
  const corrected = `${folder}/launch/results/corrected`;
  const names = (await Array.fromAsync(Deno.readDir(corrected))).map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ["sub-01.ome.zarr", "sub-01_n4.json"]);
  return await contents(`${corrected}/sub-01.ome.zarr`);
}

/** A command that is n4, but kills itself in the midst of the first task that it meets of every stage named. */
async function killedOnce({ folder, n4 }: Setting, stages: readonly string[]): Promise<string> {
  await Deno.mkdir(`${folder}/killed`);
  const script = `#!/bin/bash
case " ${stages.join(" ")} " in *" $2 "*)
  if [ "$1" = step ] && mkdir ${folder}/killed/"$2" 2>/dev/null; then
    ${n4} "$@" &
    sleep 0.4
    kill -9 $!
    kill -9 $$
  fi;;
esac
exec ${n4} "$@"
`;
  await Deno.writeTextFile(`${folder}/n4-killed`, script, { mode: 0o755 });
  return `${folder}/n4-killed`;
}

Deno.test("on SLURM, a stack in tasks gives the bytes of one n4 correct; tasks that the system ended are tried again", () =>
  inSetting(async (setting) => {
    await Deno.mkdir(`${setting.folder}/slurm`);
    await using slurm = await startSlurm(`${setting.folder}/slurm`);
    const n4 = await killedOnce(setting, ["mask", "apply"]);
    const { code, text } = await correct(setting, ["-profile", "slurm", "-c", slurm.config], { ...slurm, n4 });
    assert.equal(code, 0, text);
    for (const stage of ["range", "apply"]) {
      assert.equal(text.match(new RegExp(` Submitted process > \\S+${stage}:n4_step`, "g"))?.length, 3, text);
    }
    assert.equal(text.match(/Execution is retried/g)?.length, 2, text);
    assert.deepEqual(await result(setting), await expected(setting, CHUNKS));
  }));

Deno.test("with a task killed in every stage and a result lost, runs that are resumed give the same bytes", () =>
  inSetting(async (setting) => {
    const n4 = await killedOnce(setting, STAGES);
    const resume = () => correct(setting, ["--retries", "0", "-resume"], { n4 });
    for (const stage of STAGES) {
      const { code, text } = await resume();
      assert.equal(code, 1, text);
      assert.match(text, /terminated with an error exit status \(137\)/, stage);
      if (stage === "section") await loseResult(setting, resume);
    }
    const killed = (await Array.fromAsync(Deno.readDir(`${setting.folder}/killed`))).map(({ name }) => name);
    assert.deepEqual(killed.toSorted(), STAGES.toSorted());
    const { code, text } = await resume();
    assert.equal(code, 0, text);
    assert.match(text, /Cached process > correct_in_pieces:n4_plan/);
    assert.deepEqual(await result(setting), await expected(setting, CHUNKS));
  }));

/** Takes away what a task needs, and sees that the run ends with a sentence that names the command which makes it; puts it back. */
async function loseResult({ folder }: Setting, resume: () => ReturnType<typeof correct>): Promise<void> {
  const result = `${folder}/launch/results/corrected/sub-01.ome.zarr.partial/steps/histogram`;
  await Deno.rename(result, `${folder}/lost`);
  const { code, text } = await resume();
  assert.equal(code, 1, text);
  const needed =
    /n4: Cannot do step 'section' in '.*' as an earlier one must be done: run 'n4 step gather .* --of histogram' first/;
  assert.match(text, needed);
  await Deno.rename(`${folder}/lost`, result);
}

Deno.test("every task done by two at once leaves the same bytes", () =>
  inSetting(async (setting) => {
    const { folder, stack, runN4 } = setting;
    const options = [
      "--preset",
      "linumpy",
      "--n-serial-slices",
      "6",
      "--backend",
      "ts",
      "--n-processes",
      "1",
      ...CHUNKS,
    ];
    const plan = await runN4(["plan", stack, `${folder}/out.ome.zarr`, ...options, "--tasks", "2", "--json"]);
    const { stages } = JSON.parse(plan) as { stages: { name: string; tasks: number; gather: boolean }[] };
    const step = (...words: string[]) => runN4(["step", ...words, "--n-processes", "1"]);
    const run = `${folder}/out.ome.zarr.partial`;
    for (const { name, tasks, gather } of stages.filter(({ name }) => name !== "finish")) {
      for (let i = 0; i < tasks; i++) {
        await Promise.all([step(name, run, "--task", `${i}`), step(name, run, "--task", `${i}`)]);
      }
      if (gather) await Promise.all([step("gather", run, "--of", name), step("gather", run, "--of", name)]);
    }
    await step("finish", run);
    await runN4(["correct", stack, `${folder}/once.ome.zarr`, ...options, "--quiet"]);
    assert.deepEqual(await contents(`${folder}/out.ome.zarr`), await contents(`${folder}/once.ome.zarr`));
  }));
