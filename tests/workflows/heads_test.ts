/** The module for heads through Nextflow: n4's bytes, its files, its stub; and what either module refuses. */

import assert from "node:assert/strict";
import { contents } from "../helpers/command.ts";
import { writeImage } from "../helpers/images.ts";
import { randomVolume } from "../helpers/volumes.ts";
import { inSetting, type Setting, SMALL } from "./setting.ts";

const SHAPE = [20, 24, 22] as const;

/** Two heads, the second with a mask, and a table of them. */
async function makeHeads(folder: string): Promise<string> {
  const { intensity, mask = [] } = randomVolume({ shape: SHAPE, seed: 3, masked: true });
  await writeImage(`${folder}/one.nii.gz`, { shape: SHAPE, volumes: [intensity] });
  await writeImage(`${folder}/two.nii`, { shape: SHAPE, volumes: [intensity] });
  await writeImage(`${folder}/brain.nii.gz`, { shape: SHAPE, volumes: [Float32Array.from(mask)], dataType: "uint8" });
  const table = `${folder}/heads.csv`;
  const rows = [`sub-01,${folder}/one.nii.gz,`, `sub-02,${folder}/two.nii,${folder}/brain.nii.gz`];
  await Deno.writeTextFile(table, `id,image,mask\n${rows.join("\n")}\n`);
  return table;
}

async function runHeads({ nextflow, n4, folder }: Setting, words: readonly string[]) {
  const all = ["--n4", n4, "--processes", "1", "--bias_memory", "1 GB", ...words];
  const { code, text } = await nextflow("launch", "heads.nf", all);
  assert.equal(code, 0, text);
  return { text, results: `${folder}/launch/results/correct_head` };
}

const FILES = ["sub-01", "sub-02"].flatMap((id) => [`${id}_n4.nii.gz`, `${id}_n4_mask.nii.gz`, `${id}_n4_report.json`]);

Deno.test("heads of a table are corrected to the bytes of n4 correct with preset mri, within their masks", () =>
  inSetting(async (setting) => {
    const { folder, runN4 } = setting;
    const { results } = await runHeads(setting, ["--input", await makeHeads(folder)]);
    const found = await contents(results);
    assert.deepEqual(Object.keys(found).toSorted(), FILES);
    const alone = `${folder}/alone`;
    await Deno.mkdir(alone);
    for (const [id, image, mask] of [["sub-01", "one.nii.gz", []], ["sub-02", "two.nii", ["--mask", "brain.nii.gz"]]]) {
      const outputs = [`alone/${id}_n4.nii.gz`, "--save-mask", `alone/${id}_n4_mask.nii.gz`];
      await runN4(["correct", `${image}`, ...outputs, ...mask, "--preset", "mri", "--quiet"]);
    }
    for (const [name, digest] of Object.entries(await contents(alone))) assert.equal(found[name], digest, name);
  }));

Deno.test("a stub run makes every file of the heads without correcting, with the version of n4", () =>
  inSetting(async (setting) => {
    const { folder } = setting;
    const { results } = await runHeads(setting, ["-stub-run", "--input", await makeHeads(folder)]);
    assert.deepEqual(Object.keys(await contents(results)).toSorted(), FILES);
    const versions: string[] = [];
    for await (const { name } of Deno.readDir(`${folder}/launch/work`)) {
      for await (const task of Deno.readDir(`${folder}/launch/work/${name}`)) {
        versions.push(await Deno.readTextFile(`${folder}/launch/work/${name}/${task.name}/versions.yml`));
      }
    }
    assert.equal(versions.length, 2);
    for (const text of versions) assert.match(text, /^"correct_head":\n {4}n4: \d+\.\d+\.\d+\n$/);
  }));

Deno.test("a NIfTI is no stack and an OME-Zarr no head: each module says so before any work", () =>
  inSetting(async ({ folder, stack, n4, nextflow }) => {
    await makeHeads(folder);
    const refused = async (launch: string, pipeline: string, input: string, reason: RegExp) => {
      const { code, text } = await nextflow(launch, pipeline, ["--input", input, "--n4", n4, ...SMALL]);
      assert.notEqual(code, 0);
      assert.match(text, reason);
      assert.doesNotMatch(text, /WARN/);
    };
    const noStack = /Cannot correct '\S*one\.nii\.gz' as a stack of serial sections must be an OME-Zarr: a NIfTI is /;
    await refused("stack", "main.nf", `${folder}/one.nii.gz`, noStack);
    const table = `${folder}/stacks.csv`;
    await Deno.writeTextFile(table, `id,image,mask\nsub-01,${stack},\n`);
    await refused("head", "heads.nf", table, /Cannot correct '\S*sub-01\.ome\.zarr' as a head must be a NIfTI/);
  }));
