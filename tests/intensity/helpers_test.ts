/**
 * Section bounds, exact sums, percentiles and lists against their definitions.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { ExactSums } from "../../src/intensity/count/exact_sum.ts";
import { interpolate, percentileOf } from "../../src/intensity/count/interpolate.ts";
import { groupPercentiles } from "../../src/intensity/count/percentile.ts";
import { sectionBounds } from "../../src/intensity/sections.ts";
import { RunLog } from "../../src/run_log.ts";
import type { Shape3 } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

const passes = { boxVoxels: 70, slots: 2, log: new RunLog() };

Deno.test("borders of sections are rounded half to even", () => {
  const borders = (planes: number, sections: number) => sectionBounds(planes, sections).map(({ z1 }) => z1);
  assert.deepEqual(borders(5, 2), [2, 5]);
  assert.deepEqual(borders(7, 2), [4, 7]);
  assert.deepEqual(borders(10, 4), [2, 5, 8, 10]);
  assert.deepEqual(borders(10, 3), [3, 7, 10]);
  assert.deepEqual(sectionBounds(3, undefined), [{ z0: 0, z1: 1 }, { z0: 1, z1: 2 }, { z0: 2, z1: 3 }]);
});

Deno.test("more sections than planes, none, and halves are refused", () => {
  for (const sections of [4, 0, 1.5]) {
    assert.throws(() => sectionBounds(3, sections), {
      message:
        `Cannot cut the stack as its sections (option 'nSerialSlices') must be an integer from 1 to its 3 planes: current value is ${sections}`,
    });
  }
});

Deno.test("sums are exact in any order and portions, over the whole range of float32", () => {
  const random = new Random(4);
  const values = Float32Array.from({ length: 4000 }, () => random.normal() * 2 ** random.integer(-60, 60));
  values[7] = NaN;
  const sumOf = (list: Float32Array, portion: number) => {
    const sums = new ExactSums(2);
    for (let i = 0; i < list.length; i += portion) sums.add(1, list, i, Math.min(i + portion, list.length));
    return sums.sum(1);
  };
  const backwards = values.slice().reverse();
  assert.equal(sumOf(values, 4000), sumOf(backwards, 37));
  const integers = Float32Array.from({ length: 1000 }, (_, i) => (i % 7) - 3.25);
  assert.equal(sumOf(integers, 10), integers.reduce((sum, value) => sum + value, 0));
});

Deno.test("percentiles of groups are those of their sorted values", async () => {
  const random = new Random(9);
  const shape: Shape3 = [6, 5, 11];
  const data = Float32Array.from({ length: 330 }, (_, i) => i < 60 ? 0 : random.normal() * 10 ** random.integer(-3, 3));
  [data[70], data[71]] = [NaN, Infinity];
  const pixels = Uint8Array.from({ length: 55 }, (_, i) => i % 3 === 0 ? 1 : 0);
  const groups = [{ z0: 0, z1: 1 }, { z0: 1, z1: 4 }, { z0: 4, z1: 6 }];
  for (const percentile of [0, 12.5, 50, 99.9, 100]) {
    for (const extra of [{}, { positive: true }, { pixels }]) {
      const { values, counts } = await groupPercentiles(
        new ArrayVolume(data, shape),
        { groups, percentile, ...extra },
        passes,
      );
      groups.forEach(({ z0, z1 }, g) => {
        const chosen = data.subarray(z0 * 55, z1 * 55).filter((value, i) =>
          isFinite(value) && (!("positive" in extra) || value > 0) && (!("pixels" in extra) || pixels[i % 55] === 1)
        );
        assert.equal(counts[g], chosen.length);
        assert.equal(values[g] + 0, percentileOf(chosen, percentile) + 0);
      });
    }
  }
  await assert.rejects(groupPercentiles(new ArrayVolume(data, shape), { groups, percentile: 101 }, passes), RangeError);
});

Deno.test("interpolation is clamped, and of equal abscissae the last counts", () => {
  const [xs, ys] = [Float64Array.of(0, 1, 1, 1, 2), Float64Array.of(0, 10, 20, 30, 40)];
  assert.deepEqual([-1, 0, 0.5, 1, 1.5, 2, 3].map((x) => interpolate(x, xs, ys)), [0, 0, 5, 30, 35, 40, 40]);
});
