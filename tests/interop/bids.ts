/** The BIDS validator has no error for what `n4 correct` makes of a data set. `deno task suite interop`, after `interop:setup`. */

import assert from "node:assert/strict";
import { runWell } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { ENVIRONMENT } from "./environment.ts";

Deno.test("derivatives of a BIDS data set are valid", () =>
  inFolder(async (folder) => {
    const raw = `${folder}/bids`;
    for (const image of ["sub-01/anat/sub-01_T1w", "sub-01/anat/sub-01_T2w", "sub-02/ses-1/anat/sub-02_ses-1_FLAIR"]) {
      await Deno.mkdir(`${raw}/${image}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await writeImage(`${raw}/${image}.nii.gz`, { shape: [12, 14, 16] });
    }
    const description = {
      Name: "Heads",
      BIDSVersion: "1.10.0",
      DatasetType: "raw",
      License: "CC0",
      Authors: ["A. B."],
    };
    await Deno.writeTextFile(`${raw}/dataset_description.json`, JSON.stringify(description));
    const beside = "--save-mask mask.nii.gz --save-bias-field field.nii.gz --save-bias-model model.json " +
      "--report report.json --html page.html --shrink-factor 2 --n-iterations 4";
    const words = ["n4", "correct", raw, "--output-folder", `${raw}/derivatives/n4`, ...beside.split(" ")];
    await runWell(words);
    const validator = new Deno.Command(`${ENVIRONMENT}/bin/bids-validator-deno`, {
      args: [`${raw}/derivatives/n4`, "--format", "json"],
    });
    const { stdout, stderr } = await validator.output();
    const text = new TextDecoder().decode(stdout);
    assert.notEqual(text, "", new TextDecoder().decode(stderr));
    const { issues, summary } = JSON.parse(text);
    const errors = issues.issues.filter(({ severity }: { severity: string }) => severity === "error");
    assert.deepEqual(errors, []);
    assert.deepEqual(summary.subjects.toSorted(), ["01", "02"]);
  }));
