/**
 * The contract of smoothing, against sums over the mirrored volume.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { N4Backend, SmoothSpec } from "../../src/backends/backend.ts";
import { type Box, boxShape, boxVoxels, voxelCount, wholeBox } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin, type ToleranceName } from "../helpers/tolerances.ts";
import { forEachVoxel } from "../helpers/volumes.ts";
import type { ContractTest } from "./suite.ts";

const SPECS: readonly [name: string, spec: SmoothSpec][] = [
  ["all axes", { volume: [7, 9, 11], sigma: [1, 2, 1.5], truncate: 4 }],
  ["one axis", { volume: [6, 8, 10], sigma: [0, 0, 2], truncate: 4 }],
  ["no axis", { volume: [3, 4, 5], sigma: [0, 0, 0], truncate: 4 }],
  ["a volume thinner than the kernel", { volume: [2, 1, 5], sigma: [2, 3, 3], truncate: 4 }],
  ["a short kernel", { volume: [8, 8, 8], sigma: [0.4, 0.9, 3], truncate: 1 }],
];

function randomData(spec: SmoothSpec): Float32Array {
  const random = new Random(31);
  return Float32Array.from({ length: voxelCount(spec.volume) }, () => random.between(0, 100));
}

/** Index of a voxel on a line that is mirrored at both ends, by walking. */
function mirrored(i: number, n: number): number {
  let at = i;
  while (at < 0 || at >= n) at = at < 0 ? -1 - at : 2 * n - 1 - at;
  return at;
}

/** One axis smoothed at a time, every voxel a sum over its taps. */
function smoothPlainly({ volume, sigma, truncate }: SmoothSpec, data: Float32Array): Float64Array {
  let current = Float64Array.from(data);
  for (let axis = 0; axis < 3; axis++) {
    if (sigma[axis] === 0) continue;
    const radius = Math.floor(truncate * sigma[axis] + 0.5);
    const next = new Float64Array(current.length);
    forEachVoxel(volume, (i, ...at) => {
      let [sum, weights] = [0, 0];
      for (let t = -radius; t <= radius; t++) {
        const from = [...at];
        from[axis] = mirrored(at[axis] + t, volume[axis]);
        const weight = Math.exp((-t * t) / (2 * sigma[axis] ** 2));
        sum += weight * current[(from[0] * volume[1] + from[1]) * volume[2] + from[2]];
        weights += weight;
      }
      next[i] = sum / weights;
    });
    current = next;
  }
  return current;
}

/** Smooths a box from the data around it alone. */
async function smoothBox(backend: N4Backend, spec: SmoothSpec, box: Box, data: Float32Array): Promise<Float32Array> {
  await using session = await backend.openSmooth(spec);
  const grow = (lo: number, hi: number, a: number) =>
    [Math.max(0, lo - session.halo[a]), Math.min(spec.volume[a], hi + session.halo[a])] as const;
  const [[z0, z1], [y0, y1], [x0, x1]] = [grow(box.z0, box.z1, 0), grow(box.y0, box.y1, 1), grow(box.x0, box.x1, 2)];
  const padded = { z0, z1, y0, y1, x0, x1 };
  const around = cut(spec, data, padded);
  const before = around.slice();
  const out = new Float32Array(boxVoxels(box));
  await session.smooth(box, padded, around, out);
  assert.deepEqual(around, before, "the input must be left as it was");
  return out;
}

function cut({ volume }: SmoothSpec, data: Float32Array, box: Box): Float32Array {
  const part = new Float32Array(boxVoxels(box));
  forEachVoxel(boxShape(box), (i, z, y, x) => {
    part[i] = data[((box.z0 + z) * volume[1] + box.y0 + y) * volume[2] + box.x0 + x];
  });
  return part;
}

/** Registers the tests. */
export function smoothContract(test: ContractTest, tolerance: ToleranceName): void {
  for (const [name, spec] of SPECS) {
    test(`smooths ${name} as sums over the mirrored volume do, in any boxes`, async (backend) => {
      const data = randomData(spec);
      const whole = await smoothBox(backend, spec, wholeBox(spec.volume), data);
      const expected = smoothPlainly(spec, data);
      const largest = whole.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]) / 100), 0);
      assertWithin(largest, tolerance, name);
      const random = new Random(2);
      for (let round = 0; round < 6; round++) {
        const [z0, y0, x0] = spec.volume.map((n) => random.integer(0, n - 1));
        const [z1, y1, x1] = [z0, y0, x0].map((from, a) => random.integer(from + 1, spec.volume[a]));
        const box = { z0, z1, y0, y1, x0, x1 };
        assert.deepEqual(await smoothBox(backend, spec, box, data), cut(spec, whole, box));
      }
    });
  }
}
