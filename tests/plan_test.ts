/** What the plan of a correction counts before any voxel is read. */

import assert from "node:assert/strict";
import { tissueMaskMemory } from "../src/intensity/tissue_mask.ts";
import { resolveOptions, settingsOf } from "../src/options/resolve.ts";
import type { CorrectOptions } from "../src/options/table.ts";
import { planCorrection } from "../src/plan/plan.ts";
import type { Geometry } from "../src/volume.ts";

const STORAGE = {
  readChunk: [8, 128, 128],
  writeChunk: [8, 128, 128],
  forwardOnly: false,
  workers: 2,
  weighted: false,
} as const;

function memoryOf(volume: Geometry, maskMethod: CorrectOptions["maskMethod"]): number {
  const options = resolveOptions({ preset: "mri", maskMethod, memoryLimit: 2 ** 36 }, "ome-zarr");
  return planCorrection(volume, STORAGE, settingsOf(options)).memory;
}

Deno.test("a tissue mask is planned with its bits, the planes being closed and the halos of two smoothed boxes", () => {
  const shape = [16, 7000, 7000] as const;
  const volume = { shape, voxelSize: [0.01, 0.01, 0.01] as const };
  const more = memoryOf(volume, "tissue") - memoryOf(volume, "none");
  assert.equal(more, tissueMaskMemory(shape) + 16 * 2 ** 23);
  assert.ok(tissueMaskMemory(shape) > 16 * 7000 * 7000 / 8 + 2 * 7000 * 7000, "more than the bits alone");
});
