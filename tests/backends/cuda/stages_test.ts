/** Every stage in CUDA against its TypeScript twin, over the emulator: one iteration taken apart. */
import assert from "node:assert/strict";
import type { FitSamples, IterateRequest, Lattice, LevelStart } from "../../../src/backends/backend.ts";
import { contract, contractWeights } from "../../../src/backends/ts/loops/contract.ts";
import { allocateFit, allocateLevel, type FitMemory, type LevelMemory } from "../../../src/backends/ts/fit_memory.ts";
import { tileRowRange } from "../../../src/backends/ts/fit_memory.ts";
import { histogram } from "../../../src/backends/ts/loops/histogram.ts";
import { subtract, subtractIncrement } from "../../../src/backends/ts/loops/subtract.ts";
import { contractTiles, update } from "../../../src/backends/ts/loops/update.ts";
import { Arena } from "../../../src/wasm/arena.ts";
import { openTsBackend } from "../../../src/backends/ts/ts_backend.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { convergenceMeasure } from "../../../src/n4/convergence.ts";
import { compactSamples } from "../../../src/n4/samples.ts";
import { HISTOGRAM_SCALE, Sharpener } from "../../../src/n4/sharpen.ts";
import { type Shape3, type Triple, voxelCount, wholeBox } from "../../../src/volume.ts";
import { type FitInput, fitInputs } from "../../contract/fit_inputs.ts";
import { emulatorTest, openEmulator } from "../../helpers/cuda.ts";
import { Random } from "../../helpers/random.ts";
import { assertWithin } from "../../helpers/tolerances.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../../helpers/volumes.ts";

const REQUEST: IterateRequest = { count: 1, threshold: 0, bins: 200, fwhm: 0.15, wienerNoise: 0.01 };

function randomLattice(points: Triple, seed: number): Lattice {
  const random = new Random(seed);
  return { points, values: zeroLattice(points).values.map(() => random.between(-0.1, 0.1)) };
}

/** Rows and lattice with more control points along x than any shared memory holds. */
function wideInput(): FitInput {
  const shape: Shape3 = [2, 3, 700];
  const intensity = maskedIntensity(randomVolume({ shape, seed: 5, masked: true }));
  const { samples } = compactSamples({ positions: voxelPositions(shape), intensity }, "exclude");
  return {
    name: "a lattice of 1003 points along x",
    domain: shape,
    samples,
    controlPoints: [4, 4, 1003],
    iterations: [1],
  };
}

/** Columns that cover a part of the domain, so that few spans hold them all. */
function partInput(): FitInput {
  const shape: Shape3 = [4, 5, 12];
  const intensity = maskedIntensity(randomVolume({ shape, seed: 6, masked: true }));
  const { samples } = compactSamples({ positions: voxelPositions(shape), intensity }, "exclude");
  return { name: "a part of the domain", domain: [4, 5, 60], samples, controlPoints: [4, 4, 9], iterations: [1] };
}

/** Largest difference, relative to the largest value, or to `least` where all values are smaller. */
function relative(actual: ArrayLike<number>, expected: ArrayLike<number>, least = 0): number {
  assert.equal(actual.length, expected.length);
  let [difference, largest] = [0, least];
  for (let i = 0; i < expected.length; i++) {
    assert.ok(!Number.isNaN(actual[i]), `value ${i} is not a number`);
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

/** The twin's side of a level. */
class Twin {
  readonly fit: FitMemory;
  readonly level: LevelMemory;

  constructor(samples: FitSamples, start: LevelStart) {
    const arena = new Arena();
    this.fit = allocateFit(samples, arena);
    this.level = allocateLevel(this.fit, start, arena);
  }

  /** Takes the field off v, or what the iteration added off u; the sums of the stop test. */
  subtract(stage: typeof subtract | typeof subtractIncrement): { sum: number; squares: number } {
    const { points, rows, lattice, phi } = this.level;
    const planePoints = [points[1], points[2]] as const;
    const work = { lattice: stage === subtract ? lattice : phi, planePoints, rows };
    let [sum, squares] = [0, 0];
    for (let tile = 0; tile < this.fit.tiles; tile++) {
      stage(this.fit, work, tile);
      sum += this.fit.sums[2 * tile];
      squares += this.fit.sums[2 * tile + 1];
    }
    return { sum, squares };
  }

  /** Contracts every tile over x and y; sums over z go to `sums`. Returns the planes. */
  contract(
    weights: Float64Array,
    sums: Float64Array,
    one: (tile: number, row: Float64Array, out: Float64Array) => void,
  ) {
    const plane = this.level.points[1] * this.level.points[2];
    const planes = new Float64Array(this.fit.samples.z.length * plane);
    const [row, out] = [new Float64Array(this.level.points[2]), this.level.contracted.subarray(0, plane)];
    for (let tile = 0; tile < this.fit.tiles; tile++) {
      one(tile, row, out);
      const at = tileRowRange(this.fit, tile).plane * plane;
      for (let i = 0; i < plane; i++) planes[at + i] += out[i];
      contractTiles(this.fit, this.level, weights, [tile, tile + 1], [0, plane], sums);
    }
    return planes;
  }
}

async function compareStages({ samples, domain, controlPoints }: FitInput, bins: number): Promise<void> {
  await using backend = await openEmulator();
  const start = {
    rows: splineRows3([samples.z, samples.y, samples.x], domain, controlPoints),
    lattice: randomLattice(controlPoints, 9),
  };
  const twin = new Twin(samples, start);
  const { level, fit } = twin;
  const size = voxelCount(controlPoints);
  const plane = controlPoints[1] * controlPoints[2];
  await using session = await backend.openFit(samples);
  await session.beginLevel(start);

  const u = new Float32Array(samples.value.length);
  await session.values(u);
  twin.subtract(subtract);
  assert.deepEqual(u, fit.u, "subtract, from v");
  twin.contract(level.rows[0].omega, level.omega, (tile, row, out) => contractWeights(fit, level, tile, row, out));
  assertWithin(relative(await session.inspect("omega", size), level.omega), "stageCuda", "contract and update, omega");

  const { convergence } = await session.iterate({ ...REQUEST, bins });
  const [lo, hi] = [u.reduce((a, b) => Math.min(a, b)), u.reduce((a, b) => Math.max(a, b))];
  const theirs = new Float64Array(bins);
  histogram(u, 0, u.length, lo, hi, theirs);
  const counts = await session.inspect("histogram", bins);
  assert.equal(counts.reduce((a, b) => a + b, 0), u.length * HISTOGRAM_SCALE, "histogram: each sample counts once");
  assertWithin(relative(counts, theirs) / bins, "stageCudaHistogram", "histogram");

  const expected = new Float64Array(bins);
  new Sharpener({ ...REQUEST, bins }).sharpen(counts, lo, hi, expected);
  const ours = await session.inspect("expected", bins);
  assertWithin(relative(ours, expected), "stageCuda", "sharpen");

  // With two bins E is the identity: what is left of the residuals is rounding, which means nothing beside the range.
  const least = 1e-8 * (hi - lo);
  const at = { lo, hi, expected: ours };
  const planes = twin.contract(
    level.rows[0].delta,
    level.delta,
    (tile, row, out) => contract(fit, level, tile, at, row, out),
  );
  const contracted = await session.inspect("contracted", planes.length);
  assertWithin(relative(contracted, planes, least), "stageCudaDelta", "contract");

  update(level, 0, plane);
  assertWithin(relative(await session.inspect("phi", size), level.phi, least), "stageCudaDelta", "update, phi");
  assertWithin(relative((await session.lattice()).values, level.lattice), "stageCudaDelta", "update, lattice");

  const { sum, squares } = twin.subtract(subtractIncrement);
  const after = new Float32Array(u.length);
  await session.values(after);
  assertWithin(relative(after, fit.u), "stageCudaFloat", "subtract, from u");
  const measure = convergenceMeasure(u.length, sum, squares);
  assertWithin(relative(convergence, [measure], least), "stageCudaDelta", "subtract, stop test");
  const range = await session.inspect("range", 2);
  assert.deepEqual([...range], [after.reduce((a, b) => Math.min(a, b)), after.reduce((a, b) => Math.max(a, b))]);
}

for (const input of [...fitInputs().filter(({ name }) => name !== "a column"), wideInput(), partInput()]) {
  emulatorTest(`one iteration over ${input.name}, stage by stage`, () => compareStages(input, REQUEST.bins));
}

for (const bins of [2, 33, 1500, 3000]) {
  emulatorTest(`one iteration with ${bins} bins, stage by stage`, () => compareStages(fitInputs()[1], bins));
}

emulatorTest("apply evaluates lattices that no shared memory holds as its twin does", async () => {
  const volume: Shape3 = [3, 5, 520];
  const lattice = (points: Triple, seed: number) => randomLattice(points, seed);
  const spec = {
    volume,
    sections: [{ z0: 0, z1: 2, lattice: lattice([4, 4, 400], 1) }, { z0: 2, z1: 3, lattice: lattice([4, 5, 6], 2) }],
    global: lattice([4, 4, 500], 3),
    strength: 1,
    scale: 1,
    zeroOutside: false,
    floor: 1e-6,
  };
  const { intensity } = randomVolume({ shape: volume, seed: 8 });
  const [data, expected] = [intensity.slice(), intensity.slice()];
  await using backend = await openEmulator();
  await using session = await backend.openApply(spec);
  await session.correct(wholeBox(volume), data);
  await using twin = openTsBackend({ workers: 0 });
  await using twinSession = await twin.openApply(spec);
  await twinSession.correct(wholeBox(volume), expected);
  assertWithin(relative(data, expected), "applyCuda");
});
