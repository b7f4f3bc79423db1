/** Images that leave out their unit, end to end: no spacing in mm, nothing set to 0, nothing written as known. */

import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { openImage } from "../../src/io/open.ts";
import type { RunEvent } from "../../src/run_log.ts";
import { QUICK } from "../helpers/corrections.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { readImage, writeImage } from "../helpers/images.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { Random } from "../helpers/random.ts";

const SHAPE = [16, 64, 64] as const;

/** Two tissues in patches under a known bias, in a dark background. */
function patches(): { readonly image: Float32Array; readonly labels: Uint8Array } {
  const random = new Random(4);
  const labels = new Uint8Array(16 * 64 * 64);
  const image = Float32Array.from(labels, (_, i) => {
    const [z, y, x] = [Math.floor(i / 4096) / 8 - 1, Math.floor(i / 64) % 64 / 32 - 1, i % 64 / 32 - 1];
    if (x * x + y * y + 0.3 * z * z < 0.6) labels[i] = Math.sin(14 * x) * Math.sin(14 * y) > 0 ? 1 : 2;
    return [30, 150, 220][labels[i]] * Math.exp(0.4 * x - 0.3 * y) + 4 * random.uniform();
  });
  return { image, labels };
}

/** Mean of the brighter tissue over that of the other. */
function contrast(values: Float32Array, labels: Uint8Array): number {
  const mean = (label: number) => {
    const own = values.filter((_, i) => labels[i] === label);
    return own.reduce((a, b) => a + b, 0) / own.length;
  };
  return mean(2) / mean(1);
}

/** Takes the units out of an image's axes. */
async function forgetUnits(path: string): Promise<void> {
  const text = await Deno.readTextFile(`${path}/zarr.json`);
  await Deno.writeTextFile(`${path}/zarr.json`, text.replaceAll(/,\s*"unit":\s*"millimeter"/g, ""));
}

Deno.test("two tissues keep their contrast and no voxel becomes 0 by default: without a unit, stated, as a head", () =>
  inFolder(async (folder) => {
    const { image, labels } = patches();
    const truth = 220 / 150;
    for (
      const [name, voxelSize, options] of [
        ["unitless", [5, 2, 2], {}],
        ["counted", [2, 1, 1], { nSerialSlices: "auto" }],
        ["stated", [5, 2, 2], { unit: "micrometer" }],
        ["edges", [1, 1, 1], { unit: "micrometer", voxelSize: [5, 2, 2] }],
        ["head", [2, 1, 1], {}],
      ] as const
    ) {
      const input = await writeImage(`${folder}/${name}.ome.zarr`, { shape: SHAPE, voxelSize, volumes: [image] });
      if (name !== "head" && name !== "counted") await forgetUnits(input);
      const output = `${folder}/out_${name}.ome.zarr`;
      const given = { ...options, backend: "ts", nProcesses: 0 } as const;
      const warnings = (await correctFile({ input, output, options: given }))?.warnings ?? [];
      const values = await readImage(output);
      const kept = contrast(values, labels) / truth;
      assert.ok(Math.abs(kept - 1) < 0.02, `${name}: ${kept}`);
      assert.ok(values.every((value) => value > 0), name);
      await using written = await openImage(output);
      assert.equal(written.unitGiven, name !== "unitless");
      const millimetres = ["unitless", "head", "counted"].includes(name) ? voxelSize : [0.005, 0.002, 0.002];
      for (const [a, edge] of millimetres.entries()) assert.ok(Math.abs(written.voxelSize[a] / edge - 1) < 1e-9, name);
      assert.equal(warnings.some((text) => text.includes("option 'unit'")), name === "unitless");
      assert.equal(warnings.some((text) => text.includes("one span along each axis")), name === "unitless");
    }
  }));

Deno.test("an axis without a unit is told once, be the image its own mask and weights", () =>
  inFolder(async (folder) => {
    const input = await writeImage(`${folder}/in.ome.zarr`, { shape: [8, 10, 12] });
    const text = await Deno.readTextFile(`${input}/zarr.json`);
    await Deno.writeTextFile(`${input}/zarr.json`, text.replace(/,\s*"unit":\s*"millimeter"/, ""));
    const options = { ...QUICK, mask: input, weights: input };
    const report = await correctFile({ input, output: `${folder}/out.nii`, options });
    assert.deepEqual(report?.warnings.filter((text) => text.includes("unit of length")), [
      `'${input}' gives no unit of length along z: taken as millimeter, as along x.`,
    ]);
  }));

Deno.test("sections are counted where asked, and told; lengths are stated of an OME-Zarr alone", () =>
  inFolder(async (folder) => {
    const image = patches().image.map((value, i) => value * [1, 0.6, 1.3, 0.8][Math.floor(i / (4 * 4096))]);
    const input = await writeImage(`${folder}/in.ome.zarr`, {
      shape: SHAPE,
      voxelSize: [0.02, 0.02, 0.02],
      volumes: [image],
    });
    const options = { nSerialSlices: "auto", backend: "ts", nProcesses: 0, nIterations: [1] } as const;
    const told: string[] = [];
    const job = { input, output: `${folder}/out.ome.zarr` };
    const listener = (event: RunEvent) => void told.push(event.event);
    const noMask = { ...options, mask: `${folder}/none.nii` };
    await assert.rejects(correctFile({ ...job, options: noMask, listener }), /none\.nii as there is no such file$/);
    assert.ok(!told.includes("note"), "nothing is counted where a mask is missing");
    const report = await correctFile({
      ...job,
      options,
      listener: (event) => event.event === "note" && told.push(event.text),
    });
    assert.ok(told.includes("Sections: 4, as 3 of the 3 borders between them are jumps of brightness along z."));
    assert.equal(report?.options.nSerialSlices, 4);
    const nifti = await writeImage(`${folder}/in.nii`, { shape: [4, 4, 4] });
    const wrong = { input: nifti, output: `${folder}/out.nii`, options: { unit: "micrometer" } } as const;
    await assert.rejects(correctFile(wrong), /unit and voxel size can be stated of an OME-Zarr alone/);
  }));

Deno.test("a stack whose mask alone is wanted keeps its tissue as it is, and the run ends", () =>
  inFolder(async (folder) => {
    const shape = [8, 64, 64] as const;
    const stack = octStack({ shape, seed: 3, sections: 2 });
    const input = await writeImage(`${folder}/stack.ome.zarr`, { shape, volumes: [stack] });
    const options = { preset: "oct", mode: "mask_only", nSerialSlices: 2, zprofileSmoothSigma: 0 } as const;
    const [output, saveMask] = [`${folder}/out.ome.zarr`, `${folder}/mask.ome.zarr`];
    const given = { ...options, histogramMatch: false, saveMask, backend: "ts", nProcesses: 0 } as const;
    const report = await correctFile({ input, output, options: given });
    assert.deepEqual(report?.fits, []);
    const [values, mask] = [await readImage(output), await readImage(saveMask)];
    assert.ok(mask.includes(0) && mask.includes(1));
    assert.deepEqual(values, stack.map((value, i) => mask[i] === 0 ? 0 : value));
  }));
