/** The programs of docs/library.md and of the README, type-checked and run in a folder outside of the repository. */
import assert from "node:assert/strict";
import { programs, ROOT } from "../helpers/command.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { programsIn, readPage } from "./pages.ts";

const HEAD = [16, 32, 32] as const;
const STACK = [8, 64, 64] as const;

/** The images that the programs name. */
async function writeInputs(folder: string): Promise<void> {
  await writeImage(`${folder}/head.nii.gz`, { shape: HEAD });
  await writeImage(`${folder}/brain.nii.gz`, { shape: HEAD, volumes: [new Float32Array(16 * 32 * 32).fill(1)] });
  const volumes = [octStack({ shape: STACK, seed: 3, sections: 2 })];
  await writeImage(`${folder}/stack.ome.zarr`, { shape: STACK, volumes, chunk: [4, 32, 32] });
}

/** Runs Deno in a folder. @returns what it prints. */
async function deno(cwd: string, ...args: string[]): Promise<string> {
  const start = { args, cwd, env: { NO_COLOR: "1" } };
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), start).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

programs.test("the programs of docs/library.md and the README do what they say, beside a clone, and their types hold", () =>
  inFolder(async (folder) => {
    await Deno.symlink(ROOT.slice(0, -1), `${folder}/n4`);
    const own = `${folder}/own`;
    await Deno.mkdir(own);
    await writeInputs(own);
    const [file, array, stack, model, page] = programsIn(await readPage("docs/library.md"));
    const [readme] = programsIn(await readPage("README.md"));
    // The README's writes where the first one does.
    const all = { file, array, stack, model, readme: readme.replaceAll("corrected.nii.gz", "readme.nii.gz"), page };
    for (const [name, text] of Object.entries(all)) await Deno.writeTextFile(`${own}/${name}.ts`, text);
    await deno(own, "check", "--quiet", ...Object.keys(all).map((name) => `${name}.ts`));
    // Another configuration than ours must do as well.
    await Deno.writeTextFile(`${own}/deno.json`, "{}");
    const run = ["file", "array", "stack", "model", "readme"].map((name) => `await import("./${name}.ts");`);
    await Deno.writeTextFile(`${own}/all.ts`, run.join("\n"));
    const said = await deno(own, "run", "--no-prompt", "--no-check", "--allow-read", "--allow-write=.", "all.ts");
    assert.match(said, /samples on \d+ worker threads?\n/);
    assert.match(said, /^kept: corrected\.ome\.zarr\.partial\ncorrected\.ome\.zarr$/m);
    assert.match(said, /^fitted on 16 x 32 x 32 voxels, mean of the field \d/m);
    const corrected = await readImage(`${own}/corrected.nii.gz`);
    assert.deepEqual(await readImage(`${own}/again.nii.gz`), corrected);
    assert.deepEqual(await readImage(`${own}/readme.nii.gz`), corrected);
    assert.ok((await readImage(`${own}/corrected.ome.zarr`)).every(Number.isFinite));
  }));
