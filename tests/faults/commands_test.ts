/**
 * The whole command while something around it fails: one sentence, an exit code, nothing that looks finished, no hang.
 */

import assert from "node:assert/strict";
import { commandOf, type CommandRun, contents, programs, run, runWell } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

/** Longest a command may take before it counts as hung; it takes a second or two. */
const WATCHDOG_MS = 120_000;

const WORDS = ["n4", "correct", "in.ome.zarr", "out.ome.zarr", "--backend", "ts", "--n-processes", "2"]
  .concat(["--shrink-factor", "1", "--control-points", "4", "--n-iterations", "5", "3"])
  .concat(["--convergence-threshold", "0", "--preset", "oct", "--mask-rules", "plain"]);

/** Makes the input, with samples enough for two threads to fit together, and what is to come of it. */
async function prepare(folder: string): Promise<Record<string, string>> {
  await writeImage(`${folder}/in.ome.zarr`, { shape: [24, 48, 48], chunk: [8, 24, 24] });
  await runWell(WORDS, { cwd: folder });
  return await contents(`${folder}/out.ome.zarr`);
}

/** Runs a command with a file of this folder loaded before it; ends it where it hangs. */
async function runWith(preload: string, words: readonly string[], cwd: string): Promise<CommandRun> {
  const file = `--preload=${new URL(preload, import.meta.url).href}`;
  const child = commandOf(words, { cwd, permissions: ["--no-check", "--allow-read", "--allow-write", file] }).spawn();
  let hung = false;
  const watchdog = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, WATCHDOG_MS);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(watchdog);
  assert.ok(!hung, `hung with ${preload}`);
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** The sentences of a command. */
function sentencesOf({ stderr }: CommandRun): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("n4: "));
}

/** Names in a folder but for the input. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.filter((name) => name !== "in.ome.zarr").sort();
}

/** Threads by what they do: their jobs, and after how many of these one of them is lost. */
const LOST: readonly [what: string, jobs: string, counts: readonly number[]][] = [
  ["that decodes, counts and encodes", "chunk|count|range|plane|mark|average", [0, 5, 40, 80]],
  ["that smooths, fits and divides", "smooth|fit|level|iterate|apply|correct", [0, 2, 5, 6, 7, 11, 17, 24]],
];

for (const [what, jobs, counts] of LOST) {
  programs.test(`a thread ${what} is lost at any moment: the command tells, ends, and can be gone on with`, () =>
    inFolder(async (folder) => {
      const wanted = await prepare(folder);
      let kept = 0;
      for (const count of counts) {
        await Deno.remove(`${folder}/out.ome.zarr`, { recursive: true });
        const ended = await runWith(`lost_worker.ts?${jobs}#${count}`, WORDS, folder);
        assert.equal(ended.code, 1, `${count} messages: ${ended.stderr}`);
        const [sentence, ...more] = sentencesOf(ended);
        assert.match(sentence, /^n4: Cannot go on as worker thread [01] has failed: Uncaught /);
        assert.deepEqual(more, []);
        const keeps = sentence.includes("is kept in out.ome.zarr.partial: '--resume'");
        assert.deepEqual(await namesIn(folder), keeps ? ["out.ome.zarr.partial"] : []);
        kept += keeps ? 1 : 0;
        await runWell([...WORDS, "--resume"], { cwd: folder });
        assert.deepEqual(await contents(`${folder}/out.ome.zarr`), wanted);
      }
      assert.ok(kept > 0 && kept < counts.length, `before a first step and after one: ${kept} of ${counts.length}`);
    }));
}

programs.test("a clock that goes back changes no voxel and no duration", () =>
  inFolder(async (folder) => {
    const wanted = await prepare(folder);
    await Deno.remove(`${folder}/out.ome.zarr`, { recursive: true });
    const ended = await runWith("clock_back.ts", [...WORDS, "--report", "run.json"], folder);
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(await contents(`${folder}/out.ome.zarr`), wanted);
    const text = await Deno.readTextFile(`${folder}/run.json`);
    const report = JSON.parse(text);
    assert.match(report.finished, /^200[01]-/, "the clock of the test was asked");
    const seconds = [...text.matchAll(/"\w*[sS]econds": ([-\d.e]+)/g)].map(([, value]) => Number(value));
    assert.ok(seconds.length > 5 && seconds.every((value) => value >= 0 && value < 600), `${seconds}`);
  }));

programs.test("of three runs into one output at once one does the work, the others are told", () =>
  inFolder(async (folder) => {
    const wanted = await prepare(folder);
    for (const more of [[], ["--overwrite"], ["--resume"]]) {
      if (more[0] !== "--overwrite") await Deno.remove(`${folder}/out.ome.zarr`, { recursive: true });
      const runs = await Promise.all([1, 2, 3].map(() => run([...WORDS, ...more], { cwd: folder })));
      assert.ok(runs.some(({ code }) => code === 0), runs.map(({ stderr }) => stderr).join(""));
      for (const ended of runs.filter(({ code }) => code !== 0)) {
        assert.equal(ended.code, 1, ended.stderr);
        const told = /^n4: Cannot write out\.ome\.zarr as (another run is at work in |it exists already)/;
        assert.match(sentencesOf(ended).join(), told);
      }
      assert.deepEqual(await contents(`${folder}/out.ome.zarr`), wanted);
      assert.deepEqual(await namesIn(folder), ["out.ome.zarr"]);
    }
  }));

programs.test("'--resume' is advised only where it goes on: not with an input that has changed, nor with other options", () =>
  inFolder(async (folder) => {
    await writeImage(`${folder}/in.nii`, { shape: [8, 8, 8] });
    const words = ["n4", "correct", "in.nii", "out.nii", "--backend", "ts", "--n-processes", "0", "--quiet"];
    const changed = await runWith("changed_input.ts?in.nii#steps/histogram", words, folder);
    const [sentence] = sentencesOf(changed);
    assert.match(
      sentence,
      /^n4: Cannot use what was read of \S+in.nii as .*; what was done before is kept in out.nii.partial: /,
    );
    assert.ok(sentence.endsWith(": '--overwrite' begins anew"), sentence);
    const refused = await run([...words, "--resume"], { cwd: folder });
    assert.match(refused.stderr, /^n4: Cannot go on with the run in out.nii.partial as nothing that its result /);
    assert.ok(
      refused.stderr.trimEnd().endsWith("or give '--overwrite' without '--resume' to begin anew)"),
      refused.stderr,
    );
    await runWell([...words, "--overwrite"], { cwd: folder });
  }));
