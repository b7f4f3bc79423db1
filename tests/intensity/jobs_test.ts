/**
 * The jobs over a box's voxels against their plain definitions, bit for bit: lengths that are no multiple of four or of a block, values that are not finite, both zeros.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { LookupTables } from "../../src/backends/backend.ts";
import { AVERAGE_BLOCKS } from "../../src/intensity/sample/average_blocks.ts";
import { FIND_PLANE_RANGES, FIND_RANGE } from "../../src/intensity/count/value_range.ts";
import { HeldBits, wordsAcross } from "../../src/intensity/mask/bit_volume.ts";
import { ExactSums } from "../../src/intensity/count/exact_sum.ts";
import { mapBox } from "../../src/intensity/match/histogram_match.ts";
import { type InsideRule, MARK_INSIDE } from "../../src/intensity/mask/mark_inside.ts";
import { createMatcher, type Matching } from "../../src/intensity/match/matched.ts";
import { FIND_NONFINITE } from "../../src/intensity/nonfinite.ts";
import { PACK_ABOVE } from "../../src/intensity/mask/pack_above.ts";
import { SUM_PLANES } from "../../src/intensity/match/z_profile.ts";
import { lookUp, mapPlane } from "../../src/n4/lookup.ts";
import { wholeBox } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

/** More than two blocks, and no multiple of four. */
const COUNT = 9003;

/** Values that are easily got wrong. */
const ODD = [0, -0, NaN, -NaN, Infinity, -Infinity, 1e-45, -1e-45, 3.4e38, -3.4e38, 2];

/** Signed noise; from value `from` on every seventh is an odd one. */
function noise(seed: number, count = COUNT, from = 4500): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, (_, i) => i >= from && i % 7 === 0 ? ODD[i % 11] : random.normal());
}

const TABLES: LookupTables = {
  threshold: 0.1,
  range: [0.25, 1.75],
  tables: [Float32Array.of(0.2, 0.3, 1.1, 2.7), Float32Array.of(0.9, 1, 1.7)],
  tableOfPlane: Int32Array.of(0, -1, 1, 0),
};

Deno.test("voxels are marked inside by every rule where their intensity is finite", () => {
  const rules: [InsideRule, (value: number, mark: number) => boolean][] = [
    [{ by: "all" }, () => true],
    [{ by: "nonzero" }, (value) => Math.abs(value) > 0],
    [{ by: "threshold", threshold: 0.3 }, (value) => value > 0.3],
    [{ by: "label", label: 2 }, (value) => value === 2],
    [{ by: "mark" }, (_, mark) => mark === 1],
  ];
  const marks = Uint8Array.from(noise(1), (value) => Number(value > 0));
  const given = noise(2);
  for (const [rule, isInside] of rules) {
    for (const intensity of [given, noise(3).reverse(), noise(3).subarray(1, 4400)]) {
      const values = intensity.length === COUNT ? given : intensity;
      const out = marks.slice(0, values.length);
      MARK_INSIDE.work({ rule, values, intensity, out });
      const plain = Uint8Array.from(values, (v, i) => Number(isInside(v, marks[i]) && Number.isFinite(intensity[i])));
      assert.deepEqual(out, plain, rule.by);
    }
  }
});

Deno.test("values that are not finite are counted, the first is named, and they become 0 where that is asked for", async () => {
  for (
    const data of [noise(4), noise(4).subarray(3), noise(4, COUNT, 9000), noise(4, 4097, 5000), new Float32Array()]
  ) {
    const bad = [...data.keys()].filter((i) => !Number.isFinite(data[i]));
    const zeroed = data.map((value) => Number.isFinite(value) ? value : 0);
    const [first, value] = bad.length > 0 ? [bad[0], data[bad[0]]] : [-1, NaN];
    const before = data.slice();
    assert.deepEqual(await FIND_NONFINITE.work({ data, zero: false }), { count: bad.length, first, value });
    assert.deepEqual(data, before);
    assert.deepEqual(await FIND_NONFINITE.work({ data, zero: true }), { count: bad.length, first, value });
    assert.deepEqual(data, zeroed);
  }
});

Deno.test("ranges leave out what is not finite; those of planes what is not above 0", async () => {
  const data = noise(5);
  const finite = [...data].filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  assert.deepEqual(await FIND_RANGE.work(data), [finite[0], finite[finite.length - 1]]);
  assert.deepEqual(await FIND_RANGE.work(Float32Array.of(NaN, -Infinity, Infinity)), [Infinity, -Infinity]);
  assert.deepEqual(await FIND_RANGE.work(Float32Array.of(2, 1, 3, -0, 0)), [-0, 3]);
  const ranges = await FIND_PLANE_RANGES.work({ values: data, plane: 3001 });
  for (const k of [0, 1, 2]) {
    const above = [...data.subarray(3001 * k, 3001 * (k + 1))].filter((value) => value > 0).sort((a, b) => a - b);
    assert.deepEqual([...ranges.subarray(3 * k, 3 * k + 3)], [above[0], above[above.length - 1], above.length]);
  }
});

Deno.test("values above their plane's threshold are packed, wherever a row begins in its word", async () => {
  const thresholds = [0.5, -Infinity, 1];
  for (const [x0, columns] of [[0, 3001], [31, 3001], [40, 64], [64, 32], [5, 3], [30, 2], [0, 1]]) {
    const box = { z0: 4, z1: 7, y0: 2, y1: 3, x0, x1: x0 + columns };
    const values = noise(6, 3 * columns, 0);
    const out = new Uint32Array(3 * wordsAcross(box)).fill(7);
    await PACK_ABOVE.work({ box, values, thresholds, out });
    const bits = new HeldBits([7, 3, x0 + columns + 3]);
    await bits.writePackedBox(box, out);
    const marks = new Uint8Array(values.length);
    await bits.readBox(box, marks);
    const plain = Uint8Array.from(values, (value, i) => Number(value > thresholds[Math.floor(i / columns)]));
    assert.deepEqual(marks, plain, `${columns} from ${x0}`);
  }
});

Deno.test("a table is linear between its entries and constant beyond them; background and infinity stay", () => {
  const [table] = TABLES.tables;
  for (const value of Float32Array.of(...noise(10).subarray(4400), 0.25, 1.75, 0.1, 0.2, 0.75, 1.25, 9)) {
    const q = Math.min(Math.max(((value - 0.25) * 3) / 1.5, 0), 3);
    const j = Math.min(Math.floor(q), 2);
    const plain = value > 0.1 && value !== Infinity ? table[j] + (q - j) * (table[j + 1] - table[j]) : value;
    assert.equal(lookUp(TABLES, table, value), plain);
    const mapped = Float32Array.of(value);
    mapPlane(TABLES, 0, mapped);
    assert.equal(mapped[0], Math.fround(plain));
  }
});

Deno.test("the sums of planes are those of mapped and rounded values inside", async () => {
  const box = wholeBox([4, 75, 75]);
  const data = noise(7, 4 * 75 * 75);
  const inside = Uint8Array.from(noise(8, data.length), (value) => Number(value > -0.5));
  for (const luts of [undefined, TABLES]) {
    const mapped = data.slice();
    mapBox(luts, box, mapped);
    const plain = new ExactSums(4);
    mapped.forEach((_, i) => inside[i] === 1 && plain.add(Math.floor(i / 5625), mapped, i, i + 1));
    const found = new ExactSums(4);
    found.merge(await SUM_PLANES.work({ box, data, inside, luts }), 0);
    assert.deepEqual(found.counts, plain.counts);
    for (let z = 0; z < 4; z++) assert.equal(found.sum(z), plain.sum(z));
  }
});

Deno.test("blocks are averaged over their voxels inside, added in C order", async () => {
  const [nz, ny, nx] = [4, 13, 30];
  const random = new Random(9);
  const data = Float32Array.from({ length: nz * ny * nx }, () => random.normal() + 1);
  const confidence = data.map(() => random.uniform());
  const zGain = Float32Array.of(0, 0, 0.9, 1.1, 1.3, 0.7);
  const luts = { ...TABLES, tableOfPlane: Int32Array.of(-1, -1, ...TABLES.tableOfPlane) };
  const region = { z0: 2, z1: 6, y0: 0, y1: ny, x0: 0, x1: nx };
  const shapes = [[[1, 1], [4, 4], [4, 4]], [[2, 2], [3, 3], [5, 4]], [[3, 2], [4, 6], [4, 6]]];
  for (const [z, y, x] of shapes.map((shape) => shape.map(([factor, block]) => ({ factor, block })))) {
    for (const share of [0.45, 0.9, 1]) {
      const inside = Uint8Array.from(data, () => Number(random.uniform() < share));
      data.forEach((value, i) => data[i] = inside[i] === 1 ? value || 1 : NaN);
      const ranges = ([[z, nz], [y, ny], [x, nx]] as const).map(([{ factor, block }, n]) => ({
        k0: 0,
        k1: Math.floor((n - block) / factor) + 1,
      }));
      for (const matching of [{}, { luts }, { zGain }, { luts, zGain }] as Matching[]) {
        const request = { region, data, inside, confidence, matching, axes: [z, y, x], ranges } as unknown;
        const found = await AVERAGE_BLOCKS.work(request as Parameters<typeof AVERAGE_BLOCKS.work>[0]);
        const matcher = createMatcher(matching) ?? ((value: number) => value);
        let at = 0;
        for (let kz = 0; kz < ranges[0].k1; kz++) {
          for (let ky = 0; ky < ranges[1].k1; ky++) {
            for (let kx = 0; kx < ranges[2].k1; kx++, at++) {
              let [sum, weights, count] = [0, 0, 0];
              for (let k = 0; k < z.block * y.block * x.block; k++) {
                const plane = kz * z.factor + Math.floor(k / (y.block * x.block));
                const row = ky * y.factor + Math.floor(k / x.block) % y.block;
                const i = (plane * ny + row) * nx + kx * x.factor + k % x.block;
                if (inside[i] === 0) continue;
                [sum, weights, count] = [sum + matcher(data[i], 2 + plane), weights + confidence[i], count + 1];
              }
              const enough = count > 0 && count >= z.block * y.block * x.block / 2;
              assert.equal(found.intensity[at], enough ? Math.fround(sum / count) : NaN);
              assert.equal(found.weight?.[at], enough ? Math.fround(weights / count) : 0);
            }
          }
        }
        assert.equal(at, found.intensity.length);
      }
    }
  }
});
