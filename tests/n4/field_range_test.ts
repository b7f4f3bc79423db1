/** The range of a field is that of its voxels. */

import assert from "node:assert/strict";
import type { Lattice } from "../../src/backends/backend.ts";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import type { BiasModel } from "../../src/n4/bias_model.ts";
import { logFieldRange } from "../../src/n4/field_range.ts";
import { RunLog } from "../../src/run_log.ts";
import { writeField } from "../../src/steps/apply.ts";
import { type Triple, voxelCount } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

const random = new Random(4);
const lattice = (points: Triple): Lattice => ({
  points,
  values: Float64Array.from({ length: voxelCount(points) }, () => random.normal()),
});
const GRID = { shape: [12, 20, 22], voxelSize: [1, 1, 1], scale: 1 } as const;
const MODELS: Record<string, BiasModel> = {
  "one field": { ...GRID, sections: [], global: lattice([4, 6, 5]) },
  "padded": {
    ...GRID,
    sections: [],
    global: lattice([5, 5, 5]),
    padded: { shape: [18, 30, 33], below: [3, 5, 5] },
  },
  "sections and volume": {
    ...GRID,
    sections: [{ z0: 0, z1: 5, lattice: lattice([4, 4, 6]) }, { z0: 5, z1: 12, lattice: undefined }],
    global: lattice([5, 5, 4]),
  },
};

for (const [name, model] of Object.entries(MODELS)) {
  Deno.test(`the range of a field is that of its voxels: ${name}`, async () => {
    const field = ArrayVolume.zeros(model.shape);
    await using backend = openTsBackend({ workers: 0 });
    await writeField(model, field, backend, { boxVoxels: 1e6, slots: 1, log: new RunLog() });
    const logs = field.data.map(Math.log);
    const range = logFieldRange(model);
    const expected = [logs.reduce((a, b) => Math.min(a, b)), logs.reduce((a, b) => Math.max(a, b))];
    expected.forEach((value, i) => assert.ok(Math.abs(value - range[i]) < 0.1, `${range} of ${expected}`));
  });
}

Deno.test("a control point that is not finite makes the range NaN", () => {
  const global = lattice([4, 4, 4]);
  global.values[20] = NaN;
  assert.ok(logFieldRange({ ...GRID, sections: [], global }).every(Number.isNaN));
});
