/**
 * The contract of src/backends/backend.ts over the CUDA backend on its emulator, and what only this backend promises.
 */
import assert from "node:assert/strict";
import { openTsBackend } from "../../../src/backends/ts/ts_backend.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { fitBiasField } from "../../../src/n4/fit.ts";
import { compactSamples } from "../../../src/n4/samples.ts";
import type { FitSamples, Lattice, LevelStart, N4Backend } from "../../../src/backends/backend.ts";
import type { Shape3 } from "../../../src/volume.ts";
import { contractSuite } from "../../contract/suite.ts";
import { emulate, emulatorMissing, emulatorTest, openEmulator } from "../../helpers/cuda.ts";
import { compareFields, logFieldOn } from "../../helpers/fields.ts";
import { fullOptions } from "../../helpers/fits.ts";
import { assertWithin } from "../../helpers/tolerances.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../../helpers/volumes.ts";

contractSuite({
  name: "cuda emulator",
  open: () => openEmulator(),
  skip: emulatorMissing,
  tolerances: { fit: "fitCuda", apply: "applyCuda", smooth: "smoothCuda" },
});

const SHAPE: Shape3 = [10, 12, 14];

function samplesOf(shape: Shape3): FitSamples {
  const intensity = maskedIntensity(randomVolume({ shape, seed: 21, masked: true }));
  return compactSamples({ positions: voxelPositions(shape), intensity }, "exclude").samples;
}

function levelOf(shape: Shape3): LevelStart {
  const lattice = zeroLattice([4, 4, 5]);
  return { rows: splineRows3(voxelPositions(shape), shape, lattice.points), lattice };
}

async function fitWhole(backend: N4Backend, iterations: readonly number[]): Promise<Lattice> {
  const samples = samplesOf(SHAPE);
  const domain = { shape: SHAPE, voxelSize: [1, 1, 1] } as const;
  return (await fitBiasField(backend, samples, domain, fullOptions({ iterations }))).lattice;
}

emulatorTest("four levels of 50 iterations come out as those of the TypeScript backend", async () => {
  await using backend = await openEmulator();
  await using twin = openTsBackend({ workers: 0 });
  const iterations = [50, 50, 50, 50];
  const [lattice, expected] = [await fitWhole(backend, iterations), await fitWhole(twin, iterations)];
  const on = voxelPositions(SHAPE);
  const difference = compareFields(logFieldOn(lattice, on, SHAPE), logFieldOn(expected, on, SHAPE), () => true);
  assertWithin(difference.max, "fitCudaLong");
});

emulatorTest("the order in which blocks and threads run changes no bit", async () => {
  await using backend = await openEmulator();
  const expected = await fitWhole(backend, [5, 5]);
  for (const order of [7, 113]) {
    emulate("order", order);
    assert.deepEqual(await fitWhole(backend, [5, 5]), expected, `order ${order}`);
  }
});

emulatorTest("more iterations than are queued at once give the same bits as one at a time", async () => {
  await using backend = await openEmulator();
  await using session = await backend.openFit(samplesOf([4, 5, 6]));
  await using single = await backend.openFit(samplesOf([4, 5, 6]));
  const request = { count: 70, threshold: 0, bins: 32, fwhm: 0.15, wienerNoise: 0.01 };
  const level = levelOf([4, 5, 6]);
  await session.beginLevel(level);
  await single.beginLevel(level);
  const { convergence } = await session.iterate(request);
  const parts: number[] = [];
  for (let i = 0; i < 70; i++) parts.push(...(await single.iterate({ ...request, count: 1 })).convergence);
  assert.deepEqual(parts, convergence);
  assert.deepEqual(await single.lattice(), await session.lattice());
});

emulatorTest("the bytes of a fit are known before it, and given back after it", async () => {
  await using backend = await openEmulator();
  const samples = samplesOf(SHAPE);
  const level = levelOf(SHAPE);
  const objects = emulate("objects");
  const before = backend.peakBytes();
  const predicted = backend.fitBytes(samples, level.lattice.points, 32);
  {
    await using session = await backend.openFit(samples);
    await session.beginLevel(level);
    assert.ok(emulate("objects") > objects);
    assert.ok(backend.peakBytes() >= Math.max(before, predicted));
  }
  assert.equal(emulate("objects"), objects);
  await backend[Symbol.asyncDispose]();
  assert.ok(JSON.parse(JSON.stringify(backend.device)).peakBytes >= predicted);
});

emulatorTest("no sample at all counts as a constant image", async () => {
  await using backend = await openEmulator();
  const { z, y, x } = samplesOf([4, 5, 6]);
  const none = { rowStart: new Uint32Array(21), xIndex: new Uint16Array(0), value: new Float32Array(0) };
  await using session = await backend.openFit({ z, y, x, ...none });
  await session.beginLevel(levelOf([4, 5, 6]));
  const request = { count: 3, threshold: 0, bins: 32, fwhm: 0.15, wienerNoise: 0.01 };
  assert.deepEqual(await session.iterate(request), { convergence: [], stopped: true });
  assert.deepEqual(await session.lattice(), levelOf([4, 5, 6]).lattice);
});
