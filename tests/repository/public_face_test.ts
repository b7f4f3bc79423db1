/** What other programs import: few names at the front door, each where deno.json says, and the call for arrays. */
import assert from "node:assert/strict";
import { correctArray, correctFile, openImage, UsageError } from "../../mod.ts";
import { correct } from "../../exports/io.ts";
import { fitBiasField } from "../../exports/backends.ts";
import { computeTissueMask } from "../../exports/stacks.ts";
import { programs } from "../helpers/command.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { randomVolume } from "../helpers/volumes.ts";

/** Most names of the front door. */
const MOST_NAMES = 60;

async function namesOf(entry: string): Promise<string[]> {
  return Object.keys(await import(`../../${entry}`));
}

Deno.test("every entry of deno.json can be imported, and the front door is small", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  const entries: string[] = Object.values(exports);
  const values = new Map<string, string>();
  for (const entry of entries) {
    const names = await namesOf(entry.slice(2));
    assert.ok(names.length > 0 || entry.startsWith("./scripts/"), entry);
    // What a browser takes is a choice of the others.
    if (entry.includes("browser")) continue;
    for (const name of names) {
      assert.equal(values.get(name), undefined, `${name} is exported by ${entry} and ${values.get(name)}`);
      values.set(name, entry);
    }
  }
  for (const name of [correct, fitBiasField, computeTissueMask]) assert.equal(typeof name, "function");
  const text = await Deno.readTextFile(new URL("../../mod.ts", import.meta.url));
  const names = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) => list.split(",")).filter((
    name,
  ) => name.trim());
  assert.ok(names.length > 40 && names.length <= MOST_NAMES, `the front door has ${names.length} names`);
});

programs.test("a bundle for browsers of what they can run imports nothing of Node's", () =>
  inFolder(async (folder) => {
    const entry = new URL("../../exports/browser.ts", import.meta.url).pathname;
    await Deno.writeTextFile(
      `${folder}/user.ts`,
      `import { ArrayVolume, correct, DEFAULT_SETTINGS, openTsBackend, openWebGpuBackend, RunLog } from "${entry}";
       const input = new ArrayVolume(new Float32Array(512).map((_, i) => 100 + i % 8), [8, 8, 8]);
       const output = ArrayVolume.zeros(input.shape);
       await using backend = typeof Deno === "undefined" ? await openWebGpuBackend() : openTsBackend({ workers: 0 });
       await correct({ input, settings: DEFAULT_SETTINGS, backend, log: new RunLog(() => {}) }, output);
       console.log(output.data.every((value) => value > 0));`,
    );
    const deno = async (...args: string[]) => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder }).output();
      return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    };
    await deno("bundle", "--platform", "browser", "--output", "user.js", "user.ts");
    const text = await Deno.readTextFile(`${folder}/user.js`);
    assert.equal(/["']node:/.test(text), false);
    assert.equal((await deno("run", "--no-prompt", "user.js")).trim(), "true");
  }));

Deno.test("an array in memory is corrected to the voxels that a file of it is", () =>
  inFolder(async (folder) => {
    const shape = [10, 12, 14] as const;
    const { intensity } = randomVolume({ shape, seed: 3 });
    const mask = Uint8Array.from(intensity, (_, i) => Number(i % 14 > 2));
    const options = { backend: "ts", nProcesses: 0, nIterations: [5, 5], shrinkFactor: [2, 2, 2] } as const;
    await writeImage(`${folder}/in.nii`, { shape, volumes: [intensity] });
    await writeImage(`${folder}/mask.nii`, { shape, volumes: [Float32Array.from(mask)] });
    const saveBiasField = `${folder}/field.nii`;
    const output = `${folder}/out.nii`;
    const ofFile = { ...options, mask: `${folder}/mask.nii`, saveBiasField };
    await correctFile({ input: `${folder}/in.nii`, output, options: ofFile });
    const { corrected, field, model } = await correctArray({ data: intensity, shape, mask, options });
    assert.deepEqual(corrected, await readImage(output));
    assert.deepEqual(field, await readImage(saveBiasField));
    await using image = await openImage(output);
    assert.deepEqual(model.shape, image.shape);
  }));

Deno.test("an array of another length is refused, a plane is no special case", async () => {
  const options = { backend: "ts", nProcesses: 0, nIterations: [3], shrinkFactor: [1, 1, 1] } as const;
  await assert.rejects(correctArray({ data: [1, 2, 3], shape: [1, 2, 2], options }), RangeError);
  const data = Array.from({ length: 256 }, (_, i) => 100 + (i % 16) + 40 * ((i >> 5) % 2));
  const { corrected } = await correctArray({ data, shape: [1, 16, 16], options });
  assert.ok(corrected.every((value) => value > 0));
});

Deno.test("options that need a mask or rule it out see that of an array", async () => {
  const shape = [10, 12, 14] as const;
  const { intensity: data } = randomVolume({ shape, seed: 3 });
  const mask = Uint8Array.from(data, (_, i) => i % 3);
  const fit = { backend: "ts", nProcesses: 0, nIterations: [3], shrinkFactor: [1, 1, 1] } as const;
  const labelled = await correctArray({ data, shape, mask, options: { ...fit, maskLabel: 2 } });
  const alone = await correctArray({ data, shape, mask: mask.map((n) => Number(n === 2)), options: fit });
  assert.deepEqual(labelled.corrected, alone.corrected);
  await assert.rejects(correctArray({ data, shape, mask, options: { ...fit, maskMethod: "otsu" } }), UsageError);
  await assert.rejects(correctArray({ data, shape, options: { ...fit, maskLabel: 2 } }), UsageError);
});
