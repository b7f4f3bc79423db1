/** The WebAssembly stages give the bits of the TypeScript loops beside them, and the module that is committed is what its sources build to. */
import assert from "node:assert/strict";
import { compileStages, moduleSource } from "../kernels/build_wasm.ts";
import type { ApplySpec, FitSamples, SmoothSpec } from "../src/backends/backend.ts";
import { BoxCorrector } from "../src/backends/ts/apply.ts";
import { contract } from "../src/backends/ts/contract.ts";
import { exponential } from "../src/backends/ts/exponential.ts";
import {
  allocateFit,
  allocateIterations,
  allocateLevel,
  type FitMemory,
  type LevelMemory,
  tileRowRange,
} from "../src/backends/ts/fit_memory.ts";
import { histogram } from "../src/backends/ts/histogram.ts";
import { smoothBox } from "../src/backends/ts/smooth.ts";
import { subtract } from "../src/backends/ts/subtract.ts";
import { WasmBoxCorrector } from "../src/backends/ts/wasm/apply.ts";
import { Arena } from "../src/backends/ts/wasm/arena.ts";
import { expectationSteps, FitStages } from "../src/backends/ts/wasm/fit_stages.ts";
import { stagesOver } from "../src/backends/ts/wasm/module.ts";
import { MODULE_BASE64 } from "../src/backends/ts/wasm/module_bytes.ts";
import { WasmSmoother } from "../src/backends/ts/wasm/smooth.ts";
import { smoothHalo } from "../src/n4/gaussian.ts";
import { splineRows3, zeroLattice } from "../src/n4/bspline.ts";
import { compactSamples } from "../src/n4/samples.ts";
import { type Box, boxVoxels, type Shape3, type Triple, voxelCount, wholeBox } from "../src/volume.ts";
import { Random } from "./helpers/random.ts";
import { voxelPositions } from "./helpers/volumes.ts";

Deno.test("arrays that 32-bit addresses do not reach are refused, and the memory goes on serving", () => {
  const arena = new Arena();
  assert.throws(() => arena.take(Float64Array, 2 ** 29), {
    name: "BackendError",
    message: /^Cannot work on the TypeScript backend as .* must fit 4 GiB and the memory: current value is 4097 MiB$/,
  });
  assert.deepEqual([...arena.take(Float64Array, 3)], [0, 0, 0]);
});

Deno.test("the committed module is what kernels/wasm builds to", async () => {
  const committed = await Deno.readTextFile(new URL("../src/backends/ts/wasm/module_bytes.ts", import.meta.url));
  const { bytes } = await compileStages();
  assert.equal(committed, moduleSource(bytes), "run `deno task build:wasm`");
  assert.deepEqual(Uint8Array.fromBase64(MODULE_BASE64), bytes);
});

Deno.test("the module uses no relaxed SIMD, whose results depend on the processor, and imports nothing but its memory", async () => {
  const { bytes, text } = await compileStages();
  assert.doesNotMatch(text, /relaxed/);
  assert.match(text, /f64x2\.mul/);
  const module = new WebAssembly.Module(bytes.slice());
  assert.deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
});

Deno.test("exponential is within 2e-14 of the engine's, exactly 1 at 0, and clamps what is beyond its range", () => {
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const x = random.between(-1, 1) * 10 ** random.between(-6, 2.8);
    assert.ok(Math.abs(exponential(x) / Math.exp(x) - 1) < 2e-14, `exp(${x})`);
  }
  assert.equal(exponential(0), 1);
  assert.equal(exponential(1e9), exponential(700));
  assert.equal(exponential(-Infinity), exponential(-700));
  assert.equal(exponential(NaN), exponential(-700));
});

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
  return compactSamples({ positions: voxelPositions(shape), intensity, ...(weight ? { weight } : {}) }, "exclude")
    .samples;
}

interface Subject {
  readonly fit: FitMemory;
  readonly level: LevelMemory;
  readonly stages: FitStages;
  readonly arena: Arena;
}

/** A fit in the middle of a level, under a lattice of random values up to `amplitude`. */
function subject(random: Random, shape: Shape3, points: Triple, weighted: boolean, amplitude: number): Subject {
  const samples = randomSamples(random, shape, weighted);
  const arena = new Arena();
  const fit = allocateFit(samples, arena);
  const rows = splineRows3([samples.z, samples.y, samples.x], shape, points);
  const lattice = { points, values: zeroLattice(points).values.map(() => random.between(-amplitude, amplitude)) };
  return { fit, level: allocateLevel(fit, { rows, lattice }, arena), stages: new FitStages(fit), arena };
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

/** Runs `work` on every tile and copies what it leaves of u, its range and sums. */
function afterTiles(fit: FitMemory, work: (tile: number) => void): { [name: string]: ArrayLike<number> } {
  fit.u.fill(-1);
  for (let tile = 0; tile < fit.tiles; tile++) work(tile);
  return { u: fit.u.slice(), range: fit.range.slice(), sums: fit.sums.slice() };
}

Deno.test("subtract by WebAssembly leaves u, its range and the sums of the stop test as its twin does, bit by bit", () => {
  forEachSubject(({ fit, level, stages }) => {
    const { points: [, cy, cx], rows, lattice } = level;
    const work = { from: fit.samples.value, lattice, planePoints: [cy, cx] as const, rows };
    const [plane, line] = [new Float64Array(cy * cx), new Float64Array(cx)];
    const expected = afterTiles(fit, (tile) => subtract(fit, work, tile, plane, line));
    const found = afterTiles(fit, (tile) => {
      stages.subtract(level, level.scratch[0], fit.samples.value, lattice, tile);
    });
    assert.deepEqual(found, expected);
    assert.ok(fit.u.every((value) => value !== -1), "every sample is written");
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
    for (const bins of [2, 3, 64, 200, 2 ** 16]) {
      const [{ counts, packed }] = allocateIterations(bins, 1, arena);
      const expected = new Float64Array(bins);
      for (let tile = 0; tile < fit.tiles; tile++) {
        const { row0, row1 } = tileRowRange(fit, tile);
        histogram(fit.u, fit.samples.rowStart[row0], fit.samples.rowStart[row1], lo, hi, expected);
        stages.histogram(tile, lo, hi, counts, packed);
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
      expectationSteps(expected, steps);
      const found = arena.take(Float64Array, level.points[1] * level.points[2]);
      const [row, plain] = [new Float64Array(level.points[2]), new Float64Array(found.length)];
      for (let tile = 0; tile < fit.tiles; tile++) {
        contract(fit, level, tile, { lo, hi, expected }, row, plain);
        stages.contract(level, level.scratch[0], { lo, hi, expected }, steps, tile, found);
        assert.deepEqual(found.slice(), plain);
      }
    }
  });
});

Deno.test("a u that is no number, as an absurd initial model makes it, reaches no memory outside the histogram", () => {
  const { fit, stages, arena } = subject(new Random(5), [9, 11, 13], [4, 4, 4], false, 1);
  fit.u.fill(NaN);
  const [{ counts, packed }] = allocateIterations(16, 1, arena);
  stages.histogram(0, 0, 1, counts, packed);
  const { row0, row1 } = tileRowRange(fit, 0);
  const samples = fit.samples.rowStart[row1] - fit.samples.rowStart[row0];
  assert.ok(samples > 0 && counts.reduce((a, b) => a + b) === samples * 2 ** 20);
});

function randomSpec(random: Random, volume: Shape3): ApplySpec {
  const lattice = (points: Triple) => ({
    points,
    values: zeroLattice(points).values.map(() => random.between(-0.8, 0.8)),
  });
  const middle = random.integer(1, volume[0] - 1);
  const table = () => Float32Array.from({ length: 33 }, () => random.between(0, 200));
  return {
    volume,
    sections: [{ z0: 0, z1: middle, lattice: lattice([4, 5, 6]) }, { z0: middle, z1: volume[0] }],
    ...(random.integer(0, 1) ? { global: lattice([5, 4, random.integer(4, 12)]) } : {}),
    ...(random.integer(0, 1)
      ? {
        luts: {
          threshold: random.between(0, 60),
          range: [5, 120] as const,
          tables: [table(), table()],
          tableOfPlane: Int32Array.from({ length: volume[0] }, () => random.integer(-1, 1)),
        },
      }
      : {}),
    ...(random.integer(0, 1) ? { zGain: Float32Array.from({ length: volume[0] }, () => random.between(0.5, 2)) } : {}),
    strength: random.integer(0, 1) ? 1 : random.between(0, 1),
    scale: random.between(0.5, 2),
    zeroOutside: random.integer(0, 1) === 1,
    floor: random.integer(0, 1) ? 1e-6 : 1.1,
  };
}

function randomBox(random: Random, shape: Shape3): Box {
  const [z0, y0, x0] = shape.map((n) => random.integer(0, n - 1));
  const [z1, y1, x1] = [z0, y0, x0].map((from, a) => random.integer(from + 1, shape[a]));
  return { z0, z1, y0, y1, x0, x1 };
}

Deno.test("apply by WebAssembly maps boxes and writes fields as its twin does, bit by bit", () => {
  const random = new Random(77);
  const arena = new Arena();
  const stages = stagesOver(arena.memory);
  for (let round = 0; round < 60; round++) {
    const volume: Shape3 = [random.integer(2, 9), random.integer(1, 30), random.integer(1, 900)];
    const spec = randomSpec(random, volume);
    const box = round % 3 === 0 ? wholeBox(volume) : randomBox(random, volume);
    const data = Float32Array.from({ length: boxVoxels(box) }, () => random.between(-10, 150));
    data.set([NaN, Infinity, -Infinity, 0].slice(0, data.length));
    const mask = random.integer(0, 1) ? Uint8Array.from(data, () => random.integer(0, 2)) : undefined;
    const [plain, twin, found] = [new BoxCorrector(spec), data.slice(), data.slice()];
    const corrector = new WasmBoxCorrector(spec, stages, arena);
    plain.correct(box, twin, mask);
    corrector.correct(box, found, mask);
    assert.deepEqual(found, twin);
    plain.field(box, twin);
    corrector.field(box, found);
    assert.deepEqual(found, twin);
  }
});

Deno.test("smooth by WebAssembly sums as its twin does, bit by bit, in tiles and beyond every border", () => {
  const random = new Random(78);
  const arena = new Arena();
  const smoother = new WasmSmoother(stagesOver(arena.memory), arena);
  for (let round = 0; round < 40; round++) {
    const wide = round % 10 === 0;
    const volume: Shape3 = [random.integer(1, 9), random.integer(1, 30), wide ? 5000 : random.integer(1, 60)];
    const sigma = volume.map(() => random.integer(0, 3) && random.between(0.2, 3)) as [number, number, number];
    const spec: SmoothSpec = { volume, sigma, truncate: random.between(1, 4) };
    const box = randomBox(random, volume);
    const [hz, hy, hx] = smoothHalo(spec);
    const padded = {
      z0: Math.max(0, box.z0 - hz),
      z1: Math.min(volume[0], box.z1 + hz),
      y0: Math.max(0, box.y0 - hy),
      y1: Math.min(volume[1], box.y1 + hy),
      x0: Math.max(0, box.x0 - hx),
      x1: Math.min(volume[2], box.x1 + hx),
    };
    const data = Float32Array.from({ length: boxVoxels(padded) }, () => random.between(-5, 100));
    const [expected, found] = [new Float32Array(boxVoxels(box)), new Float32Array(boxVoxels(box))];
    smoothBox(spec, box, padded, data, expected);
    smoother.smooth(spec, box, padded, data, found);
    assert.deepEqual(found, expected);
  }
});
