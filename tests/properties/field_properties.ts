/**
 * What holds for every volume, whatever is in it: each property takes a case and fails with a sentence.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { N4Backend } from "../../src/backends/backend.ts";
import fc from "npm:fast-check@4.10.2";
import { correct } from "../../src/steps/correct.ts";
import { planJob } from "../../src/steps/volume_run.ts";
import { writeField } from "../../src/steps/apply.ts";
import { DataError } from "../../src/errors.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import type { CorrectSettings } from "../../src/plan/settings.ts";
import { RunLog } from "../../src/run_log.ts";
import type { CorrectJob } from "../../src/steps/volume_run.ts";
import type { Triple } from "../../src/volume.ts";
import { assertWithin, type ToleranceName } from "../helpers/tolerances.ts";
import { arraysOf, type CaseArrays, inputsOf, permuted, settingsOf, type VolumeCase } from "./volume_cases.ts";

/** A corrected volume and its field; C order. */
interface Corrected {
  readonly values: Float32Array;
  readonly field: Float32Array;
  readonly warnings: readonly string[];
}

/** Corrects arrays; `undefined` where n4 says that nothing is left to fit. */
async function corrected(
  backend: N4Backend,
  arrays: CaseArrays,
  settings: CorrectSettings,
): Promise<Corrected | undefined> {
  const output = ArrayVolume.zeros(arrays.shape);
  const field = ArrayVolume.zeros(arrays.shape);
  const job = { ...inputsOf(arrays), settings, backend, log: new RunLog() };
  fc.pre(canBePlanned(job));
  try {
    const { model, plan: { boxVoxels, slots } } = await correct(job, output);
    await writeField(model, field, backend, { boxVoxels, slots, log: job.log });
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
  assert.ok(field.data.every((value) => value > 0 && value < Infinity), "the field must be finite and above 0");
  return { values: output.data, field: field.data, warnings: job.log.warnings };
}

/** Whether the lattice suits the samples: the plan refuses one that is too fine for them, whatever the intensities. */
function canBePlanned(job: CorrectJob): boolean {
  try {
    planJob(job);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The corrected volume times the field is the input, to rounding; what is not finite is as it was. */
export async function fieldTimesCorrected(backend: N4Backend, given: VolumeCase): Promise<void> {
  const arrays = arraysOf(given);
  const found = await corrected(backend, arrays, settingsOf(given));
  let largest = 0;
  found?.values.forEach((value, i) => {
    const input = arrays.intensity[i];
    if (!Number.isFinite(input)) return assert.ok(Object.is(value, input), `voxel ${i} was ${input}: it is ${value}`);
    const product = value * found.field[i];
    // Beyond the range of float32 nothing can be said, and below its least step rounding is absolute.
    if (Math.abs(input / found.field[i]) > MOST_FLOAT) return;
    const error = Math.abs(product - input) - LEAST_FLOAT * (1 + found.field[i]);
    largest = Math.max(largest, error <= 0 ? 0 : error / Math.abs(input));
  });
  assertWithin(largest, "fieldTimesCorrected");
}

const MOST_FLOAT = 3.4e38;
const LEAST_FLOAT = 2 ** -149;

/** A factor on all intensities leaves the field. */
export async function scaledIntensities(backend: N4Backend, given: VolumeCase, factor: number): Promise<void> {
  const arrays = arraysOf(given);
  const settings = settingsOf(given);
  const plain = await corrected(backend, arrays, settings);
  const intensity = arrays.intensity.map((value) => value * factor);
  const scaled = await corrected(backend, { ...arrays, intensity }, settings);
  compareFields(plain, scaled, "scaledVolume", roundingOfLogs([...arrays.intensity, ...intensity]));
}

/** What the logarithm of the farthest of these intensities may be off, as float32. */
function roundingOfLogs(intensities: readonly number[]): number {
  let farthest = 1;
  for (const value of intensities) {
    if (value > 0 && value < Infinity) farthest = Math.max(farthest, Math.abs(Math.log(value)));
  }
  return 2 ** -24 * farthest;
}

/** Axes in another order give the field in that order. */
export async function permutedAxes(backend: N4Backend, given: VolumeCase, order: Triple): Promise<void> {
  const plain = await corrected(backend, arraysOf(given), settingsOf(given));
  const turned: VolumeCase = {
    ...given,
    shrink: reordered(given.shrink, order),
    controlPoints: reordered(given.controlPoints, order),
  };
  const arrays = permuted(arraysOf(given), order);
  const other = await corrected(backend, arrays, settingsOf(turned));
  const expected = plain && permuted({ shape: given.shape, intensity: plain.field }, order).intensity;
  const unit = roundingOfLogs([...arrays.intensity]);
  compareFields(plain && expected && { ...plain, field: expected }, other, "permutedVolume", unit);
}

function reordered(values: Triple, order: Triple): Triple {
  return [values[order[0]], values[order[1]], values[order[2]]];
}

/** Two backends find the same field. */
export async function backendsAgree(
  one: N4Backend,
  other: N4Backend,
  given: VolumeCase,
  tolerance: ToleranceName,
): Promise<void> {
  const [arrays, settings] = [arraysOf(given), settingsOf(given)];
  compareFields(await corrected(one, arrays, settings), await corrected(other, arrays, settings), tolerance);
}

/** With what is not finite written as 0 there is no NaN, and no infinity but where a finite voxel outgrows float32. */
export async function nothingIsNaN(backend: N4Backend, given: VolumeCase): Promise<void> {
  const arrays = arraysOf(given);
  const found = await corrected(backend, arrays, { ...settingsOf(given), nonfinite: "zero" });
  found?.values.forEach((value, i) => {
    const [input, field] = [arrays.intensity[i], found.field[i]];
    const outgrown = Number.isFinite(input) && Math.abs(input / field) > MOST_FLOAT;
    assert.ok(Number.isFinite(value) || outgrown, `voxel ${i} was ${input}, its field ${field}: it is ${value}`);
    if (!Number.isFinite(input)) assert.equal(value, 0);
  });
}

/**
 * However long a fit runs, the samples keep their geometric mean, and a field that spans more than 100 is told. Every
 * voxel is a sample.
 */
export async function levelStays(backend: N4Backend, given: VolumeCase): Promise<void> {
  const arrays = arraysOf(given);
  const settings = settingsOf({ ...given, mode: "global", shrink: [1, 1, 1] });
  const found = await corrected(backend, arrays, settings);
  if (!found) return;
  const counts = (i: number) =>
    isFinite(arrays.intensity[i]) && arrays.intensity[i] > 0 && arrays.mask?.[i] !== 0 &&
    !(arrays.weights && arrays.weights[i] <= 0);
  const logs = Array.from(found.field, Math.log);
  const samples = logs.filter((_, i) => counts(i));
  // Every iteration rounds the logarithms from which the field has been taken, and once the field is rounded.
  const farthest = arrays.intensity.reduce(
    (most, value, i) => counts(i) ? Math.max(most, Math.abs(Math.log(value))) : most,
    1,
  );
  const rounding = (1 + given.iterations.reduce((a, b) => a + b, 0)) * farthest * 2 ** -24;
  assertWithin(Math.abs(samples.reduce((a, b) => a + b, 0)) / samples.length / rounding, "levelStays");
  const span = Math.exp(logs.reduce((a, b) => Math.max(a, b)) - logs.reduce((a, b) => Math.min(a, b)));
  // The span is told from places between voxels, which may miss its very ends.
  const isTold = found.warnings.some((text) => text.includes("spans a factor"));
  assert.ok(isTold ? span > 80 : span < 125, `a span of ${span} is ${isTold ? "" : "not "}told`);
}

/** Compares log fields, where there are any, in some unit. */
function compareFields(
  one: Corrected | undefined,
  other: Corrected | undefined,
  tolerance: ToleranceName,
  unit = 1,
): void {
  assert.equal(other === undefined, one === undefined, "both or none must find a field");
  if (!one || !other) return;
  let largest = 0;
  for (let i = 0; i < one.field.length; i++) {
    largest = Math.max(largest, Math.abs(Math.log(one.field[i] / other.field[i])));
  }
  assertWithin(largest / unit, tolerance);
}
