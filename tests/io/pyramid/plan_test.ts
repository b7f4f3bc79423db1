/** Coarser levels: which ones, and their voxels, against scipy and whatever way the input is cut. */

import assert from "node:assert/strict";
import { CALLING_THREAD, type Threads } from "../../../src/thread_job.ts";
import { planPyramid } from "../../../src/io/pyramid/plan.ts";
import { gridOf, lanesFor, resampleVolumes } from "../../../src/io/pyramid/pass.ts";
import { bandedRows } from "../../../src/io/pyramid/resample.ts";
import {
  type Box,
  boxShape,
  type Shape3,
  type Triple,
  type VolumeSink,
  type VolumeSource,
  voxelCount,
} from "../../../src/volume.ts";
import { openThreads } from "../../../src/threads/pool.ts";
import { assertWithin } from "../../helpers/tolerances.ts";
import { cut } from "../../helpers/nifti_files.ts";
import { randomVolume } from "../../helpers/volumes.ts";

interface Golden {
  readonly resamplings: readonly { readonly inputs: Shape3; readonly outputs: Shape3; readonly float32: string }[];
  readonly plans: readonly {
    readonly shape: Shape3;
    readonly voxelSize: Triple;
    readonly targets: readonly number[];
    readonly isotropic: boolean;
    readonly levels: readonly { readonly shape: Shape3; readonly voxelSize: Triple }[];
  }[];
}

/** `tests/fixtures/make_pyramid.py` says what is in it. */
const GOLDEN = JSON.parse(
  await Deno.readTextFile(new URL("../../golden/pyramid.json", import.meta.url)),
) as Golden;

const isotropic = { isotropic: true, translation: false } as const;

/** How a volume in memory is cut when it is resampled. */
interface Cut {
  readonly readChunk?: Shape3;
  readonly writeChunk?: Shape3;
  readonly memory?: number;
  readonly threads?: Threads;
}

/** Resamples a volume in memory. */
async function resampled(data: Float32Array, shape: Shape3, outputs: Shape3, how: Cut = {}): Promise<Float32Array> {
  const { readChunk = shape, writeChunk = outputs, memory = 2 ** 30, threads = CALLING_THREAD } = how;
  const out = new Float32Array(voxelCount(outputs)).fill(NaN);
  const common = { voxelSize: [1, 1, 1], dataType: "float32", forwardOnly: false } as const;
  const source: VolumeSource = {
    ...common,
    shape,
    chunk: readChunk,
    read: (box, into) => Promise.resolve(into.set(cut(data, shape, box))),
  };
  const sink: VolumeSink = {
    ...common,
    shape: outputs,
    chunk: writeChunk,
    write: (box, values) => Promise.resolve(paste(values, box, out, outputs)),
  };
  await resampleVolumes([{ source, sink }], { memory, threads });
  return out;
}

/** Puts a box into a volume where nothing was before. */
function paste(values: Float32Array, box: Box, out: Float32Array, shape: Shape3): void {
  const [nz, ny, nx] = boxShape(box);
  for (let row = 0; row < nz * ny; row++) {
    const at = ((box.z0 + Math.floor(row / ny)) * shape[1] + box.y0 + (row % ny)) * shape[2] + box.x0;
    assert.ok(Number.isNaN(out[at]), "a voxel was written twice");
    out.set(values.subarray(row * nx, (row + 1) * nx), at);
  }
}

/** The voxels of the golden inputs. */
function goldenVoxels(shape: Shape3): Float32Array {
  return Float32Array.from({ length: voxelCount(shape) }, (_, i) => (i * 7919 + (i % 13) * (i % 17) * 31) % 1000);
}

Deno.test("an axis that no image has gets no coarser levels, and takes no time", () => {
  const volume = { shape: [5, 2 ** 31 - 1, 7], voxelSize: [1, 1, 1] } as const;
  for (const wanted of [{ halvings: "auto" }, { resolutions: [5000] }] as const) {
    const { levels, warnings } = planPyramid(volume, { ...isotropic, ...wanted });
    assert.deepEqual(levels, []);
    assert.match(warnings[0], /^No coarser level is written as an axis of 2147483647 voxels is longer than 4194304.$/);
  }
});

Deno.test("a level has the voxels that scipy gives it, edges mirrored about the outermost centre", async (t) => {
  for (const { inputs, outputs, float32 } of GOLDEN.resamplings) {
    await t.step(`${inputs.join(" ")} to ${outputs.join(" ")}`, async () => {
      const wanted = new Float32Array(Uint8Array.fromBase64(float32).buffer);
      const got = await resampled(goldenVoxels(inputs), inputs, outputs);
      const difference = got.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]) / wanted[i]), 0);
      assertWithin(difference, "resample");
    });
  }
});

Deno.test("shapes and voxel sizes at target resolutions follow the model's formulas", () => {
  for (const { shape, voxelSize, targets, isotropic, levels } of GOLDEN.plans) {
    const plan = planPyramid({ shape, voxelSize }, { resolutions: targets, isotropic, translation: false });
    const ours = plan.levels.map((level) => ({ shape: level.shape, voxelSize: level.voxelSize }));
    const theirs = levels.filter((level) => level.voxelSize.some((size, a) => Math.abs(size - voxelSize[a]) > 1e-9));
    assert.deepEqual(ours.map((level) => level.shape), theirs.map((level) => level.shape));
    for (const [i, level] of ours.entries()) {
      level.voxelSize.forEach((size, a) => assert.ok(Math.abs(size - theirs[i].voxelSize[a]) <= 1e-9 * size));
    }
    assert.ok(plan.levels.every((level) => level.from === 0));
    assert.equal(plan.method.method, "custom_resolution_pyramid");
  }
});

Deno.test("a target finer than level 0 makes no level, one equal to it is level 0", () => {
  const volume = { shape: [100, 100, 100], voxelSize: [0.02, 0.02, 0.02] } as const;
  const { levels, remarks } = planPyramid(volume, { ...isotropic, resolutions: [50, 20, 10, 50] });
  assert.deepEqual(levels, [{ shape: [40, 40, 40], voxelSize: [0.05, 0.05, 0.05], from: 0 }]);
  assert.match(remarks.join(), /No level of 10 um is written as level 0 has voxels of 20 x 20 x 20 um/);
});

Deno.test("a target that would make level 0's voxels more than they are makes no level and a warning", () => {
  const volume = { shape: [10, 100, 100], voxelSize: [0.1, 0.01, 0.01] } as const;
  const { levels, warnings } = planPyramid(volume, { ...isotropic, resolutions: [10, 50] });
  assert.deepEqual(levels.map((level) => level.shape), [[20, 20, 20]]);
  assert.match(warnings[0], /No level of 10 um .* more voxels \(100 100 100\) than level 0 \(10 100 100\)/);
  assert.match(warnings[1], /of 50 um is finer than level 0 \(100 x 10 x 10 um\).*option 'makeIsotropic'/);
});

Deno.test("sizes in mm that are no exact binary numbers lose no voxel", () => {
  const volume = { shape: [700, 70, 7], voxelSize: [0.007, 0.007, 0.007] } as const;
  const { levels } = planPyramid(volume, { ...isotropic, resolutions: [49] });
  assert.deepEqual(levels[0].shape, [100, 10, 1]);
});

Deno.test("halving goes from level to level and leaves axes of one voxel alone", () => {
  const volume = { shape: [1, 7, 20], voxelSize: [3, 1, 0.5] } as const;
  const { levels, remarks } = planPyramid(volume, { ...isotropic, halvings: 9 });
  assert.deepEqual(levels, [
    { shape: [1, 3, 10], voxelSize: [3, 2, 1], from: 0 },
    { shape: [1, 1, 5], voxelSize: [3, 4, 2], from: 1 },
    { shape: [1, 1, 2], voxelSize: [3, 4, 4], from: 2 },
    { shape: [1, 1, 1], voxelSize: [3, 4, 8], from: 3 },
  ]);
  assert.match(remarks.join(), /ends at level 4 of 9/);
});

Deno.test("left to itself, halving ends where a level fits in one chunk", () => {
  const voxelSize = [1, 1, 1] as const;
  const shapes = (shape: Shape3) =>
    planPyramid({ shape, voxelSize }, { ...isotropic, halvings: "auto" }).levels.map((level) => level.shape);
  assert.deepEqual(shapes([128, 128, 128]), []);
  assert.deepEqual(shapes([100, 600, 129]), [[50, 300, 64], [25, 150, 32], [12, 75, 16]]);
});

Deno.test("the rows of a resampling sum to 1 and stay inside their axis", () => {
  for (const [inputs, outputs] of [[1, 1], [2, 1], [7, 3], [100, 4], [5, 9], [4, 4], [1000, 999]]) {
    const rows = bandedRows(inputs, outputs);
    for (let i = 0; i < outputs; i++) {
      const weights = rows.weight.subarray(rows.start[i], rows.start[i + 1]);
      assert.ok(rows.first[i] >= 0 && rows.first[i] + weights.length <= inputs);
      assertWithin(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1), "resampleRowSum");
    }
  }
});

Deno.test("an axis that keeps its length keeps its values", async () => {
  const shape = [3, 5, 4] as const;
  const { intensity } = randomVolume({ shape, seed: 3 });
  assert.deepEqual(await resampled(intensity, shape, shape), intensity);
});

Deno.test("chunks, tiles and memory change no bit", async () => {
  const shape = [23, 41, 37] as const;
  const { intensity } = randomVolume({ shape, seed: 5 });
  for (const outputs of [[9, 16, 15], [2, 4, 37], [46, 11, 5]] as const) {
    const whole = await resampled(intensity, shape, outputs);
    const cuts: readonly Cut[] = [
      { readChunk: [1, 1, 37], writeChunk: [1, 1, 1], memory: 0 },
      { readChunk: [5, 7, 6], writeChunk: [2, 3, 4], memory: 0 },
      { readChunk: [5, 7, 6], writeChunk: [2, 3, 4], memory: 40_000 },
      { readChunk: [16, 64, 8], writeChunk: [4, 2, 16] },
    ];
    for (const how of cuts) assert.deepEqual(await resampled(intensity, shape, outputs, how), whole);
  }
});

Deno.test("what threads share out changes no bit", async () => {
  using threads = openThreads(2);
  assert.equal(threads.count, 2);
  const shape = [70, 130, 140] as const;
  const { intensity } = randomVolume({ shape, seed: 6 });
  for (const outputs of [[28, 52, 56], [7, 13, 14]] as const) {
    const alone = await resampled(intensity, shape, outputs);
    assert.deepEqual(await resampled(intensity, shape, outputs, { threads }), alone);
  }
});

Deno.test("as many columns are made at once as memory holds the smallest of, three at most and one at the least", () => {
  const source = { shape: [128, 256, 256], chunk: [64, 64, 64] } as unknown as VolumeSource;
  const grids = [2, 4, 8].map((factor) => {
    const shape = source.shape.map((n) => n / factor);
    return gridOf({ source, sink: { shape, chunk: [64, 64, 64] } as unknown as VolumeSink });
  });
  const lanes = (memory: number, threads = 8) => lanesFor(grids, memory, threads);
  assert.deepEqual([0, 2 ** 20].map((memory) => lanes(memory)), [1, 1]);
  assert.deepEqual([0, 1, 2, 16].map((threads) => lanes(2 ** 30, threads)), [1, 2, 3, 3]);
  const enough = (count: number) => {
    let [low, high] = [0, 2 ** 30];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (lanes(middle) >= count) high = middle;
      else low = middle;
    }
    return high;
  };
  assert.equal(enough(3), Math.ceil(1.5 * enough(2)));
});
