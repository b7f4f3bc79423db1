/** Counting and summing by WebAssembly give what the TypeScript loops beside them give. */
import assert from "node:assert/strict";
import { COUNT_VALUES } from "../../src/intensity/count/count_values.ts";
import { dataEdges, EdgeHistogram, rangeEdges } from "../../src/intensity/count/edge_histogram.ts";
import { ExactSums } from "../../src/intensity/count/exact_sum.ts";
import { sumValues } from "../../src/intensity/count/sum_values.ts";
import { type Box, boxVoxels } from "../../src/volume.ts";
import { threadStages } from "../../src/wasm/thread_stages.ts";
import { Random } from "../helpers/random.ts";

/** The float32 numbers next to some. */
function neighbours(values: Float32Array): Float32Array {
  const bits = new Int32Array(values.slice().buffer);
  return new Float32Array(Int32Array.from([...bits, ...bits.map((b) => b + 1), ...bits.map((b) => b - 1)]).buffer);
}

/**
 * Edges as the stages make them: wide and narrow ranges, ranges far from 0, ranges across it, a range that is a point.
 */
const EDGES = [
  dataEdges(Math.fround(0.01), 1, 256),
  dataEdges(1000, Math.fround(1000.02), 256),
  dataEdges(-3, Math.fround(5.7), 100),
  dataEdges(Math.fround(1e-38), Math.fround(2.5e-38), 7),
  dataEdges(Math.fround(-1e30), Math.fround(1e38), 300),
  rangeEdges(1e-6, 1, 512),
  rangeEdges(0.25, 17.3, 33),
  rangeEdges(2, 2, 4),
];

Deno.test("counting by WebAssembly finds the bins of its twin, at every edge and beside it", async () => {
  const random = new Random(12);
  for (const edges of EDGES) {
    const [lo, hi] = [edges[0], edges[edges.length - 1]];
    const spread = Array.from({ length: 5001 }, () => lo + (hi - lo) * random.between(-0.1, 1.1));
    const near = Array.from({ length: 997 }, () => edges[random.integer(0, edges.length - 1)]);
    const odd = [NaN, Infinity, -Infinity, 0, -0];
    const values = Float32Array.from([...spread, ...near, ...neighbours(edges), ...odd]);
    const box: Box = { z0: 0, z1: 1, y0: 0, y1: 1, x0: 0, x1: values.length };
    const [counts] = await COUNT_VALUES.work({ box, values, part: box, edges: [edges], histogramOfPlane: [0] });
    const twin = new EdgeHistogram(edges);
    twin.add(values);
    assert.deepEqual(counts, twin.counts, `${lo} to ${hi}`);
    assert.ok(twin.counts.some((count) => count > 0));
  }
});

Deno.test("counting by WebAssembly keeps to the part of a box, plane by plane, and to a small memory", async () => {
  const random = new Random(13);
  const box: Box = { z0: 3, z1: 10, y0: 5, y1: 45, x0: 2, x1: 4102 };
  const part: Box = { z0: 4, z1: 9, y0: 7, y1: 44, x0: 5, x1: 4096 };
  const values = Float32Array.from({ length: boxVoxels(box) }, () => random.between(-1, 18));
  const edges = [EDGES[6], EDGES[5]];
  const histogramOfPlane = [0, 1, 1, -1, 0];
  const twins = edges.map((each) => new EdgeHistogram(each));
  histogramOfPlane.forEach((h, k) => {
    for (let y = part.y0; y < part.y1; y++) {
      const at = ((part.z0 + k - box.z0) * 40 + y - box.y0) * 4100 - box.x0;
      twins[h]?.add(values, at + part.x0, at + part.x1);
    }
  });
  const counts = await COUNT_VALUES.work({ box, values, part, edges, histogramOfPlane });
  assert.deepEqual(counts, twins.map((twin) => twin.counts));
  assert.ok(threadStages().arena.memory.buffer.byteLength <= 2 ** 20);
});

/** Values between powers of two, some of either sign. */
function powers(random: Random, length: number, from: number, to: number): Float32Array {
  return Float32Array.from({ length }, () => random.normal() * 2 ** random.integer(from, to));
}

Deno.test("summing by WebAssembly is exact and counts as its twin does, whatever the values and the mask", () => {
  const random = new Random(14);
  const odd = powers(random, 9001, -3, 3);
  [odd[17], odd[2100], odd[2101], odd[8999]] = [NaN, Infinity, -Infinity, -0];
  const cases = [
    powers(random, 20_003, -2, 2),
    powers(random, 9001, -10, 10), // Some runs are exact, some are not.
    powers(random, 9001, -140, 120),
    powers(random, 3001, -149, -120),
    powers(random, 3001, 100, 126),
    new Float32Array(5000),
    odd,
    Float32Array.of(3),
    new Float32Array(0),
  ];
  for (const values of cases) {
    for (const share of [0, 0.02, 0.5, 1, undefined]) {
      const inside = share === undefined ? undefined : Uint8Array.from(values, () => Number(random.uniform() < share));
      const [begin, end] = [Math.min(1, values.length), values.length];
      const [found, twin] = [new ExactSums(2), new ExactSums(2)];
      for (const half of [begin + Math.floor((end - begin) / 3), end]) {
        sumValues(found, 1, values, half === end ? begin + Math.floor((end - begin) / 3) : begin, half, inside);
      }
      twin.add(1, values, begin, end, inside);
      assert.equal(found.sum(1), twin.sum(1));
      assert.deepEqual(found.counts, twin.counts);
      assert.equal(found.sum(0), 0);
    }
  }
});

Deno.test("a sum is rounded once", () => {
  const sums = new ExactSums(1);
  // 2^53 + 1 + 2^-40 is nearer to 2^53 + 2; added from small to large in float64, it would be 2^53.
  const values = Float32Array.of(2 ** 52, 2 ** 52, 1, 2 ** -40);
  sums.add(0, values, 0, 4);
  assert.equal(sums.sum(0), 2 ** 53 + 2);
});
