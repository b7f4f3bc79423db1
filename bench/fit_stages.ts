/**
 * The stages of an iteration as benches: an ellipsoid of three tissues on a lattice of 11 points an axis (the last of four levels), each stage over all its tiles on
 * one thread. Every result is checked against the plain definition at samples spread over the volume.
 *
 * @module
 */

import assert from "node:assert/strict";
import { contract } from "../src/backends/ts/contract.ts";
import {
  allocateFit,
  allocateLevel,
  type FitMemory,
  type LevelMemory,
  tileRowRange,
} from "../src/backends/ts/fit_memory.ts";
import { histogram } from "../src/backends/ts/histogram.ts";
import { Arena } from "../src/backends/ts/wasm/arena.ts";
import { subtract } from "../src/backends/ts/subtract.ts";
import { contractTiles, update } from "../src/backends/ts/update.ts";
import type { FitSamples, Lattice } from "../src/backends/backend.ts";
import { evaluateAt, splineRows3 } from "../src/n4/bspline.ts";
import { FIT_DEFAULTS } from "../src/n4/fit.ts";
import { compactSamples } from "../src/n4/samples.ts";
import { HISTOGRAM_SCALE, Sharpener } from "../src/n4/sharpen.ts";
import { type Shape3, voxelCount } from "../src/volume.ts";
import { Random } from "../tests/helpers/random.ts";
import { maskedIntensity, randomVolume, voxelPositions } from "../tests/helpers/volumes.ts";
import type { Bench, Prepared } from "./stage_table.ts";

/** Control points of the lattice along each axis. */
const POINTS = 11;

/** One sample in so many is checked, and one control point. */
const CHECKED = 997;

const { bins } = FIT_DEFAULTS;

/** A fit's memory in the middle of a level. */
interface Subject {
  readonly fit: FitMemory;
  readonly level: LevelMemory;
  readonly lattice: Lattice;
}

/** Samples of an ellipsoid in a cube of n^3 voxels, about half of them inside. */
export function ellipsoidSamples(n: number): FitSamples {
  const shape: Shape3 = [n, n, n];
  const volume = randomVolume({ shape, seed: 5, masked: true });
  return compactSamples({ positions: voxelPositions(shape), intensity: maskedIntensity(volume) }, "exclude").samples;
}

/** The samples under a lattice of small random values, u = v. */
function subjectOf(n: number): Subject {
  const samples = ellipsoidSamples(n);
  const points = [POINTS, POINTS, POINTS] as const;
  const random = new Random(6);
  const values = Float64Array.from({ length: voxelCount(points) }, () => random.between(-0.02, 0.02));
  const lattice = { points, values };
  const rows = splineRows3([samples.z, samples.y, samples.x], [n, n, n], points);
  const arena = new Arena();
  const fit = allocateFit(samples, arena);
  fit.u.set(samples.value);
  return { fit, level: allocateLevel(fit, { rows, lattice }, arena), lattice };
}

function forEachTile({ tiles }: FitMemory, visit: (tile: number) => void): void {
  for (let tile = 0; tile < tiles; tile++) visit(tile);
}

function rangeOf(values: Float32Array): [lo: number, hi: number] {
  let [lo, hi] = [Infinity, -Infinity];
  for (const value of values) [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
  return [lo, hi];
}

function countAll(fit: FitMemory, lo: number, hi: number, counts: Float64Array): void {
  counts.fill(0);
  forEachTile(fit, (tile) => {
    const { row0, row1 } = tileRowRange(fit, tile);
    histogram(fit.u, fit.samples.rowStart[row0], fit.samples.rowStart[row1], lo, hi, counts);
  });
}

/** Plane, row and column of samples spread over the volume. */
function* spreadSamples({ samples }: FitMemory): Generator<{ i: number; at: [z: number, y: number, x: number] }> {
  const ny = samples.y.length;
  let r = 0;
  for (let i = 0; i < samples.value.length; i += CHECKED) {
    while (samples.rowStart[r + 1] <= i) r++;
    yield { i, at: [Math.floor(r / ny), r % ny, samples.xIndex[i]] };
  }
}

function subtractBench(n: number): Prepared {
  const { fit, level, lattice } = subjectOf(n);
  const plane = new Float64Array(POINTS * POINTS);
  const line = new Float64Array(POINTS);
  const work = {
    from: fit.samples.value,
    lattice: lattice.values,
    planePoints: [POINTS, POINTS] as const,
    rows: level.rows,
  };
  const check = () => {
    for (const { i, at } of spreadSamples(fit)) {
      assert(Math.abs(fit.samples.value[i] - evaluateAt(lattice, level.rows, ...at) - fit.u[i]) < 1e-6);
    }
    const [lo, hi] = rangeOf(fit.u);
    assert.equal(Math.min(...fit.range), lo);
    assert.equal(Math.max(...fit.range), hi);
  };
  const elements = fit.u.length;
  return {
    elements,
    bytes: (4 + 2 + 4) * elements,
    check,
    work: () => forEachTile(fit, (tile) => subtract(fit, work, tile, plane, line)),
  };
}

function histogramBench(n: number): Prepared {
  const { fit } = subjectOf(n);
  const [lo, hi] = rangeOf(fit.u);
  const counts = new Float64Array(bins);
  const check = () => {
    const sum = counts.reduce((a, b) => a + b, 0);
    const moment = counts.reduce((a, b, j) => a + j * b, 0) / HISTOGRAM_SCALE;
    const expected = fit.u.reduce((a, u) => a + ((u - lo) * (bins - 1)) / (hi - lo), 0);
    assert.equal(sum, HISTOGRAM_SCALE * fit.u.length);
    assert(Math.abs(moment - expected) < 1e-6 * fit.u.length);
  };
  const elements = fit.u.length;
  return { elements, bytes: 4 * elements, check, work: () => countAll(fit, lo, hi, counts) };
}

function contractBench(n: number): Prepared {
  const { fit, level } = subjectOf(n);
  const [lo, hi] = rangeOf(fit.u);
  const [, ry, rx] = level.rows;
  const expected = Float64Array.from({ length: bins }, (_, j) => lo + ((hi - lo) * j * j) / (bins - 1) ** 2);
  const row = new Float64Array(POINTS);
  const out = new Float64Array(POINTS * POINTS);
  const check = () => {
    const middle = fit.tiles >> 1;
    contract(fit, level, middle, { lo, hi, expected }, row, out);
    const { row0, row1 } = tileRowRange(fit, middle);
    const plain = new Float64Array(out.length);
    for (let r = row0; r < row1; r++) {
      const iy = r % fit.samples.y.length;
      for (let i = fit.samples.rowStart[r]; i < fit.samples.rowStart[r + 1]; i++) {
        const q = ((fit.u[i] - lo) * (bins - 1)) / (hi - lo);
        const j = Math.min(Math.floor(q), bins - 2);
        const d = fit.u[i] - (expected[j] * (j + 1 - q) + expected[j + 1] * (q - j));
        const ix = fit.samples.xIndex[i];
        for (let c = 0; c < 16; c++) {
          const at = (ry.first[iy] + (c >> 2)) * POINTS + rx.first[ix] + c % 4;
          plain[at] += d * ry.delta[4 * iy + (c >> 2)] * rx.delta[4 * ix + c % 4];
        }
      }
    }
    out.forEach((value, c) => assert(Math.abs(value - plain[c]) < 1e-9 * fit.u.length));
  };
  const elements = fit.u.length;
  return {
    elements,
    bytes: (4 + 2) * elements,
    check,
    work: () => forEachTile(fit, (tile) => contract(fit, level, tile, { lo, hi, expected }, row, out)),
  };
}

function updateBench(n: number): Prepared {
  const { fit, level } = subjectOf(n);
  const plane = POINTS * POINTS;
  const tiles = Math.min(fit.tiles, level.batch);
  const weights = level.rows[0].delta;
  level.contracted.forEach((_, i) => level.contracted[i] = Math.sin(i));
  level.omega.fill(2);
  const check = () => {
    for (let c = 0; c < level.phi.length; c += 97) {
      const [z, column] = [Math.floor(c / plane), c % plane];
      let sum = 0;
      for (let tile = 0; tile < tiles; tile++) {
        const at = tileRowRange(fit, tile).plane;
        const j = z - level.rows[0].first[at];
        if (j >= 0 && j < 4) sum += weights[4 * at + j] * level.contracted[tile * plane + column];
      }
      assert(Math.abs(level.phi[c] - sum / 2) < 1e-9);
    }
  };
  const work = () => {
    contractTiles(fit, level, weights, [0, tiles], [0, plane], level.delta);
    update(level, 0, plane);
  };
  const elements = tiles * plane + level.phi.length;
  return { elements, bytes: 8 * tiles * plane + 5 * 8 * level.phi.length, check, work };
}

function sharpenBench(n: number): Prepared {
  const { fit } = subjectOf(n);
  const [lo, hi] = rangeOf(fit.u);
  const counts = new Float64Array(bins);
  const expected = new Float64Array(bins);
  const sharpener = new Sharpener(FIT_DEFAULTS);
  countAll(fit, lo, hi, counts);
  const check = () => {
    for (let j = 1; j < bins; j++) {
      if (counts[j] > 0 && counts[j - 1] > 0) assert(expected[j] >= expected[j - 1], "the expectation must rise");
    }
    assert(expected.every((value) => value > lo - 2 && value < hi + 2));
  };
  return {
    elements: bins,
    bytes: 2 * 8 * bins,
    check,
    work: () => sharpener.sharpen(counts, lo, hi, expected),
  };
}

/** The stages, in the order in which they run. */
export function fitStageBenches(sizes: readonly number[]): Bench[] {
  const each = (name: string, unit: string, prepare: (n: number) => Prepared, ns = sizes): Bench[] =>
    ns.map((n) => ({ name, size: `${n}^3`, unit, prepare: () => prepare(n) }));
  return [
    ...each("subtract", "sample", subtractBench),
    ...each("histogram", "sample", histogramBench),
    ...each("sharpen", "bin", sharpenBench, sizes.slice(0, 1)),
    ...each("contract", "sample", contractBench),
    ...each("update", "value", updateBench),
  ];
}
