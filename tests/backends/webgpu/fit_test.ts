/**
 * Whole fits on the device: near the TypeScript backend, equal iteration counts, equal bits, samples that are cut into
 * windows, nothing left behind.
 */
import assert from "node:assert/strict";
import { openTsBackend } from "../../../src/backends/ts/ts_backend.ts";
import type { FitSamples, N4Backend } from "../../../src/backends/backend.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import type { LevelReport } from "../../../src/n4/fit.ts";
import type { FitOptions } from "../../../src/n4/fit.ts";
import { type Shape3, voxelCount, wholeBox } from "../../../src/volume.ts";
import { compareFields } from "../../helpers/fields.ts";
import { type DenseFit, type DenseFitResult, fitDense } from "../../helpers/fits.ts";
import { assertWithin } from "../../helpers/tolerances.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../../helpers/volumes.ts";
import { openWebGpu, webGpuTest } from "../../helpers/webgpu.ts";

/** A measure this near to the threshold may fall on either side of it. */
const NEAR_THRESHOLD = 1e-5;

function input(shape: Shape3, options: Partial<FitOptions>, seed = 5): DenseFit {
  const intensity = maskedIntensity(randomVolume({ shape, seed, masked: true }));
  return { dense: { positions: voxelPositions(shape), intensity }, domain: shape, options };
}

async function twinOf(fit: DenseFit): Promise<DenseFitResult> {
  await using twin = openTsBackend({ workers: 1 });
  return await fitDense(twin, fit);
}

function assertNear(ours: DenseFitResult, theirs: DenseFitResult, fit: DenseFit, name: string): void {
  const inside = (i: number) => isFinite(fit.dense.intensity[i]);
  assertWithin(compareFields(ours.logField, theirs.logField, inside).max, "fitWebGpu", name);
}

/** Iterations of both levels must agree, unless a measure was near the threshold. */
function assertEqualCounts(ours: LevelReport, theirs: LevelReport, threshold: number): void {
  const measures = [...ours.convergence, ...theirs.convergence];
  if (measures.some((measure) => Math.abs(measure - threshold) <= NEAR_THRESHOLD)) return;
  assert.equal(ours.convergence.length, theirs.convergence.length);
  assert.equal(ours.converged, theirs.converged);
}

const CASES: readonly [name: string, shape: Shape3, options: Partial<FitOptions>][] = [
  ["four levels of fifty", [24, 28, 32], { iterations: [50, 50, 50, 50] }],
  ["the default threshold", [40, 48, 52], { iterations: [50, 50, 50], convergenceThreshold: 0.001 }],
  ["a tight threshold", [30, 33, 31], { iterations: [40, 40, 40], convergenceThreshold: 2e-4 }],
  ["a kept lattice of unequal spacing", [12, 60, 50], {
    iterations: [20, 20],
    controlPoints: [4, 12, 9],
    lattice: "fixed",
  }],
  ["few bins, a wide bias", [20, 24, 28], { iterations: [15, 15], bins: 64, fwhm: 0.4, wienerNoise: 0.1 }],
];

for (const [name, shape, options] of CASES) {
  webGpuTest(`a fit with ${name} is near the TypeScript backend's, with as many iterations`, async (backend) => {
    const fit = input(shape, options);
    const [ours, theirs] = [await fitDense(backend, fit), await twinOf(fit)];
    assertNear(ours, theirs, fit, name);
    ours.levels.forEach((level, i) => {
      assertEqualCounts(level, theirs.levels[i], options.convergenceThreshold ?? 0);
      const differences = level.convergence.map((measure, k) => Math.abs(measure - theirs.levels[i].convergence[k]));
      assertWithin(Math.max(...differences), "measureWebGpu", name);
    });
  });
}

webGpuTest("two devices give the same bits", async (backend) => {
  const fit = input([25, 30, 35], { iterations: [10, 10, 10] });
  await using other = await openWebGpu();
  const [first, second] = [await fitDense(backend, fit), await fitDense(other, fit)];
  assert.deepEqual(first.lattice, second.lattice);
  assert.deepEqual(first.levels, second.levels);
});

for (const largestBinding of [2 ** 16, 6000]) {
  webGpuTest(`samples above a binding of ${largestBinding} bytes are cut into windows and batches`, async (backend) => {
    const fit = input([20, 26, 30], { iterations: [6, 6, 6] });
    const ours = await fitDense(backend, fit);
    assert.ok(4 * ours.used > 1.2 * largestBinding || largestBinding > 2 ** 15);
    assert.equal(backend.device.largestBuffer, largestBinding);
    assertNear(ours, await twinOf(fit), fit, "windows");
    assert.deepEqual((await fitDense(backend, fit)).lattice, ours.lattice);
  }, { largestBinding });
}

/** Samples of a full grid, without a float64 or a mask on the way: large ones are quick to make. */
function fullGrid(shape: Shape3): FitSamples {
  const [nz, ny, nx] = shape;
  const [z, y, x] = voxelPositions(shape);
  const count = nz * ny * nx;
  const value = new Float32Array(count);
  for (let i = 0; i < count; i++) value[i] = 4 + 0.1 * ((i * 7919) % 5) + (0.3 * (i % nx)) / nx;
  const row = Uint16Array.from({ length: nx }, (_, i) => i);
  const xIndex = new Uint16Array(count);
  for (let r = 0; r < nz * ny; r++) xIndex.set(row, r * nx);
  return { z, y, x, rowStart: Uint32Array.from({ length: nz * ny + 1 }, (_, r) => r * nx), xIndex, value };
}

async function iterateOnce(backend: N4Backend, samples: FitSamples, shape: Shape3): Promise<[number, Float64Array]> {
  await using session = await backend.openFit(samples);
  const lattice = zeroLattice([4, 4, 4]);
  await session.beginLevel({ rows: splineRows3([samples.z, samples.y, samples.x], shape, [4, 4, 4]), lattice });
  const request = { count: 1, threshold: 0, bins: 200, fwhm: 0.15, wienerNoise: 0.01 };
  const { convergence } = await session.iterate(request);
  return [convergence[0], (await session.lattice()).values];
}

webGpuTest("samples above one binding of 128 MiB are taken", async (backend) => {
  const shape: Shape3 = [65, 512, 1040];
  const samples = fullGrid(shape);
  assert.ok(4 * samples.value.length > 2 ** 27);
  const [measure, lattice] = await iterateOnce(backend, samples, shape);
  await using twin = openTsBackend();
  const [expectedMeasure, expected] = await iterateOnce(twin, samples, shape);
  assertWithin(compareFields(lattice, expected, () => true).max, "fitWebGpu", "above 128 MiB");
  assertWithin(Math.abs(measure - expectedMeasure), "measureWebGpu", "above 128 MiB");
});

webGpuTest("fifty fits leave nothing behind", async (backend) => {
  const fit = input([40, 60, 70], { iterations: [1, 1] });
  const grown: number[] = [];
  for (let round = 0; round < 50; round++) {
    await fitDense(backend, fit);
    if (round >= 15) grown.push(Deno.memoryUsage().rss);
  }
  // Each fit holds 2.4 MB of samples on the device: 35 of them that stay would be 84 MB.
  const growth = (Math.max(...grown.slice(-5)) - Math.max(...grown.slice(0, 5))) / 2 ** 20;
  assert.ok(growth < 30, `memory grew by ${growth.toFixed(0)} MiB over 35 fits`);
});

webGpuTest(
  "memory predicted for a fit and a correction is at least what is held, and less than twice that",
  async (backend) => {
    const shape: Shape3 = [24, 60, 70];
    const controlPoints = [6, 8, 9] as const;
    const intensity = maskedIntensity(randomVolume({ shape, seed: 5 }));
    const memory = await backend.checkMemory({
      volume: shape,
      fits: [{ grid: shape, weighted: false, levels: [controlPoints], bins: 200 }],
      fields: { count: 1, points: controlPoints },
      boxVoxels: voxelCount(shape),
    });
    const options = { controlPoints, iterations: [2] };
    await fitDense(backend, { dense: { positions: voxelPositions(shape), intensity }, domain: shape, options });
    const spec = { volume: shape, sections: [], strength: 1, scale: 1, zeroOutside: true, floor: 1e-6 };
    await using apply = await backend.openApply(spec);
    await apply.correct(wholeBox(shape), intensity, new Uint8Array(voxelCount(shape)).fill(1));
    const [predicted, held] = [memory?.predictedBytes ?? 0, backend.device.peakBytes ?? 0];
    assert.ok(held > 16 * voxelCount(shape) && predicted >= held, `${predicted} predicted, ${held} held`);
    assert.ok(predicted <= 2 * held, `${predicted} predicted, ${held} held`);
  },
);
