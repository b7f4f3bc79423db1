/** The stages of an iteration by WebAssembly give the bits of the TypeScript loops beside them. */
import assert from "node:assert/strict";
import type { FitSamples } from "../../../src/backends/backend.ts";
import { contract, contractWeights } from "../../../src/backends/ts/loops/contract.ts";
import {
  allocateFit,
  allocateIterations,
  allocateLevel,
  type FitMemory,
  type LevelMemory,
  tileRowRange,
} from "../../../src/backends/ts/fit_memory.ts";
import { histogram } from "../../../src/backends/ts/loops/histogram.ts";
import { subtract, subtractIncrement } from "../../../src/backends/ts/loops/subtract.ts";
import { Arena } from "../../../src/wasm/arena.ts";
import { contractTiles, update } from "../../../src/backends/ts/loops/update.ts";
import { wasmSharpen } from "../../../src/backends/ts/wasm/sharpen.ts";
import { wasmAddTiles, wasmUpdate } from "../../../src/backends/ts/wasm/update.ts";
import { Sharpener } from "../../../src/n4/sharpen.ts";
import { wasmContract, wasmContractWeights } from "../../../src/backends/ts/wasm/contract.ts";
import { wasmHistogram } from "../../../src/backends/ts/wasm/histogram.ts";
import { wasmSubtract } from "../../../src/backends/ts/wasm/subtract.ts";
import { type StageFunctions, stagesOver } from "../../../src/wasm/module.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { compactSamples } from "../../../src/n4/samples.ts";
import { type Shape3, type Triple, voxelCount } from "../../../src/volume.ts";
import { Random } from "../../helpers/random.ts";
import { voxelPositions } from "../../helpers/volumes.ts";

/** Samples of a seeded shape: of each row all, none, a run, some, or few and far between. */
function randomSamples(random: Random, shape: Shape3, weighted: boolean): FitSamples {
  const intensity = new Float32Array(voxelCount(shape)).fill(NaN);
  const [nz, ny, nx] = shape;
  for (let r = 0; r < nz * ny; r++) {
    const kind = random.integer(0, 4);
    const [from, to] = kind === 2 ? [random.integer(0, nx - 1), random.integer(0, nx)] : [0, nx];
    const share = [1, 0, 1, 0.7, 0.1][kind];
    for (let x = from; x < to; x++) {
      if (random.uniform() < share) intensity[r * nx + x] = Math.exp(random.between(0, 5));
    }
  }
  intensity[0] = 3;
  intensity[intensity.length - 1] = 90;
  const weight = weighted ? intensity.map(() => random.between(0.01, 1)) : undefined;
  return compactSamples({ positions: voxelPositions(shape), intensity, weight }, "exclude")
    .samples;
}

interface Subject {
  readonly fit: FitMemory;
  readonly level: LevelMemory;
  readonly stages: StageFunctions;
  readonly arena: Arena;
}

/** A fit in the middle of a level, under a lattice of random values up to `amplitude`. */
function subject(random: Random, shape: Shape3, points: Triple, weighted: boolean, amplitude: number): Subject {
  const samples = randomSamples(random, shape, weighted);
  const arena = new Arena();
  const fit = allocateFit(samples, arena);
  const rows = splineRows3([samples.z, samples.y, samples.x], shape, points);
  const lattice = { points, values: zeroLattice(points).values.map(() => random.between(-amplitude, amplitude)) };
  return { fit, level: allocateLevel(fit, { rows, lattice }, arena), stages: stagesOver(arena.memory), arena };
}

const SHAPES: readonly [shape: Shape3, points: Triple][] = [
  [[1, 1, 1], [4, 4, 4]],
  [[1, 1, 97], [4, 4, 13]],
  [[3, 5, 1], [4, 4, 4]],
  [[2, 3, 4], [5, 6, 7]],
  [[9, 11, 13], [4, 5, 6]],
  [[70, 3, 18], [6, 4, 11]],
  [[4, 40, 133], [4, 7, 20]],
];

/** Every shape with and without confidences, under small fields and large ones. */
function forEachSubject(visit: (subject: Subject, random: Random) => void): void {
  SHAPES.forEach(([shape, points], i) => {
    for (const weighted of [false, true]) {
      for (const amplitude of [1e-4, 0.04, 3]) {
        const random = new Random(100 + i);
        visit(subject(random, shape, points, weighted, amplitude), random);
      }
    }
  });
}

/** Runs `work` on every tile and copies what it leaves of u, which is v before, its range and sums. */
function afterTiles(fit: FitMemory, work: (tile: number) => void): { [name: string]: ArrayLike<number> } {
  fit.u.set(fit.samples.value);
  for (let tile = 0; tile < fit.tiles; tile++) work(tile);
  return { u: fit.u.slice(), range: fit.range.slice(), sums: fit.sums.slice() };
}

Deno.test("subtract by WebAssembly leaves u, its range and the sums of the stop test as its twins do, bit by bit", () => {
  forEachSubject(({ fit, level, stages }) => {
    const { points: [, cy, cx], rows, lattice } = level;
    const work = { lattice, planePoints: [cy, cx] as const, rows };
    const stage = wasmSubtract(stages, fit, level, level.scratch[0]);
    level.phi.set(lattice);
    const expected = afterTiles(fit, (tile) => subtract(fit, work, tile));
    assert.deepEqual(afterTiles(fit, (tile) => stage(tile, false)), expected);
    const iterated = afterTiles(fit, (tile) => subtractIncrement(fit, work, tile));
    assert.deepEqual(afterTiles(fit, (tile) => stage(tile, true)), iterated);
    assert.notDeepEqual(iterated, expected);
  });
});

/** Smallest and largest value; of a single one a range of 1 above it, as stages run on no constant image. */
function rangeOf(values: Float32Array): [lo: number, hi: number] {
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  return [lo, hi > lo ? hi : lo + 1];
}

Deno.test("histogram by WebAssembly counts as its twin does, with few bins and many, and leaves its scratch clear", () => {
  forEachSubject(({ fit, stages, arena }) => {
    fit.u.set(fit.samples.value);
    const [lo, hi] = rangeOf(fit.u);
    const mark = arena.mark();
    for (const bins of [2, 3, 64, 200, 2 ** 16]) {
      arena.release(mark);
      const [{ counts, packed }] = allocateIterations(bins, 1, arena);
      const expected = new Float64Array(bins);
      for (let tile = 0; tile < fit.tiles; tile++) {
        const { row0, row1 } = tileRowRange(fit, tile);
        histogram(fit.u, fit.samples.rowStart[row0], fit.samples.rowStart[row1], lo, hi, expected);
        wasmHistogram(stages, fit, { counts, packed }, tile, lo, hi);
      }
      assert.deepEqual(counts.slice(), expected);
      assert.ok(packed.every((value) => value === 0));
    }
  });
});

Deno.test("contract by WebAssembly sums as its twin does, bit by bit", () => {
  forEachSubject(({ fit, level, stages, arena }, random) => {
    fit.u.set(fit.samples.value);
    const [lo, hi] = rangeOf(fit.u);
    for (const bins of [2, 200]) {
      const [{ steps }] = allocateIterations(bins, 1, arena);
      const expected = Float64Array.from({ length: bins }, () => random.between(lo, hi));
      expected.forEach((value, j) => steps.set([value, expected[j + 1] - value], 2 * j));
      const stage = wasmContract(stages, fit, level, level.scratch[0])(steps, lo, hi);
      const found = arena.take(Float64Array, level.points[1] * level.points[2]);
      const [row, plain] = [new Float64Array(level.points[2]), new Float64Array(found.length)];
      for (let tile = 0; tile < fit.tiles; tile++) {
        contract(fit, level, tile, { lo, hi, expected }, row, plain);
        stage(tile, found);
        assert.deepEqual(found.slice(), plain);
      }
    }
  });
});

Deno.test("omega by WebAssembly is summed as by its twin, bit by bit", () => {
  forEachSubject(({ fit, level, stages, arena }) => {
    const stage = wasmContractWeights(stages, fit, level, level.scratch[0]);
    const found = arena.take(Float64Array, level.points[1] * level.points[2]);
    const [row, plain] = [new Float64Array(level.points[2]), new Float64Array(found.length)];
    for (let tile = 0; tile < fit.tiles; tile++) {
      contractWeights(fit, level, tile, row, plain);
      stage(tile, found);
      assert.deepEqual(found.slice(), plain);
    }
  });
});

Deno.test("update by WebAssembly leaves what its twin does, bit by bit, for any share of the columns", () => {
  forEachSubject(({ fit, level, stages }) => {
    const { points: [, cy, cx], rows: [z], contracted, lattice, phi, omega, delta } = level;
    const tiles = [1, fit.tiles] as const;
    const after = (work: (columns: readonly [begin: number, end: number]) => void) => {
      const seeded = new Random(7);
      for (const array of [contracted, lattice, delta, omega]) {
        array.forEach((_, i) => array[i] = seeded.between(-1, 1));
      }
      omega.forEach((_, i) => omega[i] = Math.max(0, omega[i]));
      phi.fill(9);
      const share = [cy, cy * cx - cx];
      for (const columns of [[0, share[0]], [share[0], share[1]], [share[1], cy * cx]] as const) work(columns);
      return [lattice.slice(), phi.slice(), delta.slice(), omega.slice()];
    };
    for (const sums of ["delta", "omega"] as const) {
      const expected = after((columns) => {
        contractTiles(fit, level, z[sums], tiles, columns, level[sums]);
        update(level, ...columns);
      });
      const found = after((columns) => {
        wasmAddTiles(stages, fit, level, sums, tiles, columns);
        wasmUpdate(stages, level, ...columns);
      });
      assert.deepEqual(found, expected);
    }
  });
});

Deno.test("sharpen by WebAssembly finds what its twin does, but for the rounding of exponentials", () => {
  const arena = new Arena();
  const stages = stagesOver(arena.memory);
  const random = new Random(3);
  for (const bins of [2, 3, 200, 5000]) {
    for (const [lo, hi] of [[2, 7], [-1, -0.9], [0, 40]]) {
      const members = allocateIterations(bins, 3, arena);
      for (const { counts } of members) counts.forEach((_, i) => counts[i] = random.integer(0, 2 ** 30));
      const merged = members[0].counts.map((_, i) => members.reduce((sum, { counts }) => sum + counts[i], 0));
      const options = { bins, fwhm: 0.15, wienerNoise: 0.01 };
      wasmSharpen(stages, options, members[1])(lo, hi);
      const { steps } = members[1];
      const expected = new Float64Array(bins);
      new Sharpener(options).sharpen(merged, lo, hi, expected);
      for (let j = 0; j < bins; j++) {
        assert.ok(Math.abs(steps[2 * j] - expected[j]) < 1e-11, `${bins} bins over ${lo} to ${hi}, bin ${j}`);
        if (j + 1 < bins) assert.equal(steps[2 * j + 1], steps[2 * j + 2] - steps[2 * j]);
      }
    }
  }
});

Deno.test("a u that is no number, as an absurd initial model makes it, reaches no memory outside the histogram", () => {
  const { fit, stages, arena } = subject(new Random(5), [9, 11, 13], [4, 4, 4], false, 1);
  fit.u.fill(NaN);
  const [{ counts, packed }] = allocateIterations(16, 1, arena);
  wasmHistogram(stages, fit, { counts, packed }, 0, 0, 1);
  const { row0, row1 } = tileRowRange(fit, 0);
  const samples = fit.samples.rowStart[row1] - fit.samples.rowStart[row0];
  assert.ok(samples > 0 && counts.reduce((a, b) => a + b) === samples * 2 ** 20);
});
