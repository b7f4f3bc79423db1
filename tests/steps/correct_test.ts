/** A volume flows through `correct` in bounded boxes, and how it is cut changes no bit. */

import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { correct, estimateBias } from "../../src/steps/correct.ts";
import { planJob } from "../../src/steps/volume_run.ts";
import { writeField } from "../../src/steps/apply.ts";
import { MemoryLimitError } from "../../src/errors.ts";
import { DEFAULT_SETTINGS } from "../../src/options/resolve.ts";
import { planCorrection } from "../../src/plan/plan.ts";
import type { CorrectSettings } from "../../src/plan/settings.ts";
import { RunLog } from "../../src/run_log.ts";
import { type Box, boxVoxels, type Shape3, type VolumeSink, voxelCount } from "../../src/volume.ts";
import { MemorySink, MemorySource, type MemoryTraits } from "../helpers/memory_volumes.ts";
import { randomVolume } from "../helpers/volumes.ts";

const MEBIBYTE = 2 ** 20;
const QUICK: CorrectSettings = {
  ...DEFAULT_SETTINGS,
  globalFit: {
    ...DEFAULT_SETTINGS.globalFit,
    fit: { ...DEFAULT_SETTINGS.globalFit.fit, iterations: [3, 2], convergenceThreshold: 0 },
  },
};

Deno.test("a volume of 96 MiB passes in boxes of at most 64 MiB, whatever its chunks and sampling", async () => {
  const shape: Shape3 = [24, 1024, 1024];
  const valueAt = (z: number, y: number, x: number) => 100 + ((z * 7 + y * 3 + x) & 31) + x / 50;
  await using backend = openTsBackend({ workers: 2 });
  for (const [chunk, shrinkMethod] of [[shape, "stride"], [[1, 1, 1024], "mean"]] as const) {
    const source = new MemorySource(shape, new Float32Array(0), { chunk, valueAt, mostBytes: 64 * MEBIBYTE });
    const settings = {
      ...QUICK,
      shrinkMethod,
      globalFit: { ...QUICK.globalFit, shrinkFactors: [8, 16, 16] as const },
      maskMethod: "none" as const,
    };
    let [written, largest] = [0, 0];
    const sink: VolumeSink = {
      shape,
      voxelSize: [1, 1, 1],
      dataType: "float32",
      chunk: [1, 1, 1024],
      forwardOnly: false,
      write(box: Box, data: Float32Array) {
        written += data.length;
        largest = Math.max(largest, boxVoxels(box));
        return Promise.resolve();
      },
    };
    await correct({ input: source, settings, backend, log: new RunLog() }, sink);
    assert.equal(written, voxelCount(shape));
    assert.ok(4 * largest <= 64 * MEBIBYTE);
    assert.ok(source.busiest >= 2 && source.busiest <= 3, "boxes are read at once, within the slots");
  }
});

/** One way to run the same correction. */
interface Way {
  readonly workers?: number;
  readonly boxVoxels?: number;
  readonly memoryLimit?: number;
  readonly source?: MemoryTraits;
  readonly sink?: MemoryTraits;
  readonly batch?: number;
}

const SHAPE: Shape3 = [14, 18, 22];
const VOLUME = randomVolume({ shape: SHAPE, seed: 8 }).intensity;

/** Corrects the volume one way; returns its bytes and the source. */
async function corrected(way: Way, settings: CorrectSettings) {
  await using backend = openTsBackend({ workers: way.workers ?? 2 });
  const input = new MemorySource(SHAPE, VOLUME, way.source);
  const mask = {
    source: new MemorySource(SHAPE, VOLUME.map((v) => v > 60 ? 1 : 0), { chunk: [4, 4, 4] }),
    name: "mask",
  };
  const memoryLimit = way.memoryLimit ?? settings.memoryLimit;
  const batch = way.batch ? { batch: way.batch } : {};
  const given = settings.maskMethod === "none" ? { mask } : {};
  const job = { input, settings: { ...settings, memoryLimit }, backend, log: new RunLog(), ...given, ...batch };
  const output = new MemorySink(SHAPE, way.sink);
  const { model } = await correct(job, output);
  assert.ok(output.complete);
  const field = new MemorySink([7, 9, 11], way.sink && { ...way.sink, chunk: [1, 1, 11] });
  await writeField(model, field, backend, { boxVoxels: way.boxVoxels ?? 1e6, slots: 2, log: new RunLog() });
  return { bytes: [output.values, field.values, model.global?.values], input };
}

const WAYS: Record<string, Way> = {
  "one worker": { workers: 1 },
  "no worker": { workers: 0 },
  "five workers": { workers: 5 },
  "chunks of 5 x 6 x 7": { source: { chunk: [5, 6, 7] } },
  "written chunks of 4 x 8 x 16": { sink: { chunk: [4, 8, 16] } },
  "chunks on both sides": { source: { chunk: [3, 18, 5] }, sink: { chunk: [6, 6, 6] } },
  "forward only, in": { source: { forwardOnly: true } },
  "forward only, in and out": { source: { forwardOnly: true }, sink: { forwardOnly: true } },
  "forward only in, chunks out": { source: { forwardOnly: true }, sink: { chunk: [4, 4, 4] } },
  "chunks in, forward only out": { source: { chunk: [5, 5, 5] }, sink: { forwardOnly: true } },
  "batches of one iteration": { batch: 1 },
  "small boxes of the field": { boxVoxels: 7 },
};

const VARIANTS: Record<string, CorrectSettings> = {
  "strided, Otsu": { ...QUICK, globalFit: { ...QUICK.globalFit, shrinkFactors: [2, 3, 4] } },
  "block means, given mask, minmax": {
    ...QUICK,
    globalFit: { ...QUICK.globalFit, shrinkFactors: [3, 2, 2] },
    shrinkMethod: "mean",
    maskMethod: "none",
    rescale: "minmax",
  },
  "every voxel, median": {
    ...QUICK,
    globalFit: { ...QUICK.globalFit, shrinkFactors: [1, 1, 1] },
    rescale: "median",
    strength: 0.7,
  },
};

for (const [variant, settings] of Object.entries(VARIANTS)) {
  Deno.test(`no bit depends on workers, chunks, order or batches (${variant})`, async () => {
    const expected = await corrected({}, settings);
    for (const [name, way] of Object.entries(WAYS)) {
      assert.deepEqual((await corrected(way, settings)).bytes, expected.bytes, name);
    }
  });

  Deno.test(`no bit depends on the memory limit, down to the smallest that would do (${variant})`, async () => {
    const expected = await corrected({}, settings);
    const tooLittle = corrected({ memoryLimit: MEBIBYTE }, settings);
    const needed = await tooLittle.then(() => 0, (error) => error instanceof MemoryLimitError ? error.neededBytes : 0);
    assert.ok(needed > MEBIBYTE);
    assert.deepEqual((await corrected({ memoryLimit: needed }, settings)).bytes, expected.bytes);
  });
}

Deno.test("a forward-only source is read in C order, one box at a time, once per pass", async () => {
  for (
    const [settings, passes] of [[VARIANTS["strided, Otsu"], 4], [{ ...QUICK, maskMethod: "nonzero" }, 2]] as const
  ) {
    const { input } = await corrected({ source: { forwardOnly: true }, workers: 5 }, settings);
    assert.equal(input.busiest, 1);
    assert.equal(input.goesBack, passes - 1);
  }
});

Deno.test("an estimate without an output reads nothing that the fit does not need", async () => {
  await using backend = openTsBackend({ workers: 0 });
  const input = new MemorySource(SHAPE, VOLUME);
  const job = { input, settings: { ...QUICK, maskMethod: "none" as const }, backend, log: new RunLog() };
  const { plan } = await estimateBias(job);
  assert.equal(input.goesBack, 0);
  assert.deepEqual(plan, planJob(job));
});

Deno.test("the plan keeps within the memory limit and prefers whole chunks", () => {
  const storage = {
    readChunk: [128, 128, 128],
    writeChunk: [128, 128, 128],
    forwardOnly: false,
    workers: 8,
    weighted: false,
  } as const;
  const volume = { shape: [2048, 2048, 2048], voxelSize: [1, 1, 1] } as const;
  for (const gibibytes of [0.75, 1, 2, 8]) {
    const plan = planCorrection(volume, storage, {
      ...QUICK,
      globalFit: { ...QUICK.globalFit, shrinkFactors: [16, 16, 16] },
      memoryLimit: gibibytes * 1024 * MEBIBYTE,
    });
    assert.ok(plan.memory <= gibibytes * 1024 * MEBIBYTE);
    assert.ok(plan.boxVoxels >= 128 ** 3);
  }
  const gzip = { ...storage, writeChunk: [1, 1, 2048], forwardOnly: true } as const;
  const thick = planCorrection(volume, gzip, {
    ...QUICK,
    globalFit: { ...QUICK.globalFit, shrinkFactors: [16, 16, 16] },
  });
  assert.ok(thick.memory <= QUICK.memoryLimit, "planes of a gzip file thinner than a chunk where memory is short");
});
