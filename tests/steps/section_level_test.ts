/** The level of a section: what the fits of sections may not change. */
import assert from "node:assert/strict";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { correct } from "../../src/steps/correct.ts";
import { sectionBounds } from "../../src/intensity/sections.ts";
import { centreField } from "../../src/n4/centre.ts";
import { evaluateAt, splineRows3 } from "../../src/n4/bspline.ts";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import { octPhantom } from "../../src/phantom/oct.ts";
import { phantomQuality } from "../../src/phantom/quality.ts";
import { RunLog } from "../../src/run_log.ts";
import type { Shape3 } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

Deno.test("a centred field has a log mean of 0 over the samples, and field plus corrected value stays the intensity", () => {
  const random = new Random(3);
  const axis = Float64Array.from([0, 1, 2, 3]);
  const shape: Shape3 = [4, 4, 4];
  const rows = splineRows3([axis, axis, axis], shape, [4, 5, 4]);
  const lattice = { points: [4, 5, 4] as const, values: Float64Array.from({ length: 80 }, () => random.normal()) };
  const fields = (found: typeof lattice) =>
    Array.from({ length: 64 }, (_, i) => evaluateAt(found, rows, i >> 4, (i >> 2) & 3, i & 3));
  const value = Float32Array.from({ length: 64 }, () => random.between(-1, 1));
  const corrected = value.map((v, i) => v - fields(lattice)[i]);
  const centred = fields(centreField(lattice, value, corrected) as typeof lattice);
  assert.ok(Math.abs(centred.reduce((a, b) => a + b, 0)) < 1e-5);
  for (let i = 0; i < 64; i++) assert.ok(Math.abs(centred[i] + corrected[i] - value[i]) < 1e-5);
});

Deno.test("sections of one level have one level after their fits, in both modes that fit sections", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const shape: Shape3 = [24, 48, 48];
  const strengths = { brightnessJitter: 0, planeJitter: 0, surface: 0, attenuation: 0 };
  const phantom = octPhantom({ shape, voxelSize: [0.05, 0.2, 0.2], sections: 3, seed: 5, ...strengths });
  const sections = sectionBounds(24, 3);
  const { step: before } = await phantomQuality({ corrected: phantom.source, phantom, sections });
  for (const mode of ["per_section", "two_pass"] as const) {
    const options = { preset: "oct", mode, nSerialSlices: 3, histogramMatch: false, zprofileSmoothSigma: 0 } as const;
    const settings = settingsOf(resolveOptions(options, "nifti"));
    const output = ArrayVolume.zeros(shape);

    await correct({ input: phantom.source, settings, backend, log: new RunLog() }, output);
    const { step } = await phantomQuality({ corrected: output, phantom, sections });
    // With each field at the level that its fit happened to give it: 0.107 per section.
    assert.ok(before < 0.01 && step < 0.04, `${mode}: ${step}, ${before} before`);
  }
});
