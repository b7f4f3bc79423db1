/** What the plan of a correction counts before any voxel is read. */

import assert from "node:assert/strict";
import { tissueMaskMemory } from "../../src/intensity/mask/tissue_mask.ts";
import { storageFor } from "../../src/io/open.ts";
import type { Compression } from "../../src/io/zarr/encode.ts";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import type { CorrectOptions } from "../../src/options/table.ts";
import { cacheBytes, planMaskRoom, planTransfer, pyramidMemory, smoothedSlots } from "../../src/plan/memory.ts";
import { describePlan, planCorrection } from "../../src/plan/plan.ts";
import type { Geometry, Shape3 } from "../../src/volume.ts";

const STORAGE = {
  readChunk: [8, 128, 128],
  writeChunk: [8, 128, 128],
  forwardOnly: false,
  workers: 2,
  weighted: false,
} as const;

function memoryOf(volume: Geometry, options: Pick<CorrectOptions, "maskMethod" | "maxFitSamples">): number {
  const resolved = resolveOptions({ preset: "mri", memoryLimit: 2 ** 36, ...options }, "ome-zarr");
  return planCorrection(volume, STORAGE, settingsOf(resolved)).memory;
}

Deno.test("a tissue mask is planned with its bits and the planes being closed", () => {
  const shape = [16, 7000, 7000] as const;
  const volume = { shape, voxelSize: [0.01, 0.01, 0.01] as const };
  // A fit that is larger than what smoothing takes, which is freed before.
  const of = (maskMethod: "tissue" | "none") => memoryOf(volume, { maskMethod, maxFitSamples: 2 ** 24 });
  const more = of("tissue") - of("none");
  assert.equal(more, tissueMaskMemory(shape));
  assert.ok(tissueMaskMemory(shape) > 16 * 7000 * 7000 / 8 + 2 * 7000 * 7000, "more than the bits alone");
});

Deno.test("what options hold beside the samples of a fit is planned", () => {
  const volume = { shape: [128, 200, 200], voxelSize: [1, 1, 1] } as const;
  const of = (options: CorrectOptions, judged = false) => {
    const given = { preset: "mri", memoryLimit: 2 ** 36, maxFitSamples: 2 ** 24, shrinkFactor: [1, 1, 1] } as const;
    const settings = settingsOf(resolveOptions({ ...given, ...options }, "ome-zarr"));
    return planCorrection(volume, { ...STORAGE, judged }, settings).memory;
  };
  const more = (options: CorrectOptions, judged?: boolean) => (of(options, judged) - of({})) / (128 * 200 * 200);
  assert.ok(more({ weights: "dark" }) >= 8);
  assert.ok(more({ refineMask: true }) >= 20);
  assert.ok(more({ fitHalves: true }) >= 12);
  assert.ok(more({}, true) >= 4);
});

Deno.test("bits in a file take no memory but that of the planes being closed", () => {
  const shape = [16, 7000, 7000] as const;
  const settings = {
    ...settingsOf(resolveOptions({ preset: "mri", maskMethod: "tissue" }, "ome-zarr")),
    memoryLimit: 2 ** 36,
  };
  const volume = { shape, voxelSize: [0.01, 0.01, 0.01] as const };
  const [held, filed] = [false, true].map((bitsInFile) =>
    planCorrection(volume, STORAGE, { ...settings, bitsInFile }).memory
  );
  assert.equal(held - filed, 16 * 7000 * 4 * Math.ceil(7000 / 32));
});

Deno.test("the halos of two smoothed boxes are planned where they take more than the fit that comes after", () => {
  const shape = [16, 7000, 7000] as const;
  const volume = { shape, voxelSize: [0.01, 0.01, 0.01] as const };
  const [small, large] = [2 ** 14, 2 ** 24].map((maxFitSamples) => {
    const of = (maskMethod: "tissue" | "none") => memoryOf(volume, { maskMethod, maxFitSamples });
    return of("tissue") - of("none") - tissueMaskMemory(shape);
  });
  assert.equal(large, 0);
  assert.ok(small > 0 && small < 16 * 2 ** 23, `${small}`);
});

Deno.test("two smoothed boxes are in flight, and more where much memory is free", () => {
  const box = 12 * 2 ** 23;
  const slotsOf = (slots: number, memory: number, limit: number) => smoothedSlots({ slots, memory }, limit);
  assert.equal(slotsOf(3, 2 ** 29, 2 ** 29), 2, "nothing is free");
  assert.equal(slotsOf(3, 2 ** 29, 2 ** 30), 2, "less than eight boxes are free");
  assert.equal(slotsOf(3, 2 ** 29, 2 ** 31), 3, "one for each of two threads and one more");
  assert.equal(slotsOf(17, 2 ** 30, 2 ** 30 + 8 * 5 * box), 7, "an eighth of what is free");
  assert.equal(smoothedSlots({ slots: 17, memory: 0 }, 2 ** 40, { readForwardOnly: true }), 2);
  const keptOf = (smoothedSlots: number, maskBytes = 0) =>
    cacheBytes({ memory: 2 ** 29, aheadBytes: 5, smoothedSlots, maskBytes }, 2 ** 34);
  assert.equal(keptOf(2), 2 ** 34 - 2 ** 29 - 5 - pyramidMemory(2 ** 34));
  assert.equal(keptOf(12), 2 ** 34 - 2 ** 29 - 5 - 10 * box);
  assert.equal(keptOf(12, 77), 2 ** 34 - 2 ** 29 - 5 - 10 * box - 77);
});

Deno.test("a mask is drafted, and planes closed at once, where an eighth of what is free holds what that takes", () => {
  const roomOf = (free: number, coarse?: number) => planMaskRoom({ slots: 5, memory: 1000 }, 1000 + free, coarse, 50);
  assert.deepEqual(roomOf(0, 80), { draftsMask: false, closingSlots: 1, maskBytes: 0 });
  assert.deepEqual(roomOf(-100, 80), { draftsMask: false, closingSlots: 1, maskBytes: 0 });
  assert.deepEqual(roomOf(639, 80), { draftsMask: false, closingSlots: 2, maskBytes: 50 });
  assert.deepEqual(roomOf(640, 80), { draftsMask: true, closingSlots: 2, maskBytes: 80 });
  assert.deepEqual(roomOf(1e6, 80), { draftsMask: true, closingSlots: 5, maskBytes: 200 });
  assert.deepEqual(roomOf(1e6), { draftsMask: false, closingSlots: 1, maskBytes: 0 }, "no tissue mask");
});

Deno.test("smoothing is planned with whole chunks or planes, those of its halo, and those kept for the next box", () => {
  const volume = { shape: [64, 4096, 4096], voxelSize: [0.01, 0.01, 0.01] } as const;
  const given = { preset: "oct", maskSmoothingSigma: 2, maskMethod: "tissue", maxFitSamples: 2 ** 14 } as const;
  const settings = { ...settingsOf(resolveOptions(given, "nifti")), memoryLimit: 2 ** 36, bitsInFile: true };
  const of = (readChunk: Shape3, readForwardOnly: boolean) =>
    planCorrection(volume, { ...STORAGE, readChunk, readForwardOnly }, settings).memory;
  // Sigma 1 along z: nine planes read, eight kept, the last box five planes, each of two boxes.
  // Of chunks of 64 rows twelve planes of 144 rows are read for at most eight of 128, and eight kept.
  const small = 4 * 4096 * (2 * (12 * 144 + 8 * 128) + 8 * 144);
  assert.equal(of([1, 64, 4096], true) - of([1, 64, 4096], false), 4 * 4096 ** 2 * (2 * (9 + 5) + 8) - small);
});

Deno.test("what a compressor takes of each thread is planned: Blosc's module, the trees of high levels of Zstandard", () => {
  const source = { shape: [256, 512, 512], chunk: [128, 128, 128], forwardOnly: false, dataType: "float32" } as const;
  const memoryWith = (compression: Compression) =>
    planTransfer(source, storageFor("o.ome.zarr", source.shape, { compression }), 2, 2 ** 36).memory;
  const plain = memoryWith({});
  const chunk = 4 * 128 ** 3;
  assert.equal(memoryWith({ compressor: "gzip", level: 9 }), plain);
  assert.equal(memoryWith({ compressor: "blosc" }) - plain, 2 * (40 * 2 ** 20 + 3 * chunk));
  assert.equal(memoryWith({ level: 9 }) - plain, 2 * 2 * chunk);
  assert.equal(memoryWith({ level: 22 }) - plain, 2 * 17 * chunk);
});

Deno.test("factors that are lowered come with their reason, that of the volume in two passes are the sections'", () => {
  const volume = { shape: [24, 64, 64], voxelSize: [0.01, 0.01, 0.01] } as const;
  const settings = settingsOf(resolveOptions({ preset: "oct", nSerialSlices: 8 }, "ome-zarr"));
  const said = describePlan(planCorrection(volume, STORAGE, settings), settings, volume);
  assert.deepEqual(said.filter((line) => line.startsWith("Shrink")), [
    "Shrink factors lowered from 4 3 3 to 1 3 3 so that each axis keeps four samples.",
    "Shrink factors lowered from 4 3 3 to 1 3 3 as those of the sections are.",
  ]);
});
