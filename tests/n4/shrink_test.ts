/** Which positions a fit samples. */
import assert from "node:assert/strict";
import {
  capSamples,
  factorsForResolution,
  gridShape,
  sampleGrid,
  shrinkAxis,
  stretchAxis,
} from "../../src/n4/shrink.ts";
import type { Triple } from "../../src/volume.ts";
import { voxelCount } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

const LENGTHS = Array.from({ length: 200 }, (_, i) => i + 1);
const FACTORS = [1, 2, 3, 4, 5, 7, 8, 16, 33];

Deno.test("strided samples lie at o + k f with o = floor((N - 1 - (n - 1) f) / 2 + 1/2)", () => {
  for (const length of LENGTHS) {
    for (const factor of FACTORS) {
      const { factor: f, count, origin, block, positions } = shrinkAxis(length, factor, "stride");
      assert.equal(count, Math.max(1, Math.floor(length / f)));
      assert.equal(origin, Math.floor((length - 1 - (count - 1) * f) / 2 + 0.5));
      assert.equal(block, 1);
      assert.deepEqual(positions, Float64Array.from({ length: count }, (_, k) => origin + k * f));
    }
  }
});

Deno.test("samples are centred on the axis to half a voxel and never leave it", () => {
  for (const method of ["stride", "mean"] as const) {
    for (const length of LENGTHS) {
      for (const factor of FACTORS) {
        const { count, origin, factor: f, block, positions } = shrinkAxis(length, factor, method);
        const left = origin;
        const right = length - (origin + (count - 1) * f + block);
        assert.ok(left >= 0 && right >= 0, `${method} ${length} / ${factor}: ${left} left, ${right} right`);
        assert.ok(Math.abs(left - right) <= 1, `${method} ${length} / ${factor}: ${left} left, ${right} right`);
        assert.ok(Math.abs((positions[0] + positions[count - 1]) / 2 - (length - 1) / 2) <= 0.5);
      }
    }
  }
});

Deno.test("an axis keeps at least four samples, or all its voxels, and the factor is lowered only as far as that takes", () => {
  for (const length of LENGTHS) {
    for (const factor of FACTORS) {
      const { factor: f, count } = shrinkAxis(length, factor, "stride");
      const least = Math.min(length, 4);
      assert.ok(count >= least, `${length} / ${factor} keeps ${count}`);
      assert.ok(f === factor || Math.floor(length / (f + 1)) < least, `${length} / ${factor} was lowered to ${f}`);
    }
  }
});

Deno.test("a block mean stands at the middle of its block", () => {
  const { origin, block, positions } = shrinkAxis(10, 2, "mean");
  assert.deepEqual([origin, block], [0, 2]);
  assert.deepEqual([...positions], [0.5, 2.5, 4.5, 6.5, 8.5]);
  const three = shrinkAxis(14, 3, "mean");
  assert.deepEqual([three.origin, ...three.positions], [1, 2, 5, 8, 11]);
});

Deno.test("a section's samples start from its own first plane", () => {
  const whole = shrinkAxis(13, 3, "stride");
  const section = shrinkAxis(13, 3, "stride", 40);
  assert.equal(section.origin, whole.origin + 40);
  assert.deepEqual(section.positions, whole.positions.map((p) => p + 40));
});

Deno.test("factors for a resolution never pass it, and are at least 1", () => {
  assert.deepEqual(factorsForResolution([0.5, 0.3, 3], 1), [2, 3, 1]);
  assert.deepEqual(factorsForResolution([0.1, 0.1, 0.1], 0.3), [3, 3, 3]);
});

Deno.test("the cap raises factors until the samples fit, the finest axis in mm first", () => {
  const random = new Random(5);
  for (let round = 0; round < 60; round++) {
    const shape: Triple = [random.integer(8, 90), random.integer(8, 90), random.integer(8, 90)];
    const voxelSize: Triple = [random.between(0.1, 2), random.between(0.1, 2), random.between(0.1, 2)];
    const most = random.integer(343, 20_000);
    const factors = capSamples(shape, voxelSize, [1, 1, 1], most);
    assert.ok(voxelCount(gridShape(sampleGrid(shape, factors, "stride"))) <= most, `${shape} capped to ${factors}`);
  }
  assert.deepEqual(capSamples([40, 40, 40], [1, 0.25, 0.5], [1, 1, 1], 40 * 20 * 40), [1, 2, 1]);
});

Deno.test("a cap below what the rule of four samples leaves ends at that", () => {
  const factors = capSamples([10, 10, 10], [1, 1, 1], [1, 1, 1], 1);
  assert.deepEqual(gridShape(sampleGrid([10, 10, 10], factors, "stride")), [5, 5, 5]);
});

Deno.test("a grid that fits is left as it is", () => {
  assert.deepEqual(capSamples([10, 20, 30], [1, 1, 1], [2, 3, 4], 1e6), [2, 3, 4]);
});

Deno.test("columns are raised until an index fits 16 bits", () => {
  const factors = capSamples([1, 4, 200_000], [1, 1, 1], [1, 1, 1], 1e9);
  assert.ok(sampleGrid([1, 4, 200_000], factors, "stride")[2].count <= 65_536);
});

/** The rule of `capSamples`, step by step. */
function cappedByOnes(shape: Triple, voxelSize: Triple, factors: Triple, most: number): number[] {
  const capped = [...factors];
  const stuck = [false, false, false];
  for (;;) {
    const counts = shape.map((n, a) => shrinkAxis(n, capped[a], "stride").count);
    const tooWide = counts[2] > 65536;
    if (counts[0] * counts[1] * counts[2] <= most && !tooWide) break;
    const candidates = tooWide ? [2] : [0, 1, 2].filter((a) => !stuck[a]);
    if (candidates.length === 0) break;
    const axis = candidates.reduce((best, a) => capped[a] * voxelSize[a] < capped[best] * voxelSize[best] ? a : best);
    stuck[axis] = shrinkAxis(shape[axis], ++capped[axis], "stride").factor < capped[axis];
  }
  return shape.map((n, a) => shrinkAxis(n, capped[a], "stride").factor);
}

Deno.test("raising the factors in strides comes to what raising them one by one does", () => {
  const random = new Random(12);
  for (let i = 0; i < 500; i++) {
    const triple = (draw: () => number) => [draw(), draw(), draw()] as const;
    const shape = triple(() => random.integer(1, random.uniform() < 0.1 ? 3000 : 60));
    const voxelSize = triple(() => [1, 1, 0.5, 3, 0.01, 7.3][random.integer(0, 5)]);
    const factors = triple(() => random.integer(1, 6));
    const most = [64, 100, 1000, 20000][random.integer(0, 3)];
    const found = capSamples(shape, voxelSize, factors, most);
    const used = shape.map((n, a) => shrinkAxis(n, found[a], "stride").factor);
    assert.deepEqual(
      used,
      cappedByOnes(shape, voxelSize, factors, most),
      `${shape}, ${voxelSize}, ${factors}, ${most}`,
    );
  }
});

// Raising factors one by one would not come to an end here.
Deno.test("the samples of a grid as long as a file can claim are chosen at once", () => {
  for (const shape of [[2, 2 ** 31, 4], [2 ** 50, 1, 1], [1, 2 ** 25, 2 ** 25], [2 ** 17, 2 ** 17, 2 ** 17]] as const) {
    for (const voxelSize of [[1, 1, 1], [1e-6, 1, 1e3], [1, 1e-9, 1]] as const) {
      const grid = sampleGrid(shape, capSamples(shape, voxelSize, [4, 4, 4], 2 ** 16), "stride");
      assert.ok(voxelCount(gridShape(grid)) <= 2 ** 16);
    }
  }
});

Deno.test("stretched samples are the picked ones, spread from the first voxel to the last", () => {
  for (const length of LENGTHS) {
    for (const factor of FACTORS) {
      const { factor: f, count, origin, positions } = stretchAxis(length, factor);
      assert.equal(count, Math.max(1, Math.floor(length / f)));
      assert.equal(origin, Math.floor((length - 1 - (count - 1) * f) / 2 + 0.5));
      assert.ok(count >= Math.min(2, length), `${count} of ${length}`);
      positions.forEach((p, k) => assert.ok(Math.abs(p - (count > 1 ? k * (length - 1) / (count - 1) : 0)) < 1e-9));
    }
  }
});

Deno.test("the samples of a padded axis are those in the volume, at their places on the longer axis", () => {
  for (const length of LENGTHS.slice(7)) {
    for (const [below, above] of [[0, 1], [3, 4], [50, 51], [7, 7]]) {
      for (const factor of [1, 2, 3, 4]) {
        const whole = below + length + above;
        const all = stretchAxis(whole, factor);
        const { count, origin, factor: f, positions } = stretchAxis(length, factor, { below, length: whole });
        const first = Math.max(all.origin, below % f);
        const picked = Array.from({ length: all.count }, (_, k) => first + k * f - below);
        const inside = picked.flatMap((voxel, k) => voxel >= 0 && voxel < length ? [[voxel, k] as const] : []);
        assert.deepEqual(Array.from({ length: count }, (_, k) => origin + k * f), inside.map(([voxel]) => voxel));
        inside.forEach(([, k], i) => assert.ok(Math.abs(positions[i] - (all.positions[k] - below)) < 1e-9));
      }
    }
  }
});
