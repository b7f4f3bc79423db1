/** Surroundings that programs do not expect: each leads to one sentence before any work, or to the result of any other run. */

import assert from "node:assert/strict";
import { type CommandRun, contents, programs, ROOT } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const N4 = `"${Deno.execPath()}" run --no-prompt --allow-read --allow-write "${ROOT}scripts/n4.ts"`;
const FAST = "--preset mri --n-iterations 2 --backend ts --n-processes 2";

/** Longest that a command may take before it counts as waiting for ever. */
const WATCHDOG_SECONDS = 120;

/** Runs a line of a shell, in which `n4` is the command, and ends it where it hangs. */
async function shell(line: string, cwd: string): Promise<CommandRun> {
  const text = `n4() { timeout -s KILL ${WATCHDOG_SECONDS} ${N4} "$@"; }\n${line}`;
  const options: Deno.CommandOptions = { args: ["-c", text], cwd, env: { NO_COLOR: "1" }, stdin: "null" };
  const { code, stdout, stderr } = await new Deno.Command("bash", options).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** A folder with images, a pipe, and a folder that may not be written to. */
function inPlace(check: (folder: string) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      await writeImage(`${folder}/in.nii`, { shape: [8, 10, 12] });
      await writeImage(`${folder}/in.ome.zarr`, { shape: [8, 10, 12], chunk: [4, 5, 6] });
      await shell("mkfifo pipe; cp in.nii pair.hdr; mkfifo pair.img; mkfifo in.ome.zarr/.zattrs", folder);
      await check(folder);
    });
}

const NO_FILE = /^n4: Cannot open '\S*' as it must be a file or a folder: it is a pipe or device$/m;
const OF_THE_SYSTEM = /^n4: Cannot read \S+ as it is of the system's, not a file of a disk$/m;

/** What is no file, wherever one is read. */
const NO_FILES: readonly (readonly [words: string, says: RegExp])[] = [
  ["info pair.img", NO_FILE],
  ["info /dev/stdin", OF_THE_SYSTEM],
  [`correct in.nii out.nii ${FAST} --mask pipe`, NO_FILE],
  [`correct in.nii out.nii ${FAST} --initial-model pipe`, NO_FILE],
  ["correct in.nii out.nii --from-report /dev/zero", NO_FILE],
];

programs.test(
  "what is no file is refused wherever one is read, and nobody waits for it",
  inPlace(async (folder) => {
    for (const [words, says] of NO_FILES) {
      const { code, stderr } = await shell(`n4 ${words}`, folder);
      assert.match(stderr, says, words);
      assert.equal(code, 1, words);
    }
    assert.equal((await shell("ls -d out* *.partial", folder)).stdout, "");
  }),
);

/** Surroundings that must not matter; the address space is what V8 reserves, far more than the memory that is used. */
const BARE = "ulimit -n 64; ulimit -v 100000000; " +
  "env -u HOME TMPDIR=/nonexistent LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Nowhere/at_all";

programs.test(
  "no home, no folder for temporary files, an odd locale and few open files change nothing",
  inPlace(async (folder) => {
    const run = async (words: string, out: string) => {
      const { code, stderr } = await shell(`${words} correct in.ome.zarr ${out} ${FAST}`, folder);
      assert.equal(code, 0, stderr);
      const { "zarr.json": options, ...chunks } = await contents(`${folder}/${out}`);
      assert.ok(options);
      return chunks;
    };
    assert.deepEqual(await run(`${BARE} ${N4}`, "bare.ome.zarr"), await run("n4", "out.ome.zarr"));
  }),
);

programs.test(
  "more worker threads than open files allow are not started, and the user is warned",
  inPlace(async (folder) => {
    const words = `${N4} correct in.nii out.nii ${FAST.replace("--n-processes 2", "--n-processes 24")}`;
    const { code, stderr } = await shell(`ulimit -n 64; ${words}`, folder);
    assert.match(stderr, /^Warning: Worker threads are \d instead of 24, as this process may open few files/m);
    assert.equal(code, 0, stderr);
  }),
);

/** Lets a superuser run a command without permission to write where its owner may not. */
const AS_USER = Deno.uid() === 0 ? "setpriv --bounding-set=-dac_override --inh-caps=-dac_override" : "";

/** Outputs into a folder that may not be written to. */
const READ_ONLY: readonly string[] = [
  "correct in.nii locked/in.nii --overwrite",
  "correct in.nii out.nii --report locked/o.json",
  "correct in.nii --output-folder locked --overwrite",
  "correct in.nii --output-folder locked/below",
];

programs.test(
  "a folder that may not be written to is named before any work",
  inPlace(async (folder) => {
    await Deno.mkdir(`${folder}/locked`);
    await Deno.copyFile(`${folder}/in.nii`, `${folder}/locked/in.nii`);
    await Deno.chmod(`${folder}/locked`, 0o555);
    const before = await contents(`${folder}/locked`);
    for (const words of READ_ONLY) {
      const { code, stderr } = await shell(`${AS_USER} ${N4} ${words} ${FAST}`, folder);
      assert.match(stderr, /^n4: Cannot write locked\/\S+ as its folder does not let this user write to it$/m, words);
      assert.doesNotMatch(stderr, /^Fitted/m, words);
      assert.equal(code, 1, words);
    }
    assert.deepEqual(await contents(`${folder}/locked`), before);
    assert.equal((await shell("ls -d out* *.partial", folder)).stdout, "");
  }),
);

programs.test(
  "a working directory that is gone is told",
  inPlace(async (folder) => {
    const { code, stderr } = await shell(`mkdir gone; cd gone; rmdir ../gone; n4 info ${folder}/in.nii`, folder);
    assert.match(stderr, /^error: could not read current working directory/m);
    assert.equal(code, 1);
  }),
);
