/** Taking the samples of a fit out of a volume, box by box. */

import assert from "node:assert/strict";
import {
  type MaskReader,
  NearestReader,
  nonzeroMask,
  thresholdMask,
  volumeMask,
  wholeMask,
} from "../../../src/intensity/mask/mask.ts";
import { sampleGrids, sampleVolume } from "../../../src/intensity/sample/sample.ts";
import type { DenseSamples } from "../../../src/n4/samples.ts";
import { gridShape, type SampleGrid, sampleGrid } from "../../../src/n4/shrink.ts";
import { RunLog } from "../../../src/run_log.ts";
import { type Shape3, type Triple, voxelCount } from "../../../src/volume.ts";
import { MemorySource } from "../../helpers/memory_volumes.ts";
import { Random } from "../../helpers/random.ts";

const SHAPE: Shape3 = [7, 10, 13];

/** Small integers, so that sums are exact in any order; some NaN, some 0. */
function values(seed: number, most = 50): Float32Array {
  const random = new Random(seed);
  return Float32Array.from(
    { length: voxelCount(SHAPE) },
    () => random.uniform() < 0.05 ? NaN : random.integer(0, most),
  );
}

function passes(boxVoxels: number) {
  return { boxVoxels, slots: 3, log: new RunLog() };
}

/** The samples, block by block from the whole arrays. */
function bruteForce(
  grid: SampleGrid,
  data: Float32Array,
  inside: (i: number) => boolean,
  weights?: Float32Array,
): DenseSamples {
  const [intensity, weight]: number[][] = [[], []];
  const [nz, ny, nx] = gridShape(grid);
  for (let k = 0; k < nz * ny * nx; k++) {
    const at = [Math.floor(k / (ny * nx)), Math.floor(k / nx) % ny, k % nx];
    const [z0, y0, x0] = at.map((index, a) => grid[a].origin + index * grid[a].factor);
    const block: number[] = [];
    for (let z = z0; z < z0 + grid[0].block; z++) {
      for (let y = y0; y < y0 + grid[1].block; y++) {
        for (let x = x0; x < x0 + grid[2].block; x++) block.push((z * SHAPE[1] + y) * SHAPE[2] + x);
      }
    }
    const used = block.filter((i) => isFinite(data[i]) && inside(i));
    const mean = (of: Float32Array) => used.reduce((sum, i) => sum + of[i], 0) / used.length;
    const enough = used.length > 0 && used.length >= block.length / 2;
    intensity.push(enough ? mean(data) : NaN);
    weight.push(enough && weights ? mean(weights) : 0);
  }
  return {
    positions: [grid[0].positions, grid[1].positions, grid[2].positions],
    intensity: Float32Array.from(intensity),
    ...(weights ? { weight: Float32Array.from(weight) } : {}),
  };
}

const FACTORS: Triple[] = [[1, 1, 1], [2, 2, 3], [1, 4, 2], [3, 3, 3]];

for (const method of ["stride", "mean"] as const) {
  Deno.test(`samples by ${method} are the blocks' means over the mask, for any box size and chunk`, async () => {
    const [data, confidence] = [values(1), values(2, 9).map((v) => Number.isNaN(v) ? 0 : v)];
    const maskValues = values(3, 2).map((v) => Number.isNaN(v) ? 0 : v);
    for (const factors of FACTORS) {
      const grid = sampleGrid(SHAPE, factors, method);
      const expected = bruteForce(grid, data, (i) => maskValues[i] !== 0, confidence);
      for (
        const [boxVoxels, chunk] of [[1, [1, 1, 13]], [100, [1, 1, 13]], [1e6, [1, 1, 13]], [1, [3, 4, 5]], [200, [
          2,
          8,
          8,
        ]]] as const
      ) {
        const source = new MemorySource(SHAPE, data, { chunk });
        const mask = volumeMask(new MemorySource(SHAPE, maskValues), source, "m.nii");
        const weights = new NearestReader(new MemorySource(SHAPE, confidence), source);
        assert.deepEqual(await sampleVolume({ source, grid, mask, weights, passes: passes(boxVoxels) }), expected);
      }
    }
  });
}

Deno.test("the masks made from intensities hold what their names say, and never a voxel that is not finite", async () => {
  const data = values(4, 3);
  const masks: [MaskReader, (v: number) => boolean][] = [
    [wholeMask(), () => true],
    [nonzeroMask(), (v) => v !== 0],
    [thresholdMask(1, "test"), (v) => v > 1],
  ];
  const grid = sampleGrid(SHAPE, [1, 1, 1], "stride");
  for (const [mask, inside] of masks) {
    const samples = await sampleVolume({ source: new MemorySource(SHAPE, data), grid, mask, passes: passes(99) });
    assert.deepEqual(samples.intensity, data.map((v) => isFinite(v) && inside(v) ? v : NaN), mask.description);
  }
});

Deno.test("a mask counts any value but 0 and NaN, or one label alone", async () => {
  const labels = values(5, 3).map((v, i) => i === 0 ? -1 : i === 1 ? 255 : i === 2 ? 0.5 : v);
  const data = new Float32Array(labels.length).fill(1);
  const source = new MemorySource(SHAPE, data);
  const grid = sampleGrid(SHAPE, [1, 1, 1], "stride");
  for (const label of [undefined, 0, 2, 255]) {
    const mask = volumeMask(new MemorySource(SHAPE, labels), source, "m.nii", label);
    const { intensity } = await sampleVolume({ source, grid, mask, passes: passes(99) });
    const inside = (v: number) => label === undefined ? v !== 0 && !Number.isNaN(v) : v === label;
    assert.deepEqual(intensity, labels.map((v) => inside(v) ? 1 : NaN));
  }
});

Deno.test("strided sampling reads every box at most once, and only where samples lie", async () => {
  const source = new MemorySource(SHAPE, values(6));
  const grid = sampleGrid(SHAPE, [3, 3, 3], "stride");
  await sampleVolume({ source, grid, mask: wholeMask(), passes: passes(1) });
  assert.equal(source.boxes.length, grid[0].count * grid[1].count);
  assert.equal(source.goesBack, 0);
});

/** Three sections of the volume; those that begin in one layer of chunks are read together. */
function sectionGrids(factors: Triple, method: "stride" | "mean"): SampleGrid[] {
  return [[0, 2], [2, 5], [5, 7]].map(([z0, z1]) => sampleGrid([z1 - z0, SHAPE[1], SHAPE[2]], factors, method, z0));
}

Deno.test("sections that are sampled together have the samples that each has alone, for any box size and chunk", async () => {
  const [data, confidence] = [values(7), values(8, 9).map((v) => Number.isNaN(v) ? 0 : v)];
  for (const method of ["stride", "mean"] as const) {
    for (const factors of FACTORS) {
      const grids = sectionGrids(factors, method);
      for (
        const [boxVoxels, chunk] of [[1, [1, 1, 13]], [1, [4, 5, 6]], [150, [7, 10, 13]], [1e6, [3, 4, 5]]] as const
      ) {
        const source = new MemorySource(SHAPE, data, { chunk });
        const weights = new NearestReader(new MemorySource(SHAPE, confidence), source);
        const origin = { source, mask: nonzeroMask(), weights, passes: passes(boxVoxels) };
        const together = await sampleGrids(origin, grids);
        for (const [i, grid] of grids.entries()) {
          const expected = bruteForce(grid, data, (at) => data[at] !== 0, confidence);
          assert.deepEqual(together[i], expected, `${method}, factors ${factors}, section ${i}`);
        }
      }
    }
  }
});

Deno.test("sections in one layer of chunks are read once", async () => {
  const source = new MemorySource(SHAPE, values(9), { chunk: [7, 10, 13] });
  await sampleGrids({ source, mask: wholeMask(), passes: passes(1e6) }, sectionGrids([1, 2, 2], "mean"));
  assert.deepEqual(source.boxes.map(({ z0, z1 }) => [z0, z1]), [[0, 7]]);
});

Deno.test("a source in C order is read forward, though blocks reach over more planes than a box has", async () => {
  const shape: Shape3 = [16, 10, 13];
  const random = new Random(10);
  const data = Float32Array.from({ length: voxelCount(shape) }, () => random.integer(0, 50));
  const grid = sampleGrid(shape, [3, 2, 2], "mean");
  const sample = async (source: MemorySource) =>
    await sampleVolume({ source, grid, mask: wholeMask(), passes: passes(130) });
  const source = new MemorySource(shape, data, { forwardOnly: true });
  assert.deepEqual(await sample(source), await sample(new MemorySource(shape, data, { chunk: [4, 4, 4] })));
  assert.equal(source.goesBack, 0);
  assert.equal(source.boxes.length, grid[0].count);
});
