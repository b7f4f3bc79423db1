/** The fit against the golden fields that ITK found. */
import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { compareFields } from "../helpers/fields.ts";
import { type DenseFitResult, fitDense } from "../helpers/fits.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { voxelPositions } from "../helpers/volumes.ts";
import { type GoldenFile, type GoldenVolume, unpackGolden } from "../reference/golden_file.ts";

const FOLDER = new URL("../golden/", import.meta.url);

/** Files of ITK's fields. */
const GOLDENS = ["itk_plain", "itk_mask", "itk_2d", "itk_confidence"];

async function read(name: string): Promise<GoldenFile> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, FOLDER)));
}

async function fitted(golden: GoldenFile, { intensity, weight }: GoldenVolume): Promise<DenseFitResult> {
  const { shape, voxelSize, options } = golden;
  await using backend = openTsBackend({ workers: 0 });
  const dense = { positions: voxelPositions(shape), intensity, ...(weight ? { weight } : {}) };
  return await fitDense(backend, { dense, domain: shape, voxelSize, options });
}

for (const name of GOLDENS) {
  Deno.test(`the fit agrees with ITK's field in ${name}, and is not where that came from`, async () => {
    const golden = await read(name);
    const volume = unpackGolden(golden);
    const ours = await fitted(golden, volume);
    const inside = ours.logField.filter((_, i) => isFinite(volume.intensity[i]));
    assert.equal(inside.length, volume.logField.length);
    assertWithin(compareFields(inside, volume.logField, () => true).max, "golden", name);
    const otherBits = volume.logField.filter((value, i) => value !== Math.fround(inside[i])).length;
    assert.ok(otherBits > inside.length / 2, `only ${otherBits} of ${inside.length} voxels differ in their bits`);
    const spread = Math.max(...volume.logField) - Math.min(...volume.logField);
    assert.ok(spread > 0.05, `the field spans only ${spread}`);
  });

  Deno.test(`${name} says what made it`, async () => {
    const { command, date, versions, options } = await read(name);
    assert.equal(command, "deno task suite golden");
    assert.match(date, /^\d{4}-\d\d-\d\d$/);
    assert.match(versions.SimpleITK, /^\d+\.\d+/);
    assert.equal("itk" in versions, name === "itk_confidence");
    assert.equal(options.convergenceThreshold, 0);
  });
}

Deno.test("the golden fields are small", async () => {
  let bytes = 0;
  for (const name of GOLDENS) bytes += (await Deno.stat(new URL(`${name}.json`, FOLDER))).size;
  assert.ok(bytes < 200_000, `${bytes} bytes`);
});
