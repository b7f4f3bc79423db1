/**
 * What the steps of the OCT pipeline promise, on small stacks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ExactSums } from "../../../src/intensity/count/exact_sum.ts";
import { ArrayVolume } from "../../../src/io/array_volume.ts";
import { openTsBackend } from "../../../src/backends/ts/ts_backend.ts";
import { DataError } from "../../../src/errors.ts";
import { getAgaroseMask } from "../../../src/intensity/stacks/agarose.ts";
import { applyBiasField } from "../../../src/intensity/stacks/apply_field.ts";
import { countInside } from "../../../src/intensity/mask/bit_volume.ts";
import { downsample } from "../../../src/intensity/stacks/downsample.ts";
import { applyHistogramMatching } from "../../../src/intensity/match/histogram_match.ts";
import { nonzeroMask, wholeMask } from "../../../src/intensity/mask/mask.ts";
import { normalizeVolume } from "../../../src/intensity/stacks/normalize.ts";
import { computeTissueMask } from "../../../src/intensity/mask/tissue_mask.ts";
import { applyZProfileSmoothing, profileGains } from "../../../src/intensity/match/z_profile.ts";
import { RunLog } from "../../../src/run_log.ts";
import { type Shape3, voxelCount } from "../../../src/volume.ts";
import { octStack } from "../../helpers/oct_stack.ts";
import { forEachVoxel } from "../../helpers/volumes.ts";

const passes = { boxVoxels: 20_000, slots: 2, log: new RunLog() };

/** Mean over the voxels for which `chosen` holds. */
function meanWhere(
  data: Float32Array,
  shape: Shape3,
  chosen: (i: number, z: number, y: number, x: number) => boolean,
): number {
  let [sum, count] = [0, 0];
  forEachVoxel(shape, (i, z, y, x) => {
    if (!chosen(i, z, y, x)) return;
    sum += data[i];
    count++;
  });
  return sum / count;
}

/** Two sections, the second twice as bright, tissue a square in agarose. */
function twoSections(shape: Shape3, agarose: number): Float32Array {
  const data = new Float32Array(voxelCount(shape));
  forEachVoxel(shape, (i, z, y, x) => {
    const texture = 1 + 0.2 * Math.sin(i * 12.9898) + 0.1 * Math.sin(x / 5);
    data[i] = inTissue(shape, y, x) ? agarose + (z < shape[0] / 2 ? 0.4 : 0.8) * texture : agarose;
  });
  return data;
}

function inTissue([, ny, nx]: Shape3, y: number, x: number): boolean {
  return y > ny / 4 && y < (3 * ny) / 4 && x > nx / 4 && x < (3 * nx) / 4;
}

Deno.test("normalisation keeps sections 2:1 within 1 %, and agarose becomes exactly 0", async () => {
  const shape: Shape3 = [12, 48, 56];
  const volume = new ArrayVolume(twoSections(shape, 0.1), shape);
  const sink = ArrayVolume.zeros(shape);
  await using backend = openTsBackend({ workers: 0 });
  const agarose = await getAgaroseMask(volume, {}, backend, passes);
  await normalizeVolume(volume, agarose, sink, {}, passes);
  const bright = meanWhere(sink.data, shape, (_, z, y, x) => z >= 6 && inTissue(shape, y, x));
  const dark = meanWhere(sink.data, shape, (_, z, y, x) => z < 6 && inTissue(shape, y, x));
  assert.ok(Math.abs(bright / dark - 2) < 0.02, `${bright / dark}`);
  forEachVoxel(shape, (i, _z, y, x) => {
    if (!inTissue(shape, y, x)) assert.equal(sink.data[i], 0);
  });
});

Deno.test("with speckle the agarose's median is exactly 0 in every plane, nothing is below, and on request all of it is 0", async () => {
  const shape: Shape3 = [9, 40, 44];
  const volume = new ArrayVolume(octStack({ shape, seed: 8, sections: 3 }), shape);
  await using backend = openTsBackend({ workers: 0 });
  const agarose = await getAgaroseMask(volume, {}, backend, passes);
  for (const zeroAgarose of [false, true]) {
    const sink = ArrayVolume.zeros(shape);
    await normalizeVolume(volume, agarose, sink, { zeroAgarose }, passes);
    assert.ok(sink.data.every((value) => value >= 0));
    for (let z = 0; z < shape[0]; z++) {
      const plane = sink.data.subarray(z * 40 * 44, (z + 1) * 40 * 44).filter((_, i) => agarose.pixels[i] === 1).sort();
      assert.equal(plane[(plane.length - 1) >> 1], 0);
      if (zeroAgarose) assert.equal(plane[plane.length - 1], 0);
    }
  }
});

Deno.test("a volume without agarose is refused", async () => {
  const volume = new ArrayVolume(new Float32Array(4 * 8 * 8).fill(3), [4, 8, 8]);
  await using backend = openTsBackend({ workers: 0 });
  const agarose = await getAgaroseMask(volume, {}, backend, passes);
  await assert.rejects(normalizeVolume(volume, agarose, ArrayVolume.zeros([4, 8, 8]), {}, passes), DataError);
});

for (const scale of [1, 5000]) {
  Deno.test(`matching brings sections of intensities up to about ${scale} to one brightness and leaves zeros alone`, async () => {
    const shape: Shape3 = [12, 60, 60];
    const volume = new ArrayVolume(twoSections(shape, 0).map((value) => value * scale), shape);
    const sink = ArrayVolume.zeros(shape);
    await applyHistogramMatching(volume, sink, { sections: 2 }, passes);
    const mean = (from: number, to: number) =>
      meanWhere(sink.data, shape, (_, z, y, x) => z >= from && z < to && inTissue(shape, y, x));
    assert.ok(Math.abs(mean(6, 12) / mean(0, 6) - 1) < 0.01, `${mean(6, 12) / mean(0, 6)}`);
    assert.ok(Math.max(...sink.data) > 0.9 * scale, "bright voxels stay bright");
    sink.data.forEach((value, i) => assert.equal(value === 0, volume.data[i] === 0));
  });
}

Deno.test("a section with fewer than 500 tissue voxels and what is not finite stay as they are", async () => {
  const shape: Shape3 = [4, 30, 30];
  const data = octStack({ shape, seed: 3, sections: 2 });
  data.fill(0, 2 * 900);
  data.fill(0.7, 2 * 900, 2 * 900 + 499);
  [data[5], data[6], data[7]] = [NaN, Infinity, -Infinity];
  const sink = ArrayVolume.zeros(shape);
  const { tableOfPlane } = await applyHistogramMatching(new ArrayVolume(data, shape), sink, { sections: 2 }, passes);
  assert.deepEqual([...tableOfPlane], [0, 0, -1, -1]);
  assert.deepEqual(sink.data.subarray(1800), data.subarray(1800));
  assert.deepEqual(sink.data.subarray(5, 8), Float32Array.of(NaN, Infinity, -Infinity));
});

Deno.test("the profile along z takes jitter away inside the mask, leaves the rest, and planes with little tissue", async () => {
  const shape: Shape3 = [20, 16, 16];
  const data = new Float32Array(voxelCount(shape));
  forEachVoxel(shape, (i, z, y) => data[i] = y < 8 ? 0 : (z % 2 === 0 ? 1.1 : 0.9));
  data.fill(0, 5 * 256, 6 * 256);
  const sink = ArrayVolume.zeros(shape);
  const gains = await applyZProfileSmoothing(new ArrayVolume(data, shape), sink, nonzeroMask(), { sigma: 3 }, passes);
  assert.equal(gains[5], 1);
  const means = [8, 9, 10, 11, 12].map((z) => meanWhere(sink.data, shape, (_, k, y) => k === z && y >= 8));
  assert.ok(Math.max(...means) / Math.min(...means) < 1.03, means.join(" "));
  assert.equal(Math.max(...gains.subarray(0, 2)), Math.max(gains[0], gains[1]));
  forEachVoxel(shape, (i, _z, y) => {
    if (y < 8) assert.equal(sink.data[i], 0);
  });
});

Deno.test("lost frames, whose mean is about 0 or below, keep their values and pull no other plane along", () => {
  const shape: Shape3 = [20, 16, 16];
  const gainsOf = (levelOf: (z: number) => number) => {
    const sums = new ExactSums(shape[0]);
    for (let z = 0; z < shape[0]; z++) sums.add(z, new Float32Array(256).fill(levelOf(z)), 0, 256);
    return [...profileGains(sums, { sigma: 3 })];
  };
  const level = (z: number) => z % 2 === 0 ? 110 : 90;
  const lost = new Map([[4, 1e-3], [9, 0], [15, -5]]);
  const gains = gainsOf((z) => lost.get(z) ?? level(z));
  gains.forEach((gain, z) => {
    if (lost.has(z)) assert.equal(gain, 1);
    else assert.ok(gain > 0.85 && gain < 1.15, `plane ${z}: ${gain}`);
  });
  // A plane at a fiftieth of the others is dim, not lost.
  assert.ok(gainsOf((z) => z === 9 ? 2 : level(z))[9] > 10);
  assert.deepEqual(gainsOf((z) => -level(z)), new Array(shape[0]).fill(1));
});

Deno.test("the values above 1 of one bright section do not hide the others from matching", async () => {
  const shape: Shape3 = [12, 60, 60];
  const volume = new ArrayVolume(twoSections(shape, 0).map((value) => 3 * value), shape);
  const sink = ArrayVolume.zeros(shape);
  await applyHistogramMatching(volume, sink, { sections: 2 }, passes);
  const levels = new Set(sink.data.filter((value) => value > 1));
  assert.ok(levels.size > 100, `${levels.size} different values above 1`);
});

Deno.test("one voxel a hundred times as bright as the rest does no harm where the bins' upper end is given", async () => {
  const shape: Shape3 = [12, 60, 60];
  const volume = new ArrayVolume(twoSections(shape, 0).map((value) => 3 * value), shape);
  const [clean, hot] = [ArrayVolume.zeros(shape), ArrayVolume.zeros(shape)];
  await applyHistogramMatching(volume, clean, { sections: 2, max: 4 }, passes);
  volume.data[0] = 400;
  await applyHistogramMatching(volume, hot, { sections: 2, max: 4 }, passes);
  assert.deepEqual(hot.data.subarray(1), clean.data.subarray(1));
});

Deno.test("a section with next to no smoothed voxel above 0 is all tissue, also at its borders", async () => {
  const shape: Shape3 = [6, 30, 30];
  const volume = new ArrayVolume(octStack({ shape, seed: 3, sections: 2 }), shape);
  volume.data.fill(0, 3 * 900);
  await using backend = openTsBackend({ workers: 0 });
  const options = { sections: 2, sigma: [0, 2, 2] as const, zClosingSections: 0 };
  const { bits, sections } = await computeTissueMask(volume, options, backend, passes);
  assert.equal(sections[1].threshold, -Infinity);
  assert.equal(await countInside(bits, 4), 900);
  const inside = await countInside(bits, 1);
  assert.ok(inside > 100 && inside < 700);
});

Deno.test("a field is divided by, but never by less than its floor, and as strongly as asked", async () => {
  const shape: Shape3 = [1, 1, 3];
  const [volume, field] = [Float32Array.of(2, 6, 1), Float32Array.of(2, 3, 0)].map((data) =>
    new ArrayVolume(data, shape)
  );
  const sink = ArrayVolume.zeros(shape);
  await applyBiasField(volume, field, sink, {}, passes);
  assert.deepEqual([...sink.data], [1, 2, 1e6]);
  await applyBiasField(volume, field, sink, { strength: 0.5, floor: 1 }, passes);
  assert.deepEqual([...sink.data], [1.5, 4, 1]);
  await assert.rejects(applyBiasField(volume, ArrayVolume.zeros([1, 3, 1]), sink, {}, passes), RangeError);
});

Deno.test("downsampling averages blocks and tells its voxel size", async () => {
  const shape: Shape3 = [8, 8, 9];
  const data = new Float32Array(voxelCount(shape));
  forEachVoxel(shape, (i, z, y, x) => data[i] = 100 * z + 10 * y + x);
  const coarse = await downsample(new ArrayVolume(data, shape, [1, 2, 3]), [2, 2, 2], passes, wholeMask());
  assert.deepEqual([...coarse.shape], [4, 4, 4]);
  assert.deepEqual([...coarse.voxelSize], [2, 4, 6]);
  assert.ok(Math.abs(coarse.data[0] - 55.5) < 1e-5);
});
