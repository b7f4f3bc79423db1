/** Shrunk samples at their true positions against a stretched grid. */
import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { measureAlignedShrink, PHANTOM_SHAPE } from "../reference/aligned_shrink.ts";

Deno.test("at shrink 4 without noise the aligned fit is at least 5 times closer to that of every voxel", async () => {
  await using backend = openTsBackend({ workers: 2 });
  const { aligned, stretched } = await measureAlignedShrink(backend, { shape: PHANTOM_SHAPE, noise: 0, factor: 4 });
  assert.ok(stretched >= 5 * aligned, `aligned ${aligned}, stretched ${stretched}`);
});
