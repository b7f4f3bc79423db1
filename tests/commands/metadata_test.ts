/** What the metadata of an output keep of its input's, and what they tell of how it came about. */

import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { describeFile } from "../../src/commands/info.ts";
import { VERSION } from "../../src/version.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { randomVolume } from "../helpers/volumes.ts";
import type { Shape3 } from "../../src/volume.ts";

const SHAPE: Shape3 = [8, 10, 12];
const CHANNELS = ["DAPI", "GFP", "none"].map((label) => ({ label, color: "FF0000", window: { start: 0, end: 900 } }));

/** An image of three channels with settings of a viewer and what a laboratory notes. */
async function makeInput(folder: string): Promise<string> {
  const volumes = [1, 2, 3].map((seed) => randomVolume({ shape: SHAPE, seed }).intensity);
  const input = await writeImage(`${folder}/in.ome.zarr`, { shape: SHAPE, volumes });
  const path = `${input}/zarr.json`;
  const group = JSON.parse(await Deno.readTextFile(path));
  group.attributes.ome.omero = { id: 7, channels: CHANNELS, rdefs: { model: "color" } };
  Object.assign(group.attributes, { sample: { mouse: 12 }, n4: { tool: "an earlier run" }, labels: ["cells"] });
  await Deno.writeTextFile(path, JSON.stringify(group));
  return input;
}

async function attributesOf(path: string): Promise<Record<string, Record<string, unknown>>> {
  return JSON.parse(await Deno.readTextFile(`${path}/zarr.json`)).attributes;
}

Deno.test("settings of viewers and foreign attributes are carried over, for the channels that the output has", () =>
  inFolder(async (folder) => {
    const input = await makeInput(folder);
    assert.equal((await describeFile(input, {})).details.channels, "DAPI, GFP, none");
    for (const channel of ["all", 1] as const) {
      const output = `${folder}/${channel}.ome.zarr`;
      await correctFile({
        input,
        output,
        options: { ...QUICK, channel, saveMask: `${folder}/mask${channel}.ome.zarr` },
      });
      const { ome, sample, n4, labels } = await attributesOf(output);
      const channels = channel === "all" ? CHANNELS : [CHANNELS[1]];
      assert.deepEqual(ome.omero, { id: 7, channels, rdefs: { model: "color" } });
      assert.deepEqual([sample, labels], [{ mouse: 12 }, undefined]);
      assert.equal(n4.tool, "n4");
      const mask = await attributesOf(`${folder}/mask${channel}.ome.zarr`);
      assert.deepEqual([mask.ome.omero, mask.sample, mask.n4], [undefined, undefined, n4]);
    }
  }));

Deno.test("an output tells tool, version and options, and neither paths, machines nor times", () =>
  inFolder(async (folder) => {
    const input = await makeInput(folder);
    const options = { ...QUICK, channel: 0, strength: 0.5, saveBiasModel: `${folder}/model.json` };
    await correctFile({ input, output: `${folder}/out.ome.zarr`, options });
    const { n4 } = await attributesOf(`${folder}/out.ome.zarr`);
    assert.deepEqual([n4.tool, n4.version, n4.command], ["n4", VERSION, "correct"]);
    const told = n4.options as Record<string, unknown>;
    assert.deepEqual([told.strength, told.shrinkFactor, told.channel], [0.5, [2, 2, 2], 0]);
    for (const key of ["saveBiasModel", "nProcesses", "backend", "memoryLimit"]) assert.ok(!(key in told), key);
    assert.doesNotMatch(JSON.stringify(n4), /\d{4}-\d\d-\d\d|\/tmp/);
  }));
