/** The figures that a corrected phantom is judged by. */
import assert from "node:assert/strict";
import { ArrayVolume } from "../../src/io/array_volume.ts";
import { sectionBounds } from "../../src/intensity/sections.ts";
import { ClassMedian } from "../../src/phantom/class_median.ts";
import { octPhantom } from "../../src/phantom/oct.ts";
import { phantomQuality, type Quality } from "../../src/phantom/quality.ts";
import { boxVoxels, type Shape3, type VolumeSource, wholeBox } from "../../src/volume.ts";
import { Random } from "../helpers/random.ts";

const SHAPE: Shape3 = [12, 48, 48];
const SECTIONS = sectionBounds(SHAPE[0], 3);
const PHANTOM = octPhantom({ shape: SHAPE, sections: 3, seed: 4 });

async function voxels(source: VolumeSource): Promise<Float32Array> {
  const values = new Float32Array(boxVoxels(wholeBox(source.shape)));
  await source.read(wholeBox(source.shape), values);
  return values;
}

/** The figures of truth x speckle x a factor of label and plane. */
async function qualityOf(factor: (label: number, z: number) => number): Promise<Quality> {
  const [truth, speckle, labels] = await Promise.all([PHANTOM.truth, PHANTOM.speckle, PHANTOM.labels].map(voxels));
  const plane = SHAPE[1] * SHAPE[2];
  const values = truth.map((value, i) => value * speckle[i] * factor(labels[i], Math.floor(i / plane)));
  return await phantomQuality({ corrected: new ArrayVolume(values, SHAPE), phantom: PHANTOM, sections: SECTIONS });
}

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not within ${tolerance} of ${expected}`);
}

Deno.test("a perfect correction leaves no variation, keeps the contrast and misses nothing, whatever its scale", async () => {
  const { variation, level, contrast, missing } = await qualityOf(() => 3);
  near(level, 3, 1e-5);
  near(variation, 0, 1e-6);
  near(contrast, 1, 1e-3);
  assert.equal(missing, 0);
});

Deno.test("uncorrected, the variation is that of the true field over the tissue", async () => {
  const [field, mask] = await Promise.all([PHANTOM.field, PHANTOM.mask].map(voxels));
  const inside = [...field].filter((_, i) => mask[i] === 1);
  const mean = inside.reduce((a, b) => a + b, 0) / inside.length;
  const deviation = Math.sqrt(inside.reduce((a, b) => a + (b - mean) ** 2, 0) / inside.length);
  const { variation } = await phantomQuality({ corrected: PHANTOM.source, phantom: PHANTOM, sections: SECTIONS });
  near(variation, deviation / mean, 1e-6);
});

Deno.test("a section of twice the brightness is a step of two thirds on either side, above those of the anatomy", async () => {
  const { step: anatomy } = await qualityOf(() => 1);
  const { step } = await qualityOf((_, z) => z >= 4 && z < 8 ? 2 : 1);
  assert.ok(anatomy < 0.05, `${anatomy}`);
  near(step, 2 / 3, anatomy);
});

Deno.test("white matter made darker is contrast lost, and what is written as 0 is missing, not dark", async () => {
  const { contrast } = await qualityOf((label) => label === 2 ? 0.9 : 1);
  near(contrast, 0.9, 1e-3);
  const { missing, variation } = await qualityOf((_, z) => z < 6 ? 0 : 1);
  near(missing, 0.5, 0.1);
  near(variation, 0, 1e-6);
});

Deno.test("a median by upper bits is within a twentieth of a percent of the sorted one", () => {
  const random = new Random(2);
  for (const n of [1, 2, 999, 5000]) {
    const median = new ClassMedian();
    const values = Float32Array.from({ length: n }, () => 10 ** (4 * random.uniform() - 2));
    for (const value of values) median.add(value);
    for (const ignored of [0, -1, NaN]) median.add(ignored);
    const sorted = values.sort();
    const [lo, hi] = [sorted[(n - 1) >> 1], sorted[n >> 1]];
    assert.ok(median.value() >= lo * (1 - 5e-4) && median.value() <= hi * (1 + 5e-4));
  }
  assert.ok(Number.isNaN(new ClassMedian().value()));
});
