/** Figures over a mask: percentiles, means, correlations and histograms against plain definitions. `deno task suite reference:figures` holds all of them against NumPy and SciPy. */

import assert from "node:assert/strict";
import { histogramsOf } from "../../../src/evaluate/compare/histogram.ts";
import { metricsOf, sharedMask } from "../../../src/evaluate/compare/metrics.ts";
import type { Side } from "../../../src/evaluate/compare/result.ts";
import { scheduleFor } from "../../../src/evaluate/contestants/schedule.ts";
import { otsuMask, percentileMask } from "../../../src/evaluate/slab.ts";
import {
  flooredLog,
  meanOf,
  pearson,
  percentilesOf,
  relativeDifferences,
  variationOf,
} from "../../../src/intensity/count/statistics.ts";
import { Random } from "../../helpers/random.ts";

function randomList(length: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal() * 10 ** random.between(-2, 2));
}

function bySorting(values: Float32Array, percentile: number): number {
  const sorted = values.toSorted();
  const rank = ((sorted.length - 1) * percentile) / 100;
  const [below, above] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  return below + (above - below) * (rank - Math.floor(rank));
}

Deno.test("percentiles are those of the sorted list, of any length, in any order of asking", () => {
  for (let length = 1; length < 40; length++) {
    const values = randomList(length, length);
    const asked = [95, 0, 50, 100, 33.3];
    percentilesOf(values, asked).forEach((found, i) => {
      const expected = bySorting(values, asked[i]);
      assert.ok(Math.abs(found - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${length}, ${asked[i]}`);
    });
  }
  assert.deepEqual(percentilesOf(new Float32Array(), [50]), [NaN]);
  assert.deepEqual(percentilesOf(Float32Array.of(Math.E, 1), [50], flooredLog).map((value) => value.toFixed(6)), [
    "0.500000",
  ]);
});

Deno.test("what lies outside the mask or is not finite is of no account", () => {
  const values = Float32Array.of(1, NaN, 3, Infinity, 5, 7);
  assert.equal(variationOf(Float32Array.of(1, 5)), 2 / 3);
  const mask = Uint8Array.of(1, 1, 0, 1, 1, 0);
  assert.deepEqual([meanOf(values, mask), variationOf(values, mask)], [3, 2 / 3]);
  assert.deepEqual(percentilesOf(values, [0, 50, 100], (value) => 2 * value, mask), [2, 6, 10]);
  assert.equal(meanOf(values, mask, (value) => value ** 2), 13);
});

Deno.test("correlation is 1 for a scaled list, -1 for a turned one, and no number for a constant", () => {
  const values = randomList(200, 3);
  const all = new Uint8Array(200).fill(1);
  assert.ok(Math.abs(pearson(values, values.map((value) => 3 * value + 2), all) - 1) < 1e-6);
  assert.ok(Math.abs(pearson(values, values.map((value) => -value), all) + 1) < 1e-12);
  assert.equal(pearson(values, new Float32Array(200).fill(2), all), NaN);
});

Deno.test("a histogram counts every value between its ends once, in the bin whose edges hold it", () => {
  const [a, b] = [randomList(5000, 1), randomList(300, 2)];
  const { edges, series } = histogramsOf("x", {
    a: { values: a },
    b: { values: b },
    none: { values: new Float32Array() },
  });
  for (const [i, list] of [a, b].entries()) {
    const expected = Array.from({ length: edges.length - 1 }, (_, bin) => {
      const last = bin === edges.length - 2;
      return list.filter((v) => v >= edges[bin] && (v < edges[bin + 1] || (last && v === edges[bin + 1]))).length;
    });
    assert.deepEqual([...series[i].counts], expected);
    assert.equal(series[i].total, list.length);
  }
  assert.ok(series[2].counts.every((count) => count === 0));
  const flat = histogramsOf("x", { a: { values: new Float32Array(50).fill(4) } });
  assert.equal(flat.series[0].counts.reduce((sum, count) => sum + count, 0), 50);
});

function sideOf(name: string, corrected: Float32Array, field: Float32Array): Side {
  return { name, label: name, kind: "result", corrected, field, levels: [] };
}

Deno.test("two corrections that differ by a factor agree in everything but their scale", () => {
  const input = randomList(4000, 5).map((value) => Math.abs(value) + 1);
  const field = randomList(4000, 6).map((value) => 1 + 0.001 * value);
  const corrected = input.map((value, i) => value / field[i]);
  const sides = [
    sideOf("a", corrected, field),
    sideOf("b", corrected.map((v) => v / 4), field.map((v) => v * 4)),
  ] as const;
  const mask = sharedMask({ mask: new Uint8Array(4000).fill(1), sides });
  const value = Object.fromEntries(metricsOf({ input, mask, sides }).map((metric) => [metric.key, metric.value]));
  assert.ok(Math.abs(value.fieldCorrelation - 1) < 1e-6 && Math.abs(value.contrastRatio - 1) < 1e-5);
  assert.ok(value.medianError < 1e-6 && value.p95Error < 1e-6 && value.largestFieldDifference < 1e-6);
  assert.ok(Math.abs(value["fieldLogMean:b"] - value["fieldLogMean:a"] - Math.log(4)) < 1e-6);
  assert.ok(Math.abs(value["tissueMedian:a"] - value["tissueMedian:b"] - Math.log(4)) < 1e-6);
  assert.ok(relativeDifferences(sides[0].field, sides[1].field, mask).every((d) => Math.abs(d) < 1e-6));
});

Deno.test("what a side leaves of the true field does not depend on its scale", () => {
  const [input, truth] = [new Float32Array(4000).fill(2), randomList(4000, 7).map((value) => 2 + Math.sin(value))];
  const sides = [sideOf("none", input, input), sideOf("all", input, truth.map((value) => 3 * value))] as const;
  const metrics = metricsOf({ input, mask: new Uint8Array(4000).fill(1), sides, truth: Float32Array.from(truth) });
  const left = (side: string) => metrics.find(({ key }) => key === `biasLeft:${side}`)?.value ?? NaN;
  const mean = truth.reduce((sum, value) => sum + value, 0) / 4000;
  const deviation = Math.sqrt(truth.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4000);
  assert.ok(Math.abs(left("none") - 100 * deviation / mean) < 1e-3, `${left("none")}`);
  assert.ok(left("all") < 1e-4, `${left("all")}`);
});

Deno.test("voxels in which a side has no field take no part", () => {
  const ones = new Float32Array(6).fill(1);
  const holes = Float32Array.of(1, NaN, 1, 1, 1, 1);
  const dark = Float32Array.of(1, 1, 1, NaN, 1, 1);
  const sides = [sideOf("a", ones, holes), sideOf("b", dark, ones)] as const;
  assert.deepEqual([...sharedMask({ mask: Uint8Array.of(1, 1, 0, 1, 1, 1), sides })], [1, 0, 0, 0, 1, 1]);
});

Deno.test("the mask leaves out the darkest twentieth, what is not above 0, and what is not finite", () => {
  const ramp = Float32Array.from({ length: 101 }, (_, i) => i + 1);
  assert.equal(percentileMask(ramp).indexOf(1), 6);
  assert.deepEqual([...percentileMask(Float32Array.of(-3, 0, 0, 0, 5, NaN, Infinity))], [0, 0, 0, 0, 1, 0, 0]);
});

Deno.test("Otsu's mask parts two classes, and takes all of a single one that is above 0", () => {
  const random = new Random(9);
  const values = Float32Array.from({ length: 4000 }, (_, i) => (i % 3 === 0 ? 1 : 10) + random.normal());
  values[5] = NaN;
  const mask = otsuMask(values);
  mask.forEach((inside, i) => assert.equal(inside, i % 3 !== 0 && i !== 5 ? 1 : 0, `${values[i]}`));
  assert.deepEqual([...otsuMask(Float32Array.of(4, 4, 4))], [1, 1, 1]);
  assert.deepEqual([...otsuMask(Float32Array.of(-4, -4))], [0, 0]);
});

Deno.test("a schedule's samples are those of the fit, and a spacing that is too fine is refused or made coarser", () => {
  const volume = { shape: [40, 60, 80], voxelSize: [1, 1, 1] } as const;
  const request = { iterations: [2, 2], shrinkFactors: [4, 4, 4], convergenceThreshold: 0 } as const;
  const { grid, fit } = scheduleFor(volume, { ...request, coarsen: false, splineDistance: 20 });
  assert.deepEqual(grid.map(({ count, factor }) => [count, factor]), [[10, 4], [15, 4], [20, 4]]);
  assert.deepEqual(fit.controlPoints, [5, 6, 7]);
  assert.throws(() => scheduleFor(volume, { ...request, coarsen: false, splineDistance: 0.5 }), { name: "RangeError" });
  const coarse = scheduleFor(volume, { ...request, coarsen: true, splineDistance: 0.5 });
  assert.ok(coarse.fit.controlPoints.every((points) => points >= 4 && points < 30));
});
