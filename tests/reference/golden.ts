/**
 * Makes the golden files of tests/golden: small volumes in whole numbers, and the log bias fields that ITK finds in them.
 *
 *   deno task suite golden
 *
 * @module
 */

import { print } from "../helpers/print.ts";
import type { ReferenceCase } from "./cases.ts";
import type { GoldenFile } from "./golden_file.ts";
import { confidenceOf } from "./golden_file.ts";
import { type ItkResult, type ItkRun, runItk } from "./itk.ts";
import { prepareCase } from "./prepare.ts";

const FOLDER = new URL("../golden/", import.meta.url);

/** File name without its ending, and the case. */
const GOLDENS: readonly [name: string, reference: ReferenceCase][] = [
  ["itk_plain", {
    name: "no mask, two levels",
    source: { random: [18, 18, 18], seed: 101 },
    mask: false,
    options: { iterations: [15, 15] },
  }],
  ["itk_mask", {
    name: "a mask, three levels",
    source: { random: [20, 24, 30], seed: 102 },
    options: { iterations: [10, 10, 10] },
  }],
  ["itk_2d", {
    name: "a 2-D image, unequal control points",
    source: { random: [1, 74, 78], seed: 103 },
    mask: false,
    options: { iterations: [12, 12], controlPoints: [4, 5, 7] },
  }],
  ["itk_confidence", {
    name: "confidences, anisotropic voxels, two levels",
    source: { random: [12, 20, 24], seed: 104 },
    weighted: true,
    mask: false,
    voxelSize: [2.5, 0.8, 1],
    options: { iterations: [10, 10] },
  }],
];

/** The case in whole numbers, 1 to 255 inside and 0 outside, as the file holds it. */
async function wholeNumbers(reference: ReferenceCase): Promise<ItkRun> {
  const run = await prepareCase(reference);
  const intensity = run.intensity.map((value, i) => {
    return run.mask && run.mask[i] === 0 ? 0 : Math.min(Math.max(Math.round(value), 1), 255);
  });
  const weight = run.weight?.map((value) => confidenceOf(Math.round(value * 255)));
  return { ...run, intensity, ...(weight ? { weight } : {}) };
}

function goldenOf({ name }: ReferenceCase, run: ItkRun, result: ItkResult): GoldenFile {
  return {
    about: name,
    command: "deno task suite golden",
    date: new Date().toISOString().slice(0, 10),
    versions: result.versions,
    shape: run.shape,
    voxelSize: run.voxelSize,
    options: run.options,
    intensity: Uint8Array.from(run.intensity).toBase64(),
    ...(run.weight ? { confidence: Uint8Array.from(run.weight, (value) => value * 256).toBase64() } : {}),
    logField: new Uint8Array(result.logField.filter((_, i) => run.intensity[i] !== 0).buffer).toBase64(),
  };
}

async function main(): Promise<void> {
  const runs: ItkRun[] = [];
  for (const [, reference] of GOLDENS) runs.push(await wholeNumbers(reference));
  const results = await runItk(runs);
  for (const [i, [name, reference]] of GOLDENS.entries()) {
    const text = JSON.stringify(goldenOf(reference, runs[i], results[i]), null, 2);
    await Deno.writeTextFile(new URL(`${name}.json`, FOLDER), `${text}\n`);
    print(`${name}.json: ${reference.name}, ${text.length} bytes`);
  }
}

if (import.meta.main) await main();
