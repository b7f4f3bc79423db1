/** The library is imported by path from a folder outside of the repository, which has a configuration of its own or none. */

import assert from "node:assert/strict";
import { programs, ROOT } from "../helpers/command.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const PROGRAM = `
import { correctArray, correctFile } from "${ROOT}mod.ts";

await correctFile({ input: "in.nii", output: "out.nii", options: { preset: "mri", backend: "ts", nProcesses: 0 } });

const data = new Float32Array(8 * 10 * 12).map((_, i) => 100 + i % 12);
const { corrected } = await correctArray(data, { shape: [8, 10, 12], backend: "ts", nProcesses: 0 });
console.log(corrected.every((value) => value > 90 && value < 120));
`;

/** Runs Deno on the program. @returns what it prints. */
async function deno(folder: string, ...args: string[]): Promise<string> {
  const start = {
    args: [...args, "program.ts"],
    cwd: folder,
    env: { NO_COLOR: "1" },
  };
  const { success, stdout, stderr } = await new Deno.Command(
    Deno.execPath(),
    start,
  ).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function runProgram(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/program.ts`, PROGRAM);
  await writeImage(`${folder}/in.nii`, { shape: [8, 10, 12] });
  assert.equal(
    await deno(
      folder,
      "run",
      "--no-prompt",
      "--allow-read=.",
      "--allow-write=.",
    ),
    "true\n",
  );
  assert.ok((await readImage(`${folder}/out.nii`)).every(Number.isFinite));
}

programs.test("a program in a folder without a configuration corrects a file and an array, and its types hold", () =>
  inFolder(async (folder) => {
    await runProgram(folder);
    await deno(folder, "check");
  }));

programs.test("a program in a folder with a configuration of its own corrects a file and an array", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    await runProgram(folder);
  }));
