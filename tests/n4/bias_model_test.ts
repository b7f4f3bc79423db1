/** The bias model: its file, and the arithmetic of its lattices. */

import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import {
  addLattices,
  type BiasModel,
  canAddLattices,
  formatBiasModel,
  gridPositions,
  parseBiasModel,
} from "../../src/n4/bias_model.ts";
import type { Lattice } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { voxelMap } from "../../src/steps/voxel_map.ts";
import { type Triple, voxelCount, wholeBox } from "../../src/volume.ts";
import { logFieldOn } from "../helpers/fields.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin } from "../helpers/tolerances.ts";
import { voxelPositions } from "../helpers/volumes.ts";

function lattice(points: Triple, seed: number): Lattice {
  const random = new Random(seed);
  return { points, values: Float64Array.from({ length: voxelCount(points) }, () => random.between(-1, 1)) };
}

const MODEL: BiasModel = {
  shape: [9, 20, 30],
  voxelSize: [0.1, 1 / 3, 2.5],
  affine: [2.5, 0, 0, -1 / 7, 0, 1 / 3, 0, 0, 0, 0, 0.1, 1e-300, 0, 0, 0, 1],
  sections: [{ z0: 0, z1: 4, lattice: lattice([4, 5, 6], 1) }, { z0: 4, z1: 9, lattice: undefined }],
  global: lattice([4, 4, 7], 2),
  padded: undefined,
  scale: 1.0000000000000002,
};

/** Its global lattice reaches beyond the volume. */
const PADDED: BiasModel = { ...MODEL, sections: [], padded: { shape: [9, 23, 31], below: [0, 1, 0] } };

Deno.test("a model reads back with the same bits", () => {
  assert.deepEqual(parseBiasModel(formatBiasModel(MODEL), "m.json"), MODEL);
  const plain = { ...MODEL, sections: [], affine: undefined, global: undefined };
  assert.deepEqual(parseBiasModel(formatBiasModel(plain), "m.json"), plain);
  assert.deepEqual(parseBiasModel(formatBiasModel(PADDED), "m.json"), PADDED);
});

Deno.test("a lattice that reaches beyond the volume is evaluated at the volume's place in it", async () => {
  const { global, shape, padded: { shape: domain, below } = { shape: MODEL.shape, below: [0, 0, 0] } } = PADDED;
  if (!global) throw new Error("The model has a global field.");
  const places = voxelPositions(shape).map((axis, a) => axis.map((p) => p + below[a]));
  const expected = logFieldOn(global, [places[0], places[1], places[2]], domain);
  await using backend = openTsBackend({ workers: 0 });
  await using session = await backend.openApply({ ...voxelMap(PADDED, shape, { strength: 1 }), scale: 1 });
  const field = new Float32Array(voxelCount(shape));
  await session.field(wholeBox(shape), field);
  for (const [i, f] of field.entries()) assert.ok(Math.abs(Math.log(f) - expected[i]) < 1e-6, `voxel ${i}: ${f}`);
});

Deno.test("hostile text is refused with a short sentence that names the file", () => {
  const good = JSON.parse(formatBiasModel(MODEL)) as Record<string, unknown>;
  const changed = (change: Record<string, unknown>) => JSON.stringify({ ...good, ...change });
  const texts = [
    "",
    "null",
    "[]",
    '"n4-bias-model"',
    "{",
    changed({ format: "other" }),
    changed({ version: 2 }),
    changed({ version: 3 }),
    changed({ version: 2, sections: [], padded: { shape: [9, 20, 30], below: [0, 1, 0] } }),
    changed({ version: 2, padded: { shape: [9, 23, 31], below: [0, 1, 0] } }),
    changed({ shape: [1, 2] }),
    changed({ shape: [0, 2, 3] }),
    changed({ shape: [1.5, 2, 3] }),
    changed({ shape: "9 20 30" }),
    changed({ voxelSizeMm: [1, 1, -1] }),
    changed({ scale: 0 }),
    changed({ scale: null }),
    changed({ axes: ["x", "y", "z"] }),
    changed({ affine: [1, 2, 3] }),
    changed({ sections: [{ z0: 0, z1: 99 }] }),
    changed({ sections: [null] }),
    changed({ sections: "none" }),
    changed({ sections: [{ z0: 4, z1: 9 }, { z0: 0, z1: 5 }] }),
    changed({ global: { points: [4, 4, 4], logValues: [1] } }),
    changed({ global: { points: [3, 4, 4], logValues: Array(48).fill(0) } }),
    changed({ global: { points: [4, 4, 4], logValues: Array(64).fill("0") } }),
    changed({ global: { points: [4, 4, 4], logValues: Array(64).fill(null) } }),
    changed({ global: { points: [1048000, 1048000, 1048000], logValues: [] } }),
    changed({ global: 5 }),
    formatBiasModel(MODEL).replace('"scale":1', '"scale":1e999,"x":1'),
  ];
  for (const text of texts) {
    assert.throws(() => parseBiasModel(text, "m.json"), (error) => {
      assert.ok(error instanceof InputError, `${text.slice(0, 99)}: ${error}`);
      assert.match(error.message, /^Cannot read the bias model.*'m.json'/);
      assert.ok(error.message.length < 300);
      return true;
    }, text.slice(0, 99));
  }
});

Deno.test("fields of a model's own grid lie at whole indices, those of another at (i + 1/2) N / N' - 1/2, clamped", () => {
  assert.deepEqual(gridPositions([2, 3, 4], [2, 3, 4]).map((axis) => [...axis]), [[0, 1], [0, 1, 2], [0, 1, 2, 3]]);
  assert.deepEqual([...gridPositions([1, 1, 8], [1, 1, 4])[2]], [0.5, 2.5, 4.5, 6.5]);
  assert.deepEqual([...gridPositions([1, 1, 2], [1, 1, 4])[2]], [0, 0.25, 0.75, 1]);
});

Deno.test("the sum of two lattices has the sum of their fields, also where one is coarser", () => {
  const shape: Triple = [7, 8, 9];
  const positions = voxelPositions(shape);
  const pairs: [Triple, Triple][] = [[[4, 4, 4], [4, 4, 4]], [[4, 4, 4], [11, 5, 7]], [[5, 4, 9], [4, 7, 6]]];
  for (const [one, other] of pairs) {
    const [a, b] = [lattice(one, 3), lattice(other, 4)];
    const [fa, fb, sum] = [a, b, addLattices(a, b)].map((l) => logFieldOn(l, positions, shape));
    assertWithin(Math.max(...sum.map((value, i) => Math.abs(value - fa[i] - fb[i]))), "refine", `${one} + ${other}`);
  }
});

Deno.test("lattices whose spans are not a power of two apart cannot be added", () => {
  assert.ok(canAddLattices([4, 5, 7], [7, 4, 4]));
  assert.ok(!canAddLattices([4, 4, 6], [4, 4, 4]));
  assert.throws(() => addLattices(lattice([4, 4, 6], 1), lattice([4, 4, 5], 2)), RangeError);
});
