/** Every stage of a fit on the device against its TypeScript twin, on the twin's inputs as far as they can be given. */
import assert from "node:assert/strict";
import type { ApplySpec, FitSamples, IterateRequest, LevelStart, N4Backend } from "../../../src/backends/backend.ts";
import { BoxCorrector } from "../../../src/backends/ts/loops/apply.ts";
import { smoothBox } from "../../../src/backends/ts/loops/smooth.ts";
import { update } from "../../../src/backends/ts/loops/update.ts";
import { contractSteps, subtractSteps } from "../../../src/backends/webgpu/fit_level.ts";
import { residualSteps, sharpenSteps } from "../../../src/backends/webgpu/fit_sharpening.ts";
import { KERNELS } from "../../../src/backends/webgpu/kernels.ts";
import { STAGES } from "../../../src/backends/stages.ts";
import { splineRows3, zeroLattice } from "../../../src/n4/bspline.ts";
import { compactSamples } from "../../../src/n4/samples.ts";
import { HISTOGRAM_SCALE } from "../../../src/n4/sharpen.ts";
import { type Shape3, voxelCount, wholeBox } from "../../../src/volume.ts";
import { Random } from "../../helpers/random.ts";
import { assertWithin } from "../../helpers/tolerances.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../../helpers/volumes.ts";
import { openWebGpu, webGpuMissing, webGpuTest } from "../../helpers/webgpu.ts";
import { DeviceStages, TwinStages } from "../../helpers/webgpu_stages.ts";

const SHAPE: Shape3 = [22, 31, 45];
const REQUEST: IterateRequest = { count: 1, threshold: 0, bins: 40, fwhm: 0.15, wienerNoise: 0.01 };

function inputs(): { samples: FitSamples; start: LevelStart } {
  const random = new Random(8);
  const intensity = maskedIntensity(randomVolume({ shape: SHAPE, seed: 8, masked: true }));
  const weight = intensity.map(() => random.between(0.2, 1));
  const positions = voxelPositions(SHAPE);
  const { samples } = compactSamples({ positions, intensity, weight }, "exclude");
  const zeros = zeroLattice([5, 6, 9]);
  const lattice = { points: zeros.points, values: zeros.values.map(() => random.between(-0.2, 0.2)) };
  return { samples, start: { rows: splineRows3(positions, SHAPE, lattice.points), lattice } };
}

/** Both sides with u = v - field worked out. */
async function begun(
  request = REQUEST,
): Promise<{ device: DeviceStages; twin: TwinStages; range: [lo: number, hi: number] }> {
  const { samples, start } = inputs();
  const device = await DeviceStages.open(samples, start, request);
  const twin = new TwinStages(samples, start);
  const range = twin.subtract();
  const { gpu, fit, level } = device;
  const evaluate = await gpu.pipeline("evaluate");
  const subtract = await gpu.pipeline("subtract", { from_values: 1 });
  await device.run(subtractSteps(gpu, fit, level, evaluate, subtract));
  const measure = await gpu.pipeline("measure");
  const { test, convergence } = device.sharpening;
  await device.run([gpu.step(measure, [test, level.partials, fit.state, convergence], 1)]);
  return { device, twin, range };
}

function stageTest(name: string, work: () => Promise<void>): void {
  Deno.test({ name: `webgpu: ${name}`, ignore: webGpuMissing !== undefined, fn: work });
}

/** Largest difference, relative to the largest value of the twin. */
function apart(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    difference = Math.max(difference, Math.abs(ours[i] - theirs[i]));
    largest = Math.max(largest, Math.abs(theirs[i]));
  }
  return difference / largest;
}

Deno.test("the kernels of every stage are there, and no others", () => {
  assert.deepEqual(Object.keys(KERNELS).sort(), STAGES.flatMap(({ name, wgsl }) => wgsl ?? [name]).sort());
});

stageTest("evaluate, subtract and measure find u, its range and the convergence measure", async () => {
  const { device, twin, range } = await begun();
  await using _ = device;
  const [window] = device.fit.windows;
  assertWithin(apart(await device.read(window.u, twin.fit.u.length), twin.fit.u), "stageWebGpu", "u");
  const [, , lo, hi] = await device.read(device.fit.state, 4);
  assertWithin(apart([lo, hi], range), "stageWebGpu", "range");
  const [measure] = await device.read(device.sharpening.convergence, 1);
  assertWithin(apart([measure], [twin.measure()]), "stageWebGpu", "measure");
});

stageTest("histogram counts every sample once, in 64 bits", async () => {
  const bins = 4;
  const { device, twin, range } = await begun({ ...REQUEST, bins });
  await using _ = device;
  const { gpu, fit, sharpening } = device;
  const steps = await sharpenSteps(gpu, fit, sharpening);
  await device.run(steps.slice(0, fit.windows.length));
  const words = new Uint32Array((await device.read(sharpening.counts, 2 * bins)).buffer);
  const counts = Array.from({ length: bins }, (_, i) => words[2 * i] + words[2 * i + 1] * 2 ** 32);
  assert.ok(Math.max(...counts) > 2 ** 32, "a bin must pass 32 bits");
  assert.equal(counts.reduce((a, b) => a + b, 0), fit.count * HISTOGRAM_SCALE);
  assertWithin(apart(counts, twin.histogram(bins, ...range)), "stageWebGpu");
});

stageTest("sharpen finds the expected log intensities", async () => {
  const { device, twin, range: [lo, hi] } = await begun();
  await using _ = device;
  const { gpu, fit, sharpening } = device;
  const steps = await sharpenSteps(gpu, fit, sharpening);
  await device.run(steps.slice(0, fit.windows.length + 1));
  const shift = await device.read(sharpening.shift, REQUEST.bins);
  const counts = twin.histogram(REQUEST.bins, lo, hi);
  const { expected } = twin.sharpen(REQUEST, counts, lo, hi);
  const slope = (hi - lo) / (REQUEST.bins - 1);
  const filled = Array.from(counts.keys()).filter((j) => counts[j] > 0);
  const ours = filled.map((j) => lo + j * slope + shift[j]);
  assertWithin(apart(ours, filled.map((j) => expected[j])), "stageSharpenWebGpu");
  const cleared = await device.read(sharpening.counts, 2 * REQUEST.bins);
  assert.ok(cleared.every((count) => count === 0), "the histogram is left cleared");
});

stageTest("residual, contract_x, contract_y and update find omega and phi", async () => {
  const { device, twin, range } = await begun();
  await using _ = device;
  const { gpu, fit, level, sharpening } = device;
  const pipelines = async (confidence_only: number) => [
    await gpu.pipeline("contract_x"),
    await gpu.pipeline("contract_y"),
    await gpu.pipeline("update", { confidence_only }),
  ];
  const confidences = await gpu.pipeline("residual", { weighted: 1, confidence_only: 1 });
  await device.run([
    ...residualSteps(gpu, fit, confidences, sharpening.shift),
    ...contractSteps(gpu, fit, level, "omega", await pipelines(1)),
  ]);
  const size = level.start.length;
  twin.level.omega.set(twin.contract());
  assertWithin(apart(await device.read(level.omega, size), twin.level.omega), "stageWebGpu", "omega");
  await device.run([
    ...await sharpenSteps(gpu, fit, sharpening),
    ...contractSteps(gpu, fit, level, "delta", await pipelines(0)),
  ]);
  const expectation = twin.sharpen(REQUEST, twin.histogram(REQUEST.bins, ...range), ...range);
  twin.level.delta.set(twin.contract(expectation));
  update(twin.level, 0, twin.level.points[1] * twin.level.points[2]);
  assertWithin(apart(await device.read(level.phi, size), twin.level.phi), "stageDeltaWebGpu", "phi");
  assert.deepEqual(await device.read(level.added, size), await device.read(level.phi, size));
  assert.ok((await device.read(level.delta, size)).every((sum) => sum === 0), "delta is left cleared");
});

/** A limit that cuts the boxes of these tests into many pieces. */
const SMALL_BINDING = { largestBinding: 50_000 };

webGpuTest("apply corrects a box as its twin does, with the same bits whole or in pieces", async (backend) => {
  const random = new Random(5);
  const zeros = zeroLattice([5, 6, 7]);
  const global = { points: zeros.points, values: zeros.values.map(() => random.between(-0.5, 0.5)) };
  const spec = { volume: SHAPE, sections: [], global, strength: 0.8, scale: 2, zeroOutside: true, floor: 1e-6 };
  const data = Float32Array.from({ length: voxelCount(SHAPE) }, () => random.between(1, 100));
  const mask = Uint8Array.from(data, () => random.integer(0, 1));
  const expected = data.slice();
  new BoxCorrector(spec).correct(wholeBox(SHAPE), expected, mask);
  const correct = async (by: N4Backend) => {
    const corrected = data.slice();
    await using session = await by.openApply(spec);
    await session.correct(wholeBox(SHAPE), corrected, mask);
    return corrected;
  };
  const whole = await correct(backend);
  assertWithin(apart(whole, expected), "applyWebGpu");
  await using cutting = await openWebGpu(SMALL_BINDING);
  assert.deepEqual(await correct(cutting), whole);
});

webGpuTest("apply takes more control points than a workgroup's memory holds", async (backend) => {
  const random = new Random(7);
  const [volume, domain] = [[2, 3, 300], [2, 3, 2400]] as const;
  const zeros = zeroLattice([4, 4, 2000]);
  const global = { points: zeros.points, values: zeros.values.map(() => random.between(-0.5, 0.5)) };
  const positions = [
    Float64Array.of(0, 1),
    Float64Array.of(0, 1, 2),
    Float64Array.from({ length: 300 }, (_, i) => 8 * i),
  ];
  const spec: ApplySpec = {
    volume,
    domain,
    positions: [positions[0], positions[1], positions[2]],
    sections: [],
    global,
    strength: 1,
    scale: 1,
    zeroOutside: false,
    floor: 1e-6,
  };
  const data = Float32Array.from({ length: voxelCount(volume) }, () => random.between(1, 100));
  const expected = data.slice();
  new BoxCorrector(spec).correct(wholeBox(volume), expected, undefined);
  await using session = await backend.openApply(spec);
  await session.correct(wholeBox(volume), data);
  assertWithin(apart(data, expected), "applyWebGpu");
});

webGpuTest("smooth smooths a box as its twin does, with the same bits whole or in pieces", async (backend) => {
  const random = new Random(6);
  const spec = { volume: SHAPE, sigma: [1, 2, 2], truncate: 4 } as const;
  const data = Float32Array.from({ length: voxelCount(SHAPE) }, () => random.between(0, 100));
  const expected = new Float32Array(data.length);
  smoothBox(spec, wholeBox(SHAPE), wholeBox(SHAPE), data, expected);
  const smooth = async (by: N4Backend) => {
    const out = new Float32Array(data.length);
    await using session = await by.openSmooth(spec);
    await session.smooth(wholeBox(SHAPE), wholeBox(SHAPE), data, out);
    return out;
  };
  const whole = await smooth(backend);
  assertWithin(apart(whole, expected), "smoothWebGpu");
  await using cutting = await openWebGpu(SMALL_BINDING);
  assert.deepEqual(await smooth(cutting), whole);
});
