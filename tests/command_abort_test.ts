/** A run that is ended at any of its stages leaves the folder as it was. */

import assert from "node:assert/strict";
import { applyFile } from "../src/apply_file.ts";
import { correctFile } from "../src/correct_file.ts";
import type { RunEvent } from "../src/report.ts";
import { contents } from "./helpers/command.ts";
import { QUICK } from "./helpers/corrections.ts";
import { writeImage } from "./helpers/images.ts";
import { inFolder } from "./helpers/nifti_files.ts";

/** Every stage of a correction with all its companions. */
const STAGES = ["range", "histogram", "sample", "fit", "rescale range", "bias field", "mask image", "apply"];

for (const ends of [".nii", ".nii.gz", ".ome.zarr"]) {
  Deno.test(`an abort at any stage on the way into ${ends} leaves nothing behind`, () =>
    inFolder(async (folder) => {
      const input = await writeImage(`${folder}/in.ome.zarr`, { shape: [10, 12, 14], chunk: [4, 4, 4] });
      const before = await contents(folder);
      for (const stage of STAGES) {
        const controller = new AbortController();
        const listener = (event: RunEvent) => {
          if (event.event === "stage" && event.name === stage) controller.abort(new Error(`at ${stage}`));
        };
        const [saveBiasField, saveMask] = [`${folder}/field${ends}`, `${folder}/mask${ends}`];
        const texts = { saveBiasModel: `${folder}/model.json`, report: `${folder}/run.json` };
        const options = { ...QUICK, rescale: "minmax", saveBiasField, saveMask, ...texts } as const;
        const job = { input, output: `${folder}/out${ends}`, options, listener, signal: controller.signal };
        await assert.rejects(correctFile(job), { message: `at ${stage}` });
        assert.deepEqual(await contents(folder), before, stage);
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
