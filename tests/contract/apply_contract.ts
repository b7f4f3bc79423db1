/**
 * The contract of the correction, against a loop over voxels that spells out {@linkcode ApplySpec}.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ApplySpec, Lattice, N4Backend } from "../../src/backends/backend.ts";
import { evaluateAt, splineRows3, zeroLattice } from "../../src/n4/bspline.ts";
import { type Box, boxVoxels, type Shape3, voxelCount, wholeBox } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";
import { assertWithin, type ToleranceName } from "../helpers/tolerances.ts";
import { forEachVoxel, voxelPositions } from "../helpers/volumes.ts";
import type { ContractTest } from "./suite.ts";

const VOLUME: Shape3 = [9, 11, 13];
const PLAIN: ApplySpec = { volume: VOLUME, sections: [], strength: 1, scale: 1, zeroOutside: false, floor: 1e-6 };

/** Boxes that cover the volume and straddle its sections. */
const BOXES: readonly Box[] = [0, 2, 7].flatMap((z0, i) =>
  [0, 4].flatMap((y0) =>
    [0, 5, 6].map((x0, j) => ({
      z0,
      z1: [2, 7, 9][i],
      y0,
      y1: y0 === 0 ? 4 : 11,
      x0,
      x1: [5, 6, 13][j],
    }))
  )
);

function randomLattice(points: [number, number, number], random: Random): Lattice {
  return { points, values: zeroLattice(points).values.map(() => random.between(-0.6, 0.6)) };
}

/** Specifications with every part on its own, then with all of them together. */
function specs(): [name: string, spec: ApplySpec][] {
  const random = new Random(3);
  const table = (shift: number) => Float32Array.from({ length: 40 }, (_, i) => i * 3 + shift + random.uniform());
  const luts = {
    threshold: 12,
    range: [20, 110],
    tables: [table(5), table(9)],
    tableOfPlane: Int32Array.of(0, 0, 1, 1, -1, 1, 0, 0, -1),
  } as const;
  const global = randomLattice([4, 5, 6], random);
  const sections = [
    { z0: 0, z1: 4, lattice: randomLattice([4, 4, 4], random) },
    { z0: 4, z1: 5 },
    { z0: 5, z1: 9, lattice: randomLattice([5, 4, 7], random) },
  ];
  const zGain = Float32Array.from({ length: VOLUME[0] }, () => random.between(0.7, 1.3));
  const all = { ...PLAIN, global, sections, luts, zGain, strength: 0.6, scale: 1.7, zeroOutside: true };
  return [
    ["nothing at all", PLAIN],
    ["a global field", { ...PLAIN, global }],
    ["sections, one of them without a field", { ...PLAIN, sections }],
    ["intensity tables", { ...PLAIN, luts }],
    ["gains of planes inside the mask", { ...PLAIN, zGain, global }],
    ["half the strength", { ...PLAIN, global, strength: 0.5 }],
    ["no strength", { ...PLAIN, global, strength: 0 }],
    ["a floor above the field", { ...PLAIN, global, floor: 1.2 }],
    ["zero outside the mask", { ...PLAIN, global, zeroOutside: true }],
    ["everything together", all],
    ["the lattices of another grid", otherGrid(all)],
  ];
}

/** The same field of view on a domain of other shape, voxel centres aligned. */
function otherGrid(spec: ApplySpec): ApplySpec {
  const domain: Shape3 = [18, 7, 26];
  const positions = VOLUME.map((n, a) => {
    const at = (i: number) => ((i + 0.5) * domain[a]) / n - 0.5;
    return Float64Array.from({ length: n }, (_, i) => Math.min(Math.max(at(i), 0), domain[a] - 1));
  }) as [Float64Array, Float64Array, Float64Array];
  const sections = spec.sections.map(({ z0, z1, ...rest }) => ({ ...rest, z0: 2 * z0, z1: 2 * z1 }));
  return { ...spec, domain, positions, sections };
}

/** Log field of every voxel, by 64 control points each. */
function logFieldOf(spec: ApplySpec): Float64Array {
  const domain = spec.domain ?? spec.volume;
  const positions = spec.positions ?? voxelPositions(spec.volume);
  const field = new Float64Array(voxelCount(spec.volume));
  forEachVoxel(spec.volume, (i, z, y, x) => {
    const add = (lattice: Lattice | undefined, z0: number, z1: number) => {
      const at = [positions[0][z] - z0, positions[1][y], positions[2][x]].map((p) => Float64Array.of(p));
      const rows = lattice && splineRows3(at, [z1 - z0, domain[1], domain[2]], lattice.points);
      if (lattice && rows) field[i] += evaluateAt(lattice, rows, 0, 0, 0);
    };
    const centre = positions[0][z] + 0.5;
    for (const { z0, z1, lattice } of spec.sections) if (centre >= z0 && centre < z1) add(lattice, z0, z1);
    add(spec.global, 0, domain[0]);
  });
  return field;
}

/** The voxel map, spelt out. */
function correctPlainly(spec: ApplySpec, data: Float32Array, mask: Uint8Array): Float64Array {
  const out = new Float64Array(data.length);
  const logField = logFieldOf(spec);
  forEachVoxel(spec.volume, (i, z) => {
    let m = data[i];
    const table = spec.luts?.tables[spec.luts.tableOfPlane[z]];
    if (spec.luts && table && m > spec.luts.threshold) {
      const [lo, hi] = spec.luts.range;
      const at = Math.min(Math.max(((m - lo) / (hi - lo)) * (table.length - 1), 0), table.length - 1);
      const below = Math.min(Math.floor(at), table.length - 2);
      m = table[below] * (below + 1 - at) + table[below + 1] * (at - below);
    }
    if (spec.zGain && mask[i] !== 0) m *= spec.zGain[z];
    const corrected = m / Math.max(Math.exp(logField[i]), spec.floor);
    out[i] = (spec.strength * corrected + (1 - spec.strength) * m) * spec.scale;
    if (spec.zeroOutside && mask[i] === 0) out[i] = 0;
  });
  return out;
}

function randomData(): { data: Float32Array; mask: Uint8Array } {
  const random = new Random(12);
  const data = Float32Array.from({ length: voxelCount(VOLUME) }, () => random.between(1, 130));
  return { data, mask: Uint8Array.from(data, () => random.integer(0, 3) > 0 ? random.integer(1, 255) : 0) };
}

/** A box of a volume's array, and back. */
function moveBox<T extends Float32Array | Uint8Array>(whole: T, box: Box, part: T, into: "part" | "whole"): T {
  let i = 0;
  for (let z = box.z0; z < box.z1; z++) {
    for (let y = box.y0; y < box.y1; y++) {
      for (let x = box.x0; x < box.x1; x++, i++) {
        const at = (z * VOLUME[1] + y) * VOLUME[2] + x;
        if (into === "part") part[i] = whole[at];
        else whole[at] = part[i];
      }
    }
  }
  return part;
}

async function correctWhole(backend: N4Backend, spec: ApplySpec): Promise<Float32Array> {
  const { data, mask } = randomData();
  await using session = await backend.openApply(spec);
  await session.correct(wholeBox(VOLUME), data, mask);
  return data;
}

/** Largest difference relative to the larger of the two. */
function largestRelative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (difference !== 0) largest = Math.max(largest, difference / Math.max(Math.abs(a[i]), Math.abs(b[i])));
  }
  return largest;
}

/** Registers the tests. */
export function applyContract(test: ContractTest, tolerance: ToleranceName): void {
  for (const [name, spec] of specs()) {
    test(`corrects with ${name} as a loop over voxels does, in any boxes`, async (backend) => {
      const { data, mask } = randomData();
      const whole = await correctWhole(backend, spec);
      assertWithin(largestRelative(whole, correctPlainly(spec, data, mask)), tolerance, name);
      await using session = await backend.openApply(spec);
      const pieces = new Float32Array(data.length);
      await Promise.all(BOXES.map(async (box) => {
        const part = moveBox(data, box, new Float32Array(boxVoxels(box)), "part");
        await session.correct(box, part, moveBox(mask, box, new Uint8Array(boxVoxels(box)), "part"));
        moveBox(pieces, box, part, "whole");
      }));
      assert.deepEqual(pieces, whole);
    });
  }

  test("what is not finite is not mapped by intensity tables", async (backend) => {
    const [, spec] = specs()[3];
    const { data } = randomData();
    await using session = await backend.openApply(spec);
    [data[0], data[1], data[2]] = [Infinity, -Infinity, NaN];
    await session.correct(wholeBox(VOLUME), data);
    assert.deepEqual([...data.subarray(0, 3)], [Infinity, -Infinity, NaN]);
  });

  test("the field it writes is what it divides by", async (backend) => {
    for (const [, spec] of specs().filter(([name]) => /field|sections/.test(name))) {
      await using session = await backend.openApply({ ...spec, strength: 1, scale: 1.5 });
      const field = new Float32Array(voxelCount(VOLUME));
      await session.field(wholeBox(VOLUME), field);
      const expected = logFieldOf(spec).map((value) => Math.max(Math.exp(value), spec.floor) / 1.5);
      assertWithin(largestRelative(field, expected), tolerance);
      const { data, mask } = randomData();
      const divided = data.map((value, i) => value / field[i]);
      await session.correct(wholeBox(VOLUME), data, mask);
      assertWithin(largestRelative(data, divided), tolerance);
    }
  });

  test("shared memory and views into larger arrays are worked on in place, and nothing else is touched", async (backend) => {
    const [, spec] = specs()[1];
    const expected = await correctWhole(backend, spec);
    const { data, mask } = randomData();
    await using session = await backend.openApply(spec);
    const shared = new Float32Array(new SharedArrayBuffer(4 * data.length));
    shared.set(data);
    await session.correct(wholeBox(VOLUME), shared, mask);
    assert.deepEqual(shared.slice(), expected.slice());
    const larger = new Float32Array(data.length + 10).fill(-7);
    larger.set(data, 4);
    await session.correct(wholeBox(VOLUME), larger.subarray(4, 4 + data.length), mask);
    assert.deepEqual(larger.slice(4, 4 + data.length), expected);
    assert.ok([...larger.subarray(0, 4), ...larger.subarray(4 + data.length)].every((value) => value === -7));
  });

  test("a mask is not needed where nothing depends on it", async (backend) => {
    const [, spec] = specs()[1];
    const { data } = randomData();
    await using session = await backend.openApply(spec);
    await session.correct(wholeBox(VOLUME), data);
    assert.deepEqual(data, await correctWhole(backend, spec));
  });
}
