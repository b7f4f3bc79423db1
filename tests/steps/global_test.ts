/** The level of intensities, and what is said of a field that is no field. */

import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { DataError } from "../../src/errors.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { DEFAULT_SETTINGS } from "../../src/options/resolve.ts";
import type { BiasModel } from "../../src/n4/bias_model.ts";
import type { CorrectSettings } from "../../src/plan/settings.ts";
import { RunLog } from "../../src/run_log.ts";
import { correct } from "../../src/steps/correct.ts";
import type { CorrectJob } from "../../src/steps/volume_run.ts";
import { type Shape3, voxelCount } from "../../src/volume.ts";
import { randomVolume } from "../helpers/volumes.ts";

const SHAPE: Shape3 = [10, 12, 14];
const base = DEFAULT_SETTINGS.globalFit;

/** Settings of a fit of every voxel. */
function settings(iterations: readonly number[], changes: Partial<CorrectSettings> = {}): CorrectSettings {
  const fit = {
    ...base,
    shrinkFactors: [1, 1, 1] as const,
    fit: { ...base.fit, iterations, convergenceThreshold: 0 },
  };
  return { ...DEFAULT_SETTINGS, maskMethod: "none", sectionFit: fit, globalFit: fit, ...changes };
}

/** What a correction leaves of the mean log intensity, and what it warns of. */
async function correctedLevel(
  intensity: Float32Array,
  given: CorrectSettings,
  more: Pick<CorrectJob, "initialModel"> = {},
) {
  await using backend = openTsBackend({ workers: 0 });
  const output = ArrayVolume.zeros(SHAPE);
  const log = new RunLog();
  const job = { input: new ArrayVolume(intensity, SHAPE), settings: given, backend, log };
  const { model } = await correct({ ...job, ...more }, output);
  const ratios = output.data.map((value, i) => Math.log(value / intensity[i]));
  return { level: ratios.reduce((a, b) => a + b) / ratios.length, model, warnings: log.warnings };
}

const HEAD = randomVolume({ shape: SHAPE, seed: 3 }).intensity.map((value) => Math.abs(value) + 1);

for (const mode of ["global", "per_section", "two_pass"] as const) {
  Deno.test(`600 iterations leave the level of intensities, mode ${mode}`, async () => {
    const sections = mode === "global" ? 1 : 2;
    const given = settings([600], { mode, sections });
    assert.ok(Math.abs((await correctedLevel(HEAD, given)).level) < 1e-5);
    const free = await correctedLevel(HEAD, { ...given, fieldScale: "free" });
    if (mode !== "per_section") assert.ok(Math.abs(free.level) > 0.05, `free, it drifts: ${free.level}`);
  });
}

Deno.test("a fit that starts from a model of another level gives that up too", async () => {
  const { model } = await correctedLevel(HEAD, settings([600], { fieldScale: "free" }));
  const { level } = await correctedLevel(HEAD, settings([5]), { initialModel: model });
  assert.ok(Math.abs(level) < 1e-5, `${level}`);
});

/** A model whose field has a factor of `span` from the first column to the last. */
function steepModel(span: number): BiasModel {
  const points = [4, 4, 5] as const;
  const values = Float64Array.from({ length: voxelCount(points) }, (_, i) => Math.log(span) / 2 * (i % 5 - 2));
  return { shape: SHAPE, voxelSize: [1, 1, 1], sections: [], global: { points, values }, scale: 1 };
}

Deno.test("a field that spans more than 100 is told", async () => {
  const warnings = async (span: number) =>
    (await correctedLevel(HEAD, settings([1]), { initialModel: steepModel(span) })).warnings.join("\n");
  assert.match(await warnings(200), /The bias field spans a factor of 2.0e\+2 over the volume, more than 100/);
  assert.equal(await warnings(60), "");
});

Deno.test("a field beyond float32 is an error", async () => {
  await assert.rejects(correctedLevel(HEAD, settings([1]), { initialModel: steepModel(1e80) }), (error) => {
    assert.ok(error instanceof DataError);
    assert.match(error.message, /Cannot use the bias field as it must be finite and above 0/);
    return true;
  });
});
