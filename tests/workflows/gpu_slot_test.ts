/** GPUs are taken by one shell at a time, given back however a shell ends, and never taken from who has one assigned. */

import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { until } from "./processes.ts";

const HELPER = `${ROOT}workflows/modules/correct_bias_field/gpu_slot.sh`;

/** A shell as Nextflow starts one, with the helper read in. */
function shell(folder: string, script: string, env: Readonly<Record<string, string>> = {}): Deno.ChildProcess {
  return new Deno.Command("bash", {
    args: ["-ue", "-o", "pipefail", "-c", `source '${HELPER}'\n${script}`],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", N4_GPU_SLOTS: `${folder}/slots`, ...env },
    cwd: folder,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function textOf(process: Deno.ChildProcess): Promise<string> {
  const { success, stdout, stderr } = await process.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

Deno.test("ten shells share three GPUs: no two have one at once, all three are used, everybody gets one", () =>
  inFolder(async (folder) => {
    // A folder can be made once: making the one of a GPU that somebody else has fails the shell.
    const script = (number: number) =>
      `take_gpu_slot 3\nmkdir held-$CUDA_VISIBLE_DEVICES\ntouch holds-${number}
       until [ -e free-${number} ]; do sleep 0.05; done\nrmdir held-$CUDA_VISIBLE_DEVICES`;
    const shells = Array.from({ length: 10 }, (_, number) => textOf(shell(folder, script(number))));
    const waiting = new Set(shells.keys());
    while (waiting.size > 0) {
      let holders: number[] = [];
      await until("all GPUs are taken", async () => {
        const holds = await Promise.all([...waiting].map((number) => exists(`${folder}/holds-${number}`)));
        holders = [...waiting].filter((_, at) => holds[at]);
        return holders.length === Math.min(3, waiting.size);
      });
      for (const number of holders) await Deno.writeTextFile(`${folder}/free-${number}`, "");
      holders.forEach((number) => waiting.delete(number));
    }
    const texts = await Promise.all(shells);
    const taken = texts.map((text) => /^GPU: CUDA_VISIBLE_DEVICES=(\d)$/m.exec(text)?.[1]);
    assert.deepEqual([...new Set(taken)].toSorted(), ["0", "1", "2"]);
    for (const slot of ["0", "1", "2"]) {
      const count = taken.filter((each) => each === slot).length;
      assert.ok(count >= 2 && count <= 5, `GPU ${slot} was taken ${count} times of 10`);
    }
  }));

Deno.test("a shell that is killed gives its GPU back; one that still has a program on it does not", () =>
  inFolder(async (folder) => {
    const killed = shell(folder, "take_gpu_slot 1\ntouch ready\nexec sleep 60");
    await until("the first shell has its GPU", () => exists(`${folder}/ready`));
    const next = shell(folder, "take_gpu_slot 1\ntouch taken");
    const looked = { args: ["--nonblock", `${folder}/slots/queue`, "true"] };
    await until(
      "the next shell looks for one",
      async () => !(await new Deno.Command("flock", looked).output()).success,
    );
    assert.equal(await exists(`${folder}/taken`), false, "while the first one lives, its GPU is not free");
    killed.kill("SIGKILL");
    await killed.output();
    await textOf(next);
    assert.ok(await exists(`${folder}/taken`));

    await Deno.remove(`${folder}/taken`);
    const program = "sh -c 'sleep 1; touch program-ended'";
    const parent = shell(folder, `take_gpu_slot 1\n${program} >/dev/null 2>&1 & touch started\nwait`);
    await until("the program runs", () => exists(`${folder}/started`));
    parent.kill("SIGKILL");
    await parent.output();
    await textOf(shell(folder, "take_gpu_slot 1\ntest -e program-ended"));
  }));

Deno.test("a shell can give its GPU back before it ends", () =>
  inFolder(async (folder) => {
    const wait = "timeout 60 sh -c 'until [ -e second-done ]; do sleep 0.1; done'";
    const first = shell(folder, `take_gpu_slot 1\nrelease_gpu_slot\ntouch given\n${wait}`);
    await until("it is given back", () => exists(`${folder}/given`));
    await textOf(shell(folder, "take_gpu_slot 1\ntouch second-done"));
    assert.doesNotMatch(await textOf(first), /assigned/);
  }));

Deno.test("an assignment of the user's or SLURM's stays as it is, and takes no slot", () =>
  inFolder(async (folder) => {
    const script = 'take_gpu_slot 2\necho "after: [${CUDA_VISIBLE_DEVICES-not set}]"\nrelease_gpu_slot';
    const cases: [Record<string, string>, string][] = [
      [{ CUDA_VISIBLE_DEVICES: "5" }, "5"],
      [{ CUDA_VISIBLE_DEVICES: "" }, ""],
      [
        { CUDA_VISIBLE_DEVICES: "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6" },
        "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6",
      ],
      [{ SLURM_JOB_GPUS: "3" }, "not set"],
    ];
    for (const [env, expected] of cases) {
      const lines = (await textOf(shell(folder, script, env))).trimEnd().split("\n");
      assert.equal(lines.at(-1), `after: [${expected}]`);
    }
    assert.equal(await exists(`${folder}/slots`), false);
  }));

Deno.test("locks in a folder that is a link, which may lead to another user's, are refused", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.symlink("elsewhere", `${folder}/slots`);
    const { code, stderr } = await shell(folder, "take_gpu_slot 1").output();
    assert.notEqual(code, 0);
    assert.match(new TextDecoder().decode(stderr), /Cannot take a GPU as the folder of its locks must be one's own/);
  }));
