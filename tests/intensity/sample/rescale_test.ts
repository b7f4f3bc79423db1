/** The factor that holds a corrected volume to the input's scale. */

import assert from "node:assert/strict";
import { openTsBackend } from "../../../src/backends/ts/ts_backend.ts";
import { DataError } from "../../../src/errors.ts";
import { thresholdMask } from "../../../src/intensity/mask/mask.ts";
import { mapRange, rangeLine, sampleScale } from "../../../src/intensity/sample/rescale.ts";
import { RunLog } from "../../../src/run_log.ts";
import type { Shape3 } from "../../../src/volume.ts";
import { MemorySource } from "../../helpers/memory_volumes.ts";
import { Random } from "../../helpers/random.ts";
import { randomVolume } from "../../helpers/volumes.ts";

const random = new Random(1);
const INTENSITY = Float32Array.from({ length: 501 }, () => random.between(10, 90));
const LOG_FIELD = Float32Array.from(INTENSITY, () => random.between(-0.5, 0.5));
const SAMPLES = { intensity: INTENSITY, matched: INTENSITY, logField: LOG_FIELD };
const [BELOW, FLAT] = [Float32Array.of(-5, -4, 1), new Float32Array(3)];
const NEGATIVE = { intensity: BELOW, matched: BELOW, logField: FLAT, strength: 1 };

function corrected(strength: number): number[] {
  return [...INTENSITY].map((s, i) => strength * s / Math.exp(LOG_FIELD[i]) + (1 - strength) * s);
}

const statistics = {
  mean: (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length,
  median: (values: number[]) => values.toSorted((a, b) => a - b)[250],
};

for (const method of ["mean", "median"] as const) {
  Deno.test(`the factor keeps the ${method} of the samples, at any strength`, () => {
    for (const strength of [1, 0.5, 0.1]) {
      const scale = sampleScale(method, { ...SAMPLES, strength });
      const after = statistics[method](corrected(strength).map((v) => scale * v));
      assert.ok(Math.abs(after / statistics[method]([...INTENSITY]) - 1) < 1e-12);
    }
    assert.equal(sampleScale(method, { ...SAMPLES, strength: 0 }), 1);
  });

  Deno.test(`samples <= 0 whose ${method} is not above 0 are refused`, () => {
    const text = new RegExp(`hold the ${method} of the fit samples as it must be > 0`);
    assert.throws(() => sampleScale(method, NEGATIVE), (error) => {
      assert.ok(error instanceof DataError);
      assert.match(error.message, text);
      return true;
    });
  });
}

Deno.test("minmax keeps the width of the range inside the mask, for any box size", async () => {
  const shape: Shape3 = [5, 7, 9];
  const { intensity } = randomVolume({ shape, seed: 2 });
  const logField = (i: number) => 0.3 * Math.sin(i);
  const inside = (v: number) => v > 70;
  const width = (values: number[]) => Math.max(...values) - Math.min(...values);
  const before = [...intensity].filter(inside);
  const after = [...intensity].map((v, i) => v / Math.exp(logField(i))).filter((_, i) => inside(intensity[i]));
  const session = {
    correct(box: { z0: number; y0: number; x0: number }, data: Float32Array) {
      const start = (box.z0 * 7 + box.y0) * 9 + box.x0;
      for (let i = 0; i < data.length; i++) data[i] /= Math.exp(logField(start + i));
      return Promise.resolve();
    },
    field: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  for (const boxVoxels of [1, 9, 1e6]) {
    const passes = { boxVoxels, slots: 2, log: new RunLog() };
    const source = new MemorySource(shape, intensity);
    const { slope, offset } = await rangeLine(source, thresholdMask(70, "test"), session, passes);
    assert.ok(Math.abs(slope / (width(before) / width(after)) - 1) < 1e-6);
    for (const end of [Math.min, Math.max]) {
      assert.ok(Math.abs(slope * end(...after) + offset - end(...before)) < 1e-3, "both ends are the input's");
    }
  }
});

Deno.test("a range without width leaves the scale alone", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const shape: Shape3 = [2, 2, 2];
  await using session = await backend.openApply({
    volume: shape,
    sections: [],
    strength: 1,
    scale: 1,
    zeroOutside: false,
    floor: 1e-6,
  });
  const passes = { boxVoxels: 8, slots: 1, log: new RunLog() };
  const constant = new MemorySource(shape, new Float32Array(8).fill(3));
  const unchanged = { slope: 1, offset: 0 };
  for (const threshold of [0, 5]) {
    const line = await rangeLine(constant, thresholdMask(threshold, "test"), session, passes);
    assert.deepEqual(line, unchanged, "an empty mask too");
  }
});

Deno.test("a line maps the voxels that the mask marks with enough, and no other", () => {
  const data = Float32Array.of(1, 2, 3);
  mapRange(data, Uint8Array.of(0, 1, 2), { mask: thresholdMask(0, "test"), least: 2, slope: 2, offset: 10 });
  assert.deepEqual(data, Float32Array.of(1, 2, 16));
});
