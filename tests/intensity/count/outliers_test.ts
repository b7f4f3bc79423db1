/** Where outliers begin. */

import assert from "node:assert/strict";
import { clippedSource, inlierSource, OutlierCounts } from "../../../src/intensity/count/outliers.ts";
import { ArrayVolume } from "../../../src/io/array_volume.ts";
import { wholeBox } from "../../../src/volume.ts";
import { Random } from "../../helpers/random.ts";

const SHAPE = [10, 20, 50] as const;
const BOX = wholeBox(SHAPE);

function noise(seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: 10000 }, () => random.between(1, 3));
}

async function countsOf(values: Float32Array): Promise<OutlierCounts> {
  const counts = new OutlierCounts();
  await counts.addBy(undefined, values, BOX);
  return counts;
}

Deno.test("without a value far beyond the others there are no outliers", async () => {
  assert.equal((await countsOf(noise(1))).bounds(0.5, [1, 3]), undefined);
  const constant = await countsOf(new Float32Array(10000).fill(7));
  assert.equal(constant.bounds(0.5, [7, 7]), undefined, "nor where most have one value");
  assert.equal(new OutlierCounts().percentiles([1, 99]), undefined);
});

Deno.test("a few values far beyond the others lie outside the bounds, however far, and the others inside", async () => {
  for (const value of [9, 1e3, 1e30, -50, Infinity, NaN]) {
    const values = noise(2);
    for (let i = 0; i < 40; i++) values[97 * i] = value;
    const bounds = (await countsOf(values)).bounds(0.5, [Math.min(1, value), Math.max(3, value)]);
    if (!isFinite(value)) continue;
    assert.ok(bounds && bounds[0] < 1 && bounds[0] > -0.1 && bounds[1] > 3 && bounds[1] < 4.1, `${value}: ${bounds}`);
  }
});

Deno.test("counts of parts, in any order, are those of the whole, and a percentile's ends hold its value", async () => {
  const values = noise(3);
  const whole = await countsOf(values);
  const parts = new OutlierCounts();
  for (const [z0, z1, y0, y1] of [[5, 10, 0, 20], [0, 5, 7, 20], [0, 5, 0, 7]]) {
    await parts.addBy(undefined, values, BOX, { ...BOX, z0, z1, y0, y1 });
  }
  assert.deepEqual(parts.encode(), whole.encode());
  const sorted = values.toSorted();
  const [lo, hi] = whole.percentiles([10, 90]) ?? [];
  assert.ok(lo && hi && lo <= sorted[999] && lo > 0.99 * sorted[999] && hi >= sorted[8999] && hi < 1.01 * sorted[8999]);
});

Deno.test("a clipped volume has its finite values clipped, and others as they are", async () => {
  const volume = new ArrayVolume(Float32Array.of(-5, 0.5, 9, NaN, Infinity, -Infinity), [1, 2, 3]);
  const out = new Float32Array(6);
  await clippedSource(volume, [0, 2]).read(wholeBox(volume.shape), out);
  assert.deepEqual([...out], [0, 0.5, 2, NaN, Infinity, -Infinity]);
});

Deno.test("a volume without its outliers has NaN where values lie two widths beyond the percentiles", async () => {
  const values = noise(4);
  for (let i = 0; i < 40; i++) values[97 * i] = i % 2 === 0 ? 50 : -50;
  const [counts, tolerance] = [await countsOf(values), 2];
  const clip = counts.bounds(tolerance, [-50, 50]);
  const [lo, hi] = counts.percentiles([0.5, 99.5]) ?? [];
  assert.ok(clip && lo !== undefined && hi !== undefined);
  const edge = 1e-6 * (hi - lo);
  const probes = [
    lo,
    hi,
    -2 * hi + 3 * lo + edge,
    -2 * hi + 3 * lo - edge,
    3 * hi - 2 * lo - edge,
    3 * hi - 2 * lo + edge,
  ];
  const out = new Float32Array(probes.length);
  const volume = new ArrayVolume(Float32Array.from(probes), [1, 2, 3]);
  await inlierSource(volume, clip, tolerance).read(wholeBox(volume.shape), out);
  assert.deepEqual([...out].map(Number.isNaN), [false, false, false, true, false, true]);
});
