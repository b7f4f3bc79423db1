/** The fit: its rules, its invariants, how it is watched and ended. */
import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import {
  checkFitOptions,
  controlPointsForDistance,
  FIT_DEFAULTS,
  fitBiasField,
  type FitControl,
  type FitOptions,
  type FitProgress,
  knotSpacing,
  levelPoints,
  padToSpans,
} from "../../src/n4/fit.ts";
import { compactSamples } from "../../src/n4/samples.ts";
import type { Shape3 } from "../../src/volume.ts";
import { compareFields } from "../helpers/fields.ts";
import { type DenseFitResult, fitDense, fullOptions } from "../helpers/fits.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { forEachVoxel, maskedIntensity, randomVolume, voxelPositions } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [9, 11, 13];
const SHORT = { iterations: [4, 4, 4] };
const volume = randomVolume({ shape: SHAPE, seed: 21, masked: true });
const intensity = maskedIntensity(volume);

async function fit(values: Float32Array, shape = SHAPE, options: Partial<FitOptions> = SHORT): Promise<DenseFitResult> {
  await using backend = openTsBackend({ workers: 0 });
  return await fitDense(backend, {
    dense: { positions: voxelPositions(shape), intensity: values },
    domain: shape,
    options,
  });
}

async function fitWatched(control: FitControl): Promise<Float64Array> {
  await using backend = openTsBackend({ workers: 0 });
  const { samples } = compactSamples({ positions: voxelPositions(SHAPE), intensity }, "exclude");
  const domain = { shape: SHAPE, voxelSize: [1, 1, 1] } as const;
  return (await fitBiasField(backend, samples, domain, fullOptions(SHORT), control)).lattice.values;
}

const BROKEN: readonly [options: Partial<FitOptions>, message: RegExp][] = [
  [{ iterations: [] }, /'iterations' must be a list of at least one level: current value is empty$/],
  [{ iterations: [50, 0] }, /'iterations' must be integers >= 1: current value is 0$/],
  [{ iterations: [2.5] }, /'iterations' must be integers >= 1: current value is 2.5$/],
  [{ controlPoints: [4, 3, 4] }, /'controlPoints' must be integers >= 4 \(spans plus 3\): current value is 3$/],
  [{ bins: 1 }, /'bins' must be an integer >= 2: current value is 1$/],
  [{ bins: 200.5 }, /'bins' must be an integer >= 2: current value is 200.5$/],
  [{ bins: 100_000 }, /'bins' must be <= 65536: current value is 100000$/],
  [{ fwhm: 0 }, /'fwhm' must be a number > 0: current value is 0$/],
  [{ fwhm: NaN }, /'fwhm' must be a number > 0: current value is NaN$/],
  [{ wienerNoise: -1 }, /'wienerNoise' must be a number > 0: current value is -1$/],
  [{ convergenceThreshold: -1e-3 }, /'convergenceThreshold' must be a number >= 0: current value is -0.001$/],
  [{ convergenceThreshold: NaN }, /'convergenceThreshold' must be a number >= 0: current value is NaN$/],
  [
    { controlPoints: [4, 4, 12] },
    /at most 26 spline spans along x at the last of 4 levels.*13 samples there: current count is 72$/,
  ],
];

for (const [options, message] of BROKEN) {
  Deno.test(`options ${JSON.stringify(options)} are refused in one sentence`, () => {
    assert.throws(() => checkFitOptions({ ...FIT_DEFAULTS, ...options }, SHAPE, SHAPE), {
      name: "RangeError",
      message,
    });
  });
}

Deno.test("a lattice of more than 2^22 points is refused before any work", () => {
  const options = { ...FIT_DEFAULTS, iterations: [1], controlPoints: [200, 200, 200] } as const;
  assert.throws(() => checkFitOptions(options, [400, 400, 400], [400, 400, 400]), /'lattice' must be at most 4194304/);
});

Deno.test("a constant image has field 0, and every level ends at once", async () => {
  const { logField, levels } = await fit(intensity.map((value) => value * 0 + 42));
  assert.ok(logField.every((value) => value === 0));
  assert.deepEqual(levels.map(({ convergence, converged }) => ({ convergence, converged })), [
    { convergence: [], converged: true },
    { convergence: [], converged: true },
    { convergence: [], converged: true },
  ]);
});

Deno.test("no sample at all leaves the field at 0", async () => {
  const { logField, used } = await fit(intensity.map(() => NaN));
  assert.equal(used, 0);
  assert.ok(logField.every((value) => value === 0));
});

Deno.test("scaling all intensities leaves the field", async () => {
  const plain = await fit(intensity);
  for (const factor of [1e-3, 7, 4e4]) {
    const scaled = await fit(intensity.map((value) => value * factor));
    assertWithin(compareFields(plain.logField, scaled.logField, () => true).max, "scaling", `times ${factor}`);
  }
});

Deno.test("permuting axes permutes the field", async () => {
  const plain = await fit(intensity);
  const order = [2, 0, 1];
  const shape = order.map((a) => SHAPE[a]) as unknown as Shape3;
  const source = new Int32Array(intensity.length);
  forEachVoxel(shape, (i, ...at) => {
    const original = [0, 1, 2].map((a) => at[order.indexOf(a)]);
    source[i] = (original[0] * SHAPE[1] + original[1]) * SHAPE[2] + original[2];
  });
  const permuted = await fit(intensity.map((_, i) => intensity[source[i]]), shape);
  const expected = plain.logField.map((_, i) => plain.logField[source[i]]);
  assertWithin(compareFields(permuted.logField, expected, () => true).max, "permutation");
});

Deno.test("what lies outside the mask does not matter, be it NaN, infinite or without confidence", async () => {
  const plain = await fit(intensity);
  const infinite = await fit(intensity.map((value, i) => (isFinite(value) ? value : i % 2 ? Infinity : -Infinity)));
  assert.deepEqual(infinite.lattice, plain.lattice);
  await using backend = openTsBackend({ workers: 0 });
  const weight = intensity.map((value) => (isFinite(value) ? 1 : 0));
  const dense = { positions: voxelPositions(SHAPE), intensity: volume.intensity, weight };
  const weighted = await fitDense(backend, { dense, domain: SHAPE, options: SHORT });
  assert.deepEqual(weighted.lattice, plain.lattice);
});

Deno.test("a common factor on all confidences leaves the field in the mask", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const plain = await fit(intensity);
  const dense = { positions: voxelPositions(SHAPE), intensity, weight: intensity.map(() => 0.25) };
  const weighted = await fitDense(backend, { dense, domain: SHAPE, options: SHORT });
  const inside = (i: number) => isFinite(intensity[i]);
  assertWithin(compareFields(plain.logField, weighted.logField, inside).max, "confidenceScale");
});

for (const shape of [[1, 11, 13], [9, 1, 13], [9, 11, 1], [1, 1, 40], [1, 1, 1]] as const) {
  Deno.test(`the field is constant along an axis of one voxel: ${shape.join(" x ")}`, async () => {
    const flat = randomVolume({ shape, seed: 5 });
    const { lattice, logField, levels } = await fit(flat.intensity, shape);
    shape.forEach((n, a) => n === 1 && assert.equal(lattice.points[a], 4));
    shape.forEach((n, a) => n === 1 && assert.equal(levels[0].knotSpacing[a], 0));
    assert.ok(logField.every((value) => isFinite(value)));
    if (shape[2] > 1) assert.ok(Math.max(...logField) > 1e-4, "there is a field along the other axes");
  });
}

Deno.test("the number of iterations per call changes no bit", async () => {
  const whole = await fitWatched({});
  for (const batch of [1, 2, 3]) assert.deepEqual(await fitWatched({ batch }), whole);
});

Deno.test("progress tells level, iteration and measure after every batch", async () => {
  const told: FitProgress[] = [];
  await fitWatched({ batch: 3, onProgress: (progress) => told.push(progress) });
  const steps = told.map(({ level, iteration }) => [level, iteration]);
  assert.deepEqual(steps, [[0, 3], [0, 4], [1, 3], [1, 4], [2, 3], [2, 4]]);
  assert.ok(told.every(({ convergence }) => convergence > 0));
});

Deno.test("an abort ends the fit between two calls with its own reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = () => controller.abort(reason);
  await assert.rejects(fitWatched({ batch: 1, signal: controller.signal, onProgress }), reason);
});

Deno.test("a fit without end is ended as well where nobody says how often to look", async () => {
  const controller = new AbortController();
  await using backend = openTsBackend({ workers: 0 });
  const { samples } = compactSamples({ positions: voxelPositions(SHAPE), intensity }, "exclude");
  const options = fullOptions({ iterations: [90_000_000], convergenceThreshold: 0 });
  const control = { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) };
  const domain = { shape: SHAPE, voxelSize: [1, 1, 1] } as const;
  await assert.rejects(fitBiasField(backend, samples, domain, options, control), /enough/);
});

Deno.test("a threshold ends a level at the first measure that meets it", async () => {
  const { levels } = await fit(intensity, SHAPE, { iterations: [50, 50], convergenceThreshold: 2e-3 });
  for (const { convergence, converged } of levels) {
    assert.equal(converged, true);
    assert.ok(convergence.slice(0, -1).every((measure) => measure > 2e-3));
    assert.ok(convergence[convergence.length - 1] <= 2e-3);
  }
});

Deno.test("each level halves the knot spacing, unless the lattice is fixed", () => {
  const domain = { shape: [1, 101, 61], voxelSize: [2, 0.5, 1] } as const;
  const points = (level: number, lattice: "refine" | "fixed") =>
    levelPoints({ ...FIT_DEFAULTS, controlPoints: [6, 5, 4], lattice }, domain.shape, level);
  assert.deepEqual([0, 1, 2].map((level) => points(level, "refine")), [[4, 5, 4], [4, 7, 5], [4, 11, 7]]);
  assert.deepEqual([0, 1, 2].map((level) => points(level, "fixed")), [[4, 5, 4], [4, 5, 4], [4, 5, 4]]);
  assert.deepEqual(knotSpacing(domain, points(1, "refine")), [0, 12.5, 30]);
});

Deno.test("a spline distance becomes the nearest whole number of spans, at least one", () => {
  const domain = { shape: [1, 101, 61], voxelSize: [2, 0.5, 1] } as const;
  assert.deepEqual(controlPointsForDistance(domain, 20), [4, 6, 6]);
  assert.deepEqual(controlPointsForDistance(domain, 1000), [4, 4, 4]);
});

Deno.test("a domain is padded to whole spans as ANTs pads, the smaller half before the first voxel", () => {
  const { domain, controlPoints } = padToSpans({ shape: [181, 217, 1], voxelSize: [1, 1, 1] }, 50);
  assert.deepEqual(controlPoints, [7, 8, 4]);
  assert.deepEqual(domain, { shape: [201, 251, 1], below: [10, 17, 0], voxelSize: [1, 1, 1] });
  const odd = padToSpans({ shape: [70, 90, 24], voxelSize: [0.9, 1.1, 3] }, 200);
  assert.deepEqual(odd.controlPoints, [4, 4, 4]);
  assert.deepEqual(odd.domain.shape, [223, 183, 68]);
  assert.deepEqual(odd.domain.below, [76, 46, 22]);
});

Deno.test("a distance that divides the extent pads nothing", () => {
  const { domain, controlPoints } = padToSpans({ shape: [21, 41, 61], voxelSize: [2, 1, 0.5] }, 10);
  assert.deepEqual([domain.shape, domain.below, controlPoints], [[21, 41, 61], [0, 0, 0], [7, 7, 6]]);
});

Deno.test("only ratios of weights count, whatever their scale", async () => {
  const dense = { positions: voxelPositions(SHAPE), intensity };
  const weight = Float32Array.from(intensity, (_, i) => 0.1 + (i % 7));
  await using backend = openTsBackend({ workers: 0 });
  const fieldBy = (scale: number) =>
    fitDense(backend, {
      dense: { ...dense, weight: weight.map((value) => value * scale) },
      domain: SHAPE,
      options: SHORT,
    });
  const largest = (a: DenseFitResult, b: DenseFitResult) =>
    Math.max(...a.lattice.values.map((value, i) => Math.abs(value - b.lattice.values[i])));
  const [wanted, plain] = [await fieldBy(1), await fit(intensity)];
  assert.ok(largest(wanted, plain) > 1e-3);
  for (const scale of [1e-30, 1e-12, 1e-6, 1e6, 1e30]) {
    assert.ok(largest(await fieldBy(scale), wanted) < 1e-6, `${scale}`);
  }
});
