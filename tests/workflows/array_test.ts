/** The array template on a real SLURM, without Nextflow. */

import assert from "node:assert/strict";
import { contents, ROOT } from "../helpers/command.ts";
import { runTool } from "./processes.ts";
import { inSetting } from "./setting.ts";
import { startSlurm } from "./slurm.ts";

Deno.test("an array job corrects every stack of a list, and a task without enough memory ends with exit code 3", () =>
  inSetting(async ({ folder, stack, n4, runN4 }) => {
    await Deno.mkdir(`${folder}/slurm`);
    await using slurm = await startSlurm(`${folder}/slurm`);
    const start = { cwd: folder, env: { ...slurm.env, N4: n4 } };
    await Deno.copyFile(`${ROOT}workflows/slurm/correct_array.sh`, `${folder}/correct_array.sh`);
    await runTool("cp", ["-r", stack, `${folder}/sub-02.ome.zarr`]);
    await Deno.writeTextFile(`${folder}/stacks.txt`, `${stack}\n${folder}/sub-02.ome.zarr\n`);
    const options = ["--preset", "oct", "--n-serial-slices", "6", "--backend", "ts", "--quiet"];
    const size = (memory: string) => ["--wait", "--cpus-per-task=1", `--mem=${memory}`];
    const words = (results: string) => ["correct_array.sh", "stacks.txt", `${folder}/${results}`, ...options];
    await runTool("sbatch", [...size("1G"), "--array=1-2", ...words("results")], start);
    await runN4(["correct", stack, "expected.ome.zarr", ...options]);
    const expected = await contents(`${folder}/expected.ome.zarr`);
    assert.deepEqual(await contents(`${folder}/results/sub-01.ome.zarr`), expected);
    assert.deepEqual(await contents(`${folder}/results/sub-02.ome.zarr`), expected);

    const args = [...size("20M"), "--array=1", ...words("refused")];
    const { code } = await new Deno.Command("sbatch", { args, ...start, stdout: "null" }).output();
    assert.equal(code, 3);
  }));
