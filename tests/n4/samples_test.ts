/** From intensities on a grid to the compact rows of a fit. */
import assert from "node:assert/strict";
import { compactSamples } from "../../src/n4/samples.ts";
import { voxelPositions } from "../helpers/volumes.ts";

const positions = voxelPositions([1, 2, 4]);
const intensity = Float32Array.of(1, NaN, 0, 2.5, -3, Infinity, 7, 0.5);

Deno.test("voxels <= 0 take no part and are counted", () => {
  const { samples, counts } = compactSamples({ positions, intensity }, "exclude");
  assert.deepEqual(counts, { used: 4, nonPositive: 2, outside: 2 });
  assert.deepEqual([...samples.rowStart], [0, 2, 4]);
  assert.deepEqual([...samples.xIndex], [0, 3, 2, 3]);
  assert.deepEqual(samples.value, Float32Array.of(0, Math.log(2.5), Math.log(7), Math.log(0.5)));
  assert.equal(samples.weight, undefined);
});

Deno.test("voxels <= 0 are taken unlogged under ITK's policy, and counted all the same", () => {
  const { samples, counts } = compactSamples({ positions, intensity }, "itk");
  assert.deepEqual(counts, { used: 6, nonPositive: 2, outside: 2 });
  assert.deepEqual([...samples.xIndex], [0, 2, 3, 0, 2, 3]);
  assert.deepEqual(samples.value, Float32Array.of(0, 0, Math.log(2.5), -3, Math.log(7), Math.log(0.5)));
});

Deno.test("voxels without confidence, or with one that is not a number > 0, lie outside", () => {
  const weight = Float32Array.of(0, 1, 1, 0.5, 1, 1, NaN, -1);
  const { samples, counts } = compactSamples({ positions, intensity, weight }, "exclude");
  assert.deepEqual(counts, { used: 1, nonPositive: 2, outside: 5 });
  assert.deepEqual([...samples.rowStart], [0, 1, 1]);
  assert.deepEqual(samples.weight, Float32Array.of(0.5));
});

Deno.test("the logarithm is taken in float64 and rounded once", () => {
  const { samples } = compactSamples(
    { positions: voxelPositions([1, 1, 1]), intensity: Float32Array.of(1.1) },
    "exclude",
  );
  assert.equal(samples.value[0], Math.fround(Math.log(Math.fround(1.1))));
});
