/**
 * The draft of the tissue mask: whatever its thresholds are guessed to be, the mask is that of reading three times; where they are right the third read is spared.
 *
 * @module
 */

import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { planJob } from "../../src/steps/volume_run.ts";
import { closeDisk, fillHoles } from "../helpers/byte_planes.ts";
import { CoarseHistograms, COUNT_COARSELY } from "../../src/intensity/count/coarse_histogram.ts";
import { HeldBits } from "../../src/intensity/mask/bit_volume.ts";
import { closePlanes } from "../../src/intensity/mask/close_planes.ts";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import { RunLog } from "../../src/run_log.ts";
import { FolderStore } from "../../src/store/folder_store.ts";
import { histogramStage } from "../../src/steps/histogram.ts";
import { maskStage } from "../../src/steps/mask.ts";
import { rangeStage } from "../../src/steps/range.ts";
import { MemoryStore, type RunStore } from "../../src/store/store.ts";
import { doGather, doStage, doTask } from "../../src/steps/stage.ts";
import type { VolumeRun } from "../../src/steps/volume_run.ts";
import { openThreads } from "../../src/threads/pool.ts";
import { type Shape3, wholeBox } from "../../src/volume.ts";
import { inFolder } from "../helpers/nifti_files.ts";
import { octStack } from "../helpers/oct_stack.ts";
import { Random } from "../helpers/random.ts";
import { WatchedSource } from "../helpers/watched_source.ts";

const SHAPE: Shape3 = [24, 40, 45];
const SECTIONS = 4;
/** The third section is dark: all of it is tissue. */
const STACK = octStack({ shape: SHAPE, seed: 7, sections: SECTIONS, dark: 2 });

/** Guesses instead of those that were found. */
type Change = (guesses: Float64Array) => Float64Array | undefined;

/** What a way to the mask is made of. */
interface Way {
  readonly store: RunStore;
  readonly change?: Change;
  readonly parts?: VolumeRun["parts"];
  readonly forwardOnly?: boolean;
}

/** Stages up to the mask, the guesses changed between the first and the second. Tells the mask, and what the third read read. */
async function maskBy({ store, change, parts = [[0, 24]], forwardOnly = false }: Way) {
  await using backend = openTsBackend({ workers: 0 });
  using threads = openThreads(2);
  const settings = settingsOf(
    resolveOptions({ preset: "oct", nSerialSlices: SECTIONS, maskSmoothingSigma: 2 }, "ome-zarr"),
  );
  const input = new WatchedSource(STACK, SHAPE, { chunk: [4, 16, 16], forwardOnly });
  const job = { input, settings, backend, threads, log: new RunLog() };
  const run: VolumeRun = { ...job, plan: planJob(job), store, parts };
  assert.ok(run.plan.draftsMask && run.plan.closingSlots > 1);
  await doStage(rangeStage, run);
  if (change) {
    const { record, arrays: { guesses, ...arrays } } = await store.read("range") ?? { record: {}, arrays: {} };
    const changed = change(guesses as Float64Array);
    await store.write("range", { record, arrays: { ...arrays, ...(changed ? { guesses: changed } : {}) } });
  }
  await doStage(histogramStage, run);
  const before = input.voxels;
  for (const i of parts.keys()) await doTask(maskStage, run, i);
  await doGather(maskStage, run);
  const bits = await store.openBits("mask", SHAPE);
  const bytes = new Uint8Array(STACK.length);
  await bits?.readBox(wholeBox(SHAPE), bytes);
  return { bytes, third: input.voxels - before };
}

const PLANE = SHAPE[1] * SHAPE[2];
const plain = maskBy({ store: new MemoryStore(), change: () => undefined });

Deno.test("without guesses every plane is read for a third time, and there is tissue and agarose", async () => {
  const { bytes, third } = await plain;
  assert.ok(third >= STACK.length);
  const share = bytes.reduce((sum, bit) => sum + bit, 0) / bytes.length;
  assert.ok(share > 0.1 && share < 0.9, `${share}`);
});

Deno.test("where every guess is the threshold no plane is read for a third time, and no bit differs", async () => {
  const { bytes } = await plain;
  const parts = [[0, 8], [8, 16], [16, 24]] as const;
  for (const way of [{}, { forwardOnly: true }, { parts }]) {
    const found = await maskBy({ store: new MemoryStore(), ...way });
    assert.equal(found.third, 0);
    assert.deepEqual(found.bytes, bytes);
  }
  await inFolder(async (folder) => {
    using store = new FolderStore(folder);
    assert.deepEqual(await maskBy({ store, parts }), { bytes, third: 0 });
  });
});

const CHANGES: Record<string, [change: Change, third: number]> = {
  "the second section's is another": [(guesses) => guesses.with(1, guesses[1] * 1.3), 6 + 2 * 4],
  "two neighbours' are others": [(guesses) => guesses.with(0, 0).with(1, -Infinity), 12 + 4],
  "the dark section's is another": [(guesses) => guesses.with(2, 5), 6 + 2 * 4],
  "one is no number": [(guesses) => guesses.with(3, NaN), 6 + 4],
};

for (const [what, [change, planes]] of Object.entries(CHANGES)) {
  Deno.test(`a draft by wrong guesses, ${what}: those sections are read again, and no bit differs`, async () => {
    const { bytes } = await plain;
    const found = await maskBy({ store: new MemoryStore(), change });
    assert.equal(found.third, planes * PLANE, "their planes and the halo's");
    assert.deepEqual(found.bytes, bytes);
    const parts = [[0, 8], [8, 16], [16, 24]] as const;
    assert.deepEqual((await maskBy({ store: new MemoryStore(), change, parts })).bytes, bytes);
    await inFolder(async (folder) => {
      using store = new FolderStore(folder);
      assert.deepEqual((await maskBy({ store, change, parts })).bytes, bytes);
    });
  });
}

Deno.test("of a stream what lies between sections with wrong guesses is read again too, so that it is read once", async () => {
  const change: Change = (guesses) => guesses.with(0, 1).with(3, 1);
  const found = await maskBy({ store: new MemoryStore(), change, forwardOnly: true });
  assert.equal(found.third, STACK.length);
  assert.deepEqual(found.bytes, (await plain).bytes);
});

Deno.test("a run in a folder that was broken off after any stage is gone on with to the same bits", async () => {
  const { bytes } = await plain;
  for (
    const lost of [["mask"], ["mask.0", "mask"], ["mask.0", "mask.0.bits", "mask"], [
      "histogram.0.bits",
      "mask.0",
      "mask",
    ]]
  ) {
    await inFolder(async (folder) => {
      {
        using store = new FolderStore(folder);
        await maskBy({ store });
      }
      for (const name of lost) await Deno.remove(`${folder}/${name}`);
      using store = new FolderStore(folder);
      const again = await maskBy({ store });
      assert.deepEqual(again.bytes, bytes, `${lost}`);
      assert.equal(again.third > 0, lost.includes("histogram.0.bits"), `${lost}`);
    });
  }
});

Deno.test("coarse histograms are the same in any order and parts, and over even bins as long as no key spans two", async () => {
  const random = new Random(5);
  const box = wholeBox([6, 20, 30]);
  const values = Float32Array.from({ length: 3600 }, () => random.uniform() < 0.1 ? -1 : 2 ** random.between(-12, 3));
  values.set([0, -0, NaN, Infinity, -Infinity, 1e-45]);
  const sectionOf = Int32Array.of(0, 0, 0, 1, 1, 1);
  const whole = new CoarseHistograms(sectionOf);
  await whole.addBy(undefined, box, values);
  const parts = new CoarseHistograms(sectionOf);
  for (const z0 of [4, 1, 5, 0, 3, 2]) {
    const one = new CoarseHistograms(sectionOf);
    await one.addBy(undefined, { ...box, z0, z1: z0 + 1 }, values.subarray(600 * z0, 600 * (z0 + 1)));
    parts.merge(one.encode());
  }
  // Powers of two end keys; the first bin holds what is smaller.
  const edges = Float32Array.of(2 ** -10, 1, 2, 3, 4, 5, 6, 7, 8);
  for (const s of [0, 1]) {
    const even = edges.with(0, 0);
    assert.deepEqual(parts.over(s, even), whole.over(s, even));
    const above = [...values.subarray(1800 * s, 1800 * (s + 1))].filter((value) => value > 1e-40 && value < Infinity);
    const counts = [0, 1, 2, 3, 4, 5, 6, 7].map((lo) => above.filter((value) => value >= lo && value < lo + 1).length);
    assert.deepEqual([...whole.over(s, even)], counts);
  }
  assert.deepEqual(await COUNT_COARSELY.work({ values: new Float32Array(8), plane: 4, sectionOfPlane: [0, 1] }), []);
});

Deno.test("planes are closed as one by one, however many at once, and others are copied", async () => {
  const [nz, ny, nx] = [7, 21, 70];
  const random = new Random(8);
  const given = Uint8Array.from({ length: nz * ny * nx }, () => Number(random.uniform() < 0.3));
  const from = new HeldBits([nz, ny, nx]);
  await from.writeBox(wholeBox(from.shape), given);
  const wanted = given.slice();
  for (let z = 0; z < nz; z++) {
    const plane = wanted.subarray(z * ny * nx, (z + 1) * ny * nx);
    if (z === 3) continue;
    fillHoles(plane, ny, nx);
    closeDisk(plane, ny, nx, 2);
  }
  using threads = openThreads(2);
  for (const [atOnce, who] of [[1, undefined], [3, threads], [9, threads]] as const) {
    const bits = new HeldBits(from.shape);
    const planes = Array.from({ length: nz }, (_, z) => z);
    const closing = { planes, closes: (z: number) => z !== 3, radius: 2, atOnce, ...(who ? { threads: who } : {}) };
    await closePlanes(bits, () => from, closing);
    const found = new Uint8Array(given.length);
    await bits.readBox(wholeBox(bits.shape), found);
    assert.deepEqual(found, wanted, `${atOnce}`);
  }
});

Deno.test("gaps are closed by disks of any radius as voxel by voxel", () => {
  const random = new Random(9);
  for (
    const [rows, columns, radius] of [[9, 40, 1], [30, 70, 5], [12, 100, 7], [80, 150, 33], [70, 129, 32], [5, 5, 4]]
  ) {
    const plane = Uint8Array.from({ length: rows * columns }, () => Number(random.uniform() < 0.02));
    const near = (of: Uint8Array, y: number, x: number, wanted: number, beyond: boolean) => {
      for (let dy = -radius; dy <= radius; dy++) {
        for (let dx = -radius; dx <= radius; dx++) {
          if (dy * dy + dx * dx > radius * radius) continue;
          const inside = y + dy >= 0 && y + dy < rows && x + dx >= 0 && x + dx < columns;
          if (inside ? of[(y + dy) * columns + x + dx] === wanted : beyond) return true;
        }
      }
      return false;
    };
    const at = (i: number) => [Math.floor(i / columns), i % columns] as const;
    const grown = plane.map((_, i) => Number(near(plane, ...at(i), 1, false)));
    for (const outside of [0, 1] as const) {
      const closed = plane.map((_, i) => Number(!near(grown, ...at(i), 0, outside === 0)));
      const found = plane.slice();
      closeDisk(found, rows, columns, radius, outside);
      assert.deepEqual(found, closed, `${rows} ${columns} ${radius} ${outside}`);
      if (outside === 1) assert.ok(plane.every((bit, i) => found[i] >= bit), "closing takes nothing away");
    }
  }
});
