/** `--from-report` of a damaged report: refused in one short sentence, whatever stands in it. */

import assert from "node:assert/strict";
import { N4Error } from "../../src/errors.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { repeatReport } from "../../src/report/repeat_report.ts";
import { VERSION } from "../../src/version.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const REPORT = { tool: "n4", version: VERSION, input: { path: "in.nii" }, outputs: { output: "out.nii" } };
const GIVEN = { preset: "mri", fwhm: 0.2, shrinkFactor: [2, 2, 2], histogramMatch: false };

/** A list in a list, and so on. */
function nested(depth: number): string {
  return `${"[".repeat(depth)}1${"]".repeat(depth)}`;
}

const REFUSED: readonly (readonly [given: string, says: RegExp])[] = [
  [`{"fwhm":{"toString":1}}`, /option 'fwhm' as it must be a number > 0: current value is an object$/],
  [`{"fwhm":${nested(5000)}}`, /option 'fwhm' as it must be a number > 0: current value is a list$/],
  [`{"shrinkFactor":[2,null,2]}`, /option 'shrinkFactor' as it must be .*: current value is a list$/],
  [`{"preset":null}`, /option 'preset' as it must be .*: current value is null$/],
  [`{"histogramMatch":1}`, /option 'histogramMatch' as it must be true or false: current value is 1$/],
  [
    `{"${"z".repeat(70000)}":"${"y".repeat(70000)}"}`,
    /option 'z+\.\.\.' as there must be one of that name: there is none$/,
  ],
];

async function repeat(folder: string, text: string) {
  await Deno.writeTextFile(`${folder}/report.json`, text);
  return await repeatReport(`${folder}/report.json`, { options: {} });
}

Deno.test("the options of a report are read as from a command line", () =>
  inFolder(async (folder) => {
    const { options, input, output } = await repeat(folder, JSON.stringify({ ...REPORT, given: GIVEN }));
    assert.deepEqual([{ ...options }, input, output], [GIVEN, "in.nii", "out.nii"]);
  }));

Deno.test("the states of what is read go along, but for what is given anew and a label of another image", () =>
  inFolder(async (folder) => {
    const image = { ...REPORT.input, identity: { modified: 1 } };
    const report = { ...REPORT, input: image, companions: { mask: 2, weights: 3 }, given: { mask: "labels/brain" } };
    await Deno.writeTextFile(`${folder}/report.json`, JSON.stringify(report));
    const states = async (more: { input?: string; options?: CorrectOptions }) =>
      (await repeatReport(`${folder}/report.json`, { options: {}, ...more })).states;
    assert.deepEqual(await states({}), { input: image.identity, mask: 2, weights: 3 });
    assert.deepEqual(await states({ input: "in.nii" }), { input: image.identity, mask: 2, weights: 3 });
    assert.deepEqual(await states({ options: { mask: "m.nii" } }), { input: image.identity, weights: 3 });
    assert.deepEqual(await states({ input: "other.nii" }), { weights: 3 });
  }));

Deno.test("options of other kinds are refused in a short sentence", () =>
  inFolder(async (folder) => {
    const start = JSON.stringify(REPORT).slice(0, -1);
    for (const [given, says] of REFUSED) {
      await assert.rejects(repeat(folder, `${start},"given":${given}}`), (error: unknown) => {
        assert.ok(error instanceof N4Error, String(error));
        assert.match(error.message, says);
        assert.ok(error.message.length < 400, error.message);
        return true;
      });
    }
  }));

Deno.test("a version of any kind that is none is refused in a short sentence", () =>
  inFolder(async (folder) => {
    const versions = [[{}, /an object$/], [["0.1.0"], /a list$/], [null, /null$/], [
      "7".repeat(9000),
      /7{60}\.\.\.$/,
    ]] as const;
    for (const [version, says] of versions) {
      await assert.rejects(repeat(folder, JSON.stringify({ ...REPORT, version, given: GIVEN })), says);
    }
  }));
