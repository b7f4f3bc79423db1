/** A run that dies at any call that creates, renames or removes something, and is resumed: the files of an undisturbed run, and nothing else. */
import assert from "node:assert/strict";
import { applyFile } from "../../src/commands/apply.ts";
import { correctFile } from "../../src/commands/correct.ts";
import { contents } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { dieAt } from "../helpers/mortal.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const SHAPE = [6, 8, 10] as const;

/** What is compared: report and page tell times. */
async function outputsIn(folder: string): Promise<Record<string, string>> {
  const found = await contents(folder);
  for (const name of ["run.json", "page.html"]) if (name in found) found[name] = "there";
  return found;
}

async function clear(folder: string, kept: readonly string[]): Promise<void> {
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (!kept.includes(name)) await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}

/** Lets a run die at every call, then resumes it. */
async function dieEverywhere(
  folder: string,
  run: (options: { readonly resume?: boolean; readonly overwrite?: boolean }) => Promise<unknown>,
  replaces: boolean,
): Promise<void> {
  const kept = [...Deno.readDirSync(folder)].map(({ name }) => name);
  await run({});
  const wanted = await outputsIn(folder);
  for (let call = 0;; call++) {
    await clear(folder, kept);
    if (replaces) await run({});
    if (!await dieAt(call, () => run({ overwrite: replaces }))) return assert.ok(call > 20, `${call} calls`);
    const left = await contents(folder);
    const [partial] = Object.keys(left).filter((name) => /^out[^/]*\.partial$/.test(name));
    const isEmpty = partial === undefined || !Object.keys(left).some((name) => name.startsWith(`${partial}/`));
    await run({ resume: true, overwrite: replaces }).catch(async (error) => {
      // Of a run that had ended nothing but the empty folder was left, which tells nothing.
      const isDone = /exists already/.test(error.message) && isEmpty;
      if (!isDone) throw new Error(`died at call ${call}`, { cause: error });
      if (partial !== undefined) await Deno.remove(`${folder}/${partial}`);
    });
    assert.deepEqual(await outputsIn(folder), wanted, `died at call ${call}`);
  }
}

for (
  const [ends, replaces] of [[".nii.gz", false], [".ome.zarr", false], [".ome.zarr", true], [
    ".zarr.zip",
    true,
  ]] as const
) {
  Deno.test(`a correction into ${ends} dies at any call${replaces ? ", an old output there," : ""} and is resumed`, () =>
    inFolder(async (folder) => {
      const input = await writeImage(`${folder}/in.nii`, { shape: SHAPE });
      const texts = { saveBiasModel: `${folder}/m.json`, report: `${folder}/run.json`, html: `${folder}/page.html` };
      const images = { saveBiasField: `${folder}/f${ends}`, saveMask: `${folder}/s.nii` };
      const chunks = ends.includes("zarr") ? { chunkShape: [6, 8, 10] as const, nLevels: 0 } : {};
      const all = { ...QUICK, ...texts, ...images, ...chunks, nProcesses: 0, backend: "ts" } as const;
      const output = `${folder}/out${ends}`;
      await dieEverywhere(folder, (how) => correctFile({ input, output, options: { ...all, ...how } }), replaces);
    }));
}

Deno.test("an application dies at any call and is resumed", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, { shape: SHAPE });
    const model = `${folder}/model.json`;
    await correctFile({ input, output: `${folder}/first.nii`, options: { ...QUICK, saveBiasModel: model } });
    const all = {
      nProcesses: 0,
      backend: "ts",
      saveBiasField: `${folder}/f.nii`,
      report: `${folder}/run.json`,
    } as const;
    const output = `${folder}/out.ome.zarr`;
    await dieEverywhere(folder, (how) => applyFile({ model, input, output, options: { ...all, ...how } }), false);
  }));

Deno.test("a correction in place dies at any call: the image is the old or the new one, whole, and the next run works", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii.gz`, { shape: SHAPE });
    const saveBiasField = `${folder}/f.nii`;
    const options = { ...QUICK, nProcesses: 0, backend: "ts", overwrite: true, saveBiasField } as const;
    const run = () => correctFile({ input, output: input, inPlace: true, options });
    const old = await Deno.readFile(input);
    await run();
    const wanted = await contents(folder);
    for (let call = 0;; call++) {
      await clear(folder, []);
      await Deno.writeFile(input, old);
      const before = await contents(folder);
      if (!await dieAt(call, run)) return assert.ok(call > 20, `${call} calls`);
      const isNew = (await contents(folder))["in.nii.gz"] === wanted["in.nii.gz"];
      if (!isNew) assert.equal((await contents(folder))["in.nii.gz"], before["in.nii.gz"], `died at call ${call}`);
      await run();
      const after = await contents(folder);
      assert.deepEqual(Object.keys(after), Object.keys(wanted), `died at call ${call}`);
      if (!isNew) assert.deepEqual(after, wanted, `died at call ${call}`);
    }
  }));
