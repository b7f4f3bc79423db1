/**
 * The stages of an iteration as benches: an ellipsoid of three tissues on a lattice of 11 points an axis (the last of
 * four levels), each stage over all its tiles on one thread, by WebAssembly and by its twin in TypeScript. Every result
 * is checked against the plain definition at samples spread over the volume.
 *
 * @module
 */

import assert from "node:assert/strict";
import { contract } from "../src/backends/ts/loops/contract.ts";
import { tileRowRange } from "../src/backends/ts/fit_memory.ts";
import { histogram } from "../src/backends/ts/loops/histogram.ts";
import { subtractIncrement } from "../src/backends/ts/loops/subtract.ts";
import { contractTiles, update } from "../src/backends/ts/loops/update.ts";
import { wasmContract } from "../src/backends/ts/wasm/contract.ts";
import { wasmHistogram } from "../src/backends/ts/wasm/histogram.ts";
import { wasmSharpen } from "../src/backends/ts/wasm/sharpen.ts";
import { wasmSubtract } from "../src/backends/ts/wasm/subtract.ts";
import { wasmAddTiles, wasmUpdate } from "../src/backends/ts/wasm/update.ts";
import { evaluateAt } from "../src/n4/bspline.ts";
import { FIT_DEFAULTS } from "../src/n4/fit.ts";
import { HISTOGRAM_SCALE, Sharpener } from "../src/n4/sharpen.ts";
import { type By, forEachTile, POINTS, spreadSamples, type Subject, subjectOf } from "./fit_subject.ts";
import type { Bench, Prepared } from "./stage_table.ts";

const { bins } = FIT_DEFAULTS;

function rangeOf(values: Float32Array): [lo: number, hi: number] {
  let [lo, hi] = [Infinity, -Infinity];
  for (const value of values) [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
  return [lo, hi];
}

/** Counts all samples; returns the counts. */
function countAll({ fit, stages, scratch }: Subject, lo: number, hi: number, by: By): Float64Array {
  const { counts } = scratch;
  counts.fill(0);
  const { rowStart } = fit.samples;
  forEachTile(fit, (tile) => {
    if (by === "WebAssembly") return wasmHistogram(stages, fit, scratch, tile, lo, hi);
    const { row0, row1 } = tileRowRange(fit, tile);
    histogram(fit.u, rowStart[row0], rowStart[row1], lo, hi, counts);
  });
  return counts;
}

function subtractBench(n: number, by: By): Prepared {
  const { fit, level, lattice, stages } = subjectOf(n);
  const work = { lattice: level.phi, planePoints: [POINTS, POINTS] as const, rows: level.rows };
  const stage = wasmSubtract(stages, fit, level, level.scratch[0]);
  level.phi.set(lattice.values);
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
    work: () =>
      forEachTile(fit, (tile) => {
        if (by === "its twin") return subtractIncrement(fit, work, tile);
        stage(tile, true);
      }),
  };
}

function histogramBench(n: number, by: By): Prepared {
  const subject = subjectOf(n);
  const { fit, scratch: { counts } } = subject;
  const [lo, hi] = rangeOf(fit.u);
  const check = () => {
    const sum = counts.reduce((a, b) => a + b, 0);
    const moment = counts.reduce((a, b, j) => a + j * b, 0) / HISTOGRAM_SCALE;
    const expected = fit.u.reduce((a, u) => a + ((u - lo) * (bins - 1)) / (hi - lo), 0);
    assert.equal(sum, HISTOGRAM_SCALE * fit.u.length);
    assert(Math.abs(moment - expected) < 1e-6 * fit.u.length);
  };
  const elements = fit.u.length;
  return { elements, bytes: 4 * elements, check, work: () => void countAll(subject, lo, hi, by) };
}

function contractBench(n: number, by: By): Prepared {
  const { fit, level, stages, scratch: { steps } } = subjectOf(n);
  const [lo, hi] = rangeOf(fit.u);
  const [, ry, rx] = level.rows;
  const expected = Float64Array.from({ length: bins }, (_, j) => lo + ((hi - lo) * j * j) / (bins - 1) ** 2);
  expected.forEach((value, j) => steps.set([value, expected[j + 1] - value], 2 * j));
  const stage = wasmContract(stages, fit, level, level.scratch[0])(steps, lo, hi);
  const row = new Float64Array(POINTS);
  const out = level.contracted.subarray(0, POINTS * POINTS);
  const work = (tile: number) => {
    if (by === "its twin") return contract(fit, level, tile, { lo, hi, expected }, row, out);
    stage(tile, out);
  };
  const check = () => {
    const middle = fit.tiles >> 1;
    work(middle);
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
    work: () => forEachTile(fit, work),
  };
}

function updateBench(n: number, by: By): Prepared {
  const { fit, level, stages } = subjectOf(n);
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
    if (by === "its twin") {
      contractTiles(fit, level, weights, [0, tiles], [0, plane], level.delta);
      return update(level, 0, plane);
    }
    wasmAddTiles(stages, fit, level, "delta", [0, tiles], [0, plane]);
    wasmUpdate(stages, level, 0, plane);
  };
  const elements = tiles * plane + level.phi.length;
  return { elements, bytes: 8 * tiles * plane + 5 * 8 * level.phi.length, check, work };
}

function sharpenBench(n: number, by: By): Prepared {
  const subject = subjectOf(n);
  const { stages, scratch } = subject;
  const [lo, hi] = rangeOf(subject.fit.u);
  const expected = new Float64Array(bins);
  const sharpener = new Sharpener(FIT_DEFAULTS);
  const stage = wasmSharpen(stages, FIT_DEFAULTS, scratch);
  const counts = countAll(subject, lo, hi, "WebAssembly");
  const check = () => {
    if (by === "WebAssembly") expected.forEach((_, j) => expected[j] = scratch.steps[2 * j]);
    for (let j = 1; j < bins; j++) {
      if (counts[j] > 0 && counts[j - 1] > 0) assert(expected[j] >= expected[j - 1], "the expectation must rise");
    }
    assert(expected.every((value) => value > lo - 2 && value < hi + 2));
  };
  return {
    elements: bins,
    bytes: 2 * 8 * bins,
    check,
    work: () => by === "WebAssembly" ? stage(lo, hi) : sharpener.sharpen(counts, lo, hi, expected),
  };
}

/** The stages, in the order in which they run. */
export function fitStageBenches(sizes: readonly number[]): Bench[] {
  const each = (name: string, unit: string, prepare: (n: number) => Prepared, ns = sizes): Bench[] =>
    ns.map((n) => ({ name, size: `${n}^3`, unit, prepare: () => prepare(n) }));
  const both = (name: string, prepare: (n: number, by: By) => Prepared, unit = "sample", ns = sizes): Bench[] => [
    ...each(name, unit, (n) => prepare(n, "WebAssembly"), ns),
    ...each(`${name}, its twin`, unit, (n) => prepare(n, "its twin"), ns),
  ];
  return [
    ...both("subtract", subtractBench),
    ...both("histogram", histogramBench),
    ...both("sharpen", sharpenBench, "bin", sizes.slice(0, 1)),
    ...both("contract", contractBench),
    ...both("update", updateBench, "value"),
  ];
}
