/** A run that is ended at any of its stages leaves nothing, or what it has done, from where the next one goes on to the same bytes. */

import assert from "node:assert/strict";
import { applyFile } from "../../src/commands/apply.ts";
import { correctFile } from "../../src/commands/correct.ts";
import type { RunEvent } from "../../src/run_log.ts";
import { contents } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

/** Every stage of a correction with all its companions. */
const STAGES = ["opening", "planning", "beginning", "range", "histogram", "sample", "fit", "rescale range"]
  .concat("bias field", "mask image", "apply", "pyramid", "finish", "rename");

/** The outputs of a run that are compared: all but the report, which tells times. */
function outputsIn(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([path]) => !path.startsWith("in.") && path !== "run.json"));
}

for (const ends of [".nii", ".nii.gz", ".ome.zarr", ".ome.zarr.zip"]) {
  Deno.test(`an abort at any stage on the way into ${ends} keeps what is done, and a later run goes on to the same bytes`, () =>
    inFolder(async (folder) => {
      const input = await writeImage(`${folder}/in.ome.zarr`, { shape: [10, 12, 14], chunk: [5, 6, 7] });
      const before = await contents(folder);
      const [saveBiasField, saveMask] = [`${folder}/field${ends}`, `${folder}/mask${ends}`];
      const texts = { saveBiasModel: `${folder}/model.json`, report: `${folder}/run.json` };
      const levels = ends.includes("zarr") ? { nLevels: 1, chunkShape: [5, 6, 7] as const } : {};
      const options = { ...QUICK, ...levels, rescale: "minmax", saveBiasField, saveMask, ...texts } as const;
      const output = `${folder}/out${ends}`;
      const clear = async () => {
        for (const name of Object.keys(await contents(folder))) {
          if (!name.includes("/") && name !== "in.ome.zarr") {
            await Deno.remove(`${folder}/${name}`, { recursive: true });
          }
        }
      };
      await correctFile({ input, output, options });
      const wanted = outputsIn(await contents(folder));
      for (const stage of STAGES.filter((name) => name !== "pyramid" || ends.includes("zarr"))) {
        await clear();
        const controller = new AbortController();
        let kept: string | undefined;
        const listener = (event: RunEvent) => {
          if (event.event === "stage" && event.name === stage) controller.abort(new Error(`at ${stage}`));
        };
        const onKept = (path: string) => kept = path;
        const job = { input, output, options, listener, onKept, signal: controller.signal };
        const ended = await correctFile(job).then(() => true, (error) => {
          assert.equal(error.message, `at ${stage}`);
          return false;
        });
        // Once all is done an abort comes too late.
        assert.equal(ended, ["finish", "rename"].includes(stage), stage);
        if (!ended && kept === undefined) assert.deepEqual(await contents(folder), before, stage);
        if (!ended && STAGES.indexOf(stage) > 4) assert.equal(kept, `${output}.partial`, stage);
        if (kept !== undefined) {
          await assert.rejects(correctFile({ input, output, options }), /give option 'resume'/, stage);
        }
        if (!ended) await correctFile({ input, output, options: { ...options, resume: true } });
        assert.deepEqual(outputsIn(await contents(folder)), wanted, stage);
      }
    }));
}

Deno.test("an abort of an application leaves nothing behind", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.nii`, { shape: [10, 12, 14] });
    const model = `${folder}/model.json`;
    await correctFile({ input, output: `${folder}/first.nii`, options: { ...QUICK, saveBiasModel: model } });
    const before = await contents(folder);
    const controller = new AbortController();
    const listener = (event: RunEvent) => void (event.event === "stage" && controller.abort(new Error("enough")));
    const options = {
      backend: "ts" as const,
      nProcesses: 0,
      saveBiasField: `${folder}/field.nii.gz`,
      report: `${folder}/run.json`,
    };
    const job = { model, input, output: `${folder}/out.nii.gz`, options, listener, signal: controller.signal };
    await assert.rejects(applyFile(job), { message: "enough" });
    assert.deepEqual(await contents(folder), before);
  }));
