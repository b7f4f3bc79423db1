/** The mask of a first fit: the same however boxes are cut, and right where intensities are below 0. */

import assert from "node:assert/strict";
import { readRefined } from "../../src/steps/refined_mask.ts";
import type { VolumeRun } from "../../src/steps/volume_run.ts";
import type { Shape3 } from "../../src/volume.ts";

/** A run that has kept a threshold and a first field, a straight line along x whose logarithm falls from about 1 to -1. */
function runOf(shape: Shape3, threshold: number): VolumeRun {
  const values = Float64Array.from({ length: 64 }, (_, i) => 2 - (i % 4) * 4 / 3);
  const kept = { record: { points: [4, 4, 4], threshold }, arrays: { values } };
  const run = {
    input: { shape, voxelSize: [1, 1, 1] },
    plan: {},
    settings: { refineMask: true },
    store: { read: () => Promise.resolve(kept) },
  };
  return run as unknown as VolumeRun;
}

async function maskOf(shape: Shape3, threshold: number, intensity: Float32Array, [x0, x1] = [0, shape[2]]) {
  const mask = await readRefined(runOf(shape, threshold), { shape, voxelSize: [1, 1, 1] });
  const box = { z0: 0, z1: shape[0], y0: 0, y1: shape[1], x0, x1 };
  const width = x1 - x0;
  const part = Float32Array.from(
    { length: shape[0] * shape[1] * width },
    (_, i) => intensity[Math.floor(i / width) * shape[2] + x0 + i % width],
  );
  const out = new Uint8Array(part.length);
  await mask?.read(box, part, out);
  return out;
}

Deno.test("columns beyond 65,536 are corrected by the field where they lie", async () => {
  const shape: Shape3 = [2, 2, 70_000];
  const intensity = new Float32Array(4 * 70_000).fill(100);
  const whole = await maskOf(shape, 100, intensity);
  const parts = [
    await maskOf(shape, 100, intensity, [0, 35_000]),
    await maskOf(shape, 100, intensity, [35_000, 70_000]),
  ];
  for (let row = 0; row < 4; row++) {
    const cut = parts.flatMap((part) => [...part.subarray(row * 35_000, (row + 1) * 35_000)]);
    assert.deepEqual([...whole.subarray(row * 70_000, (row + 1) * 70_000)], cut);
  }
  assert.deepEqual([whole[20_000], whole[66_000], whole[69_999]], [0, 1, 1], "the field is below 1 on the far side");
});

Deno.test("a threshold at or below 0 parts intensities below 0 as they are, and takes all above 0", async () => {
  const intensity = Float32Array.of(-1000, -300, -299, 0, 1, 500, NaN, Infinity);
  assert.deepEqual([...await maskOf([1, 1, 8], -300, intensity)], [0, 0, 1, 1, 1, 1, 0, 0]);
  assert.deepEqual([...await maskOf([1, 1, 8], 0, intensity)], [0, 0, 0, 0, 1, 1, 0, 0]);
});
