/** A process that takes more memory than it may: told once it is done, with both numbers. */
import assert from "node:assert/strict";
import type { RunReport } from "../../src/report/run_report.ts";
import { programs, ROOT } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

/** Corrects an image in a process of its own, which fills 300 MiB before the run or in one of its stages. */
async function correctBeside(input: string, limit: string, when: "before" | "opening" | "apply"): Promise<RunReport> {
  const program = `
    import { correctFile } from "${ROOT}src/commands/correct.ts";
    let kept;
    const fill = () => kept ??= new Uint8Array(300 * 2 ** 20).fill(1);
    if ("${when}" === "before") fill();
    const report = await correctFile({
      input: "${input}",
      output: "${input}.out.nii",
      options: { backend: "ts", nProcesses: 0, nIterations: [2], overwrite: true, memoryLimit: "${limit}" },
      listener: ({ event, name }) => event === "stage" && name === "${when}" && fill(),
    });
    console.log(JSON.stringify(report));`;
  // A program has the peak of whoever starts it: of a shell that stays, not of this process, in which many tests run.
  const args = ["-c", '"$@"; exit $?', "sh", Deno.execPath(), "eval", program];
  const { stdout, stderr } = await new Deno.Command("sh", { args, cwd: ROOT }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

programs.test("more memory than --memory-limit is a warning, unless the process had taken it before the run", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, { shape: [8, 10, 12] });
    for (const stage of ["opening", "apply"] as const) {
      const { warnings, peakMemoryBytes } = await correctBeside(input, "320MiB", stage);
      const [, told] = /^The process took (\d+) MiB of memory, more than the 320 MiB of option 'memoryLimit'/
        .exec(warnings.join()) ?? [];
      assert.ok(Number(told) > 320 && Number(told) <= Math.ceil(peakMemoryBytes / 2 ** 20), warnings.join());
    }
    assert.deepEqual((await correctBeside(input, "320MiB", "before")).warnings, []);
    assert.deepEqual((await correctBeside(input, "1GiB", "apply")).warnings, []);
  }));
