/**
 * The steps around the fit as benches, on one thread: ranges, histograms, matching, percentiles, samples. Every result is checked against its plain definition.
 *
 * @module
 */

import assert from "node:assert/strict";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import { type AgaroseMask, getAgaroseMask } from "../src/intensity/stacks/agarose.ts";
import { dataEdges, EdgeHistogram } from "../src/intensity/count/edge_histogram.ts";
import { ExactSums } from "../src/intensity/count/exact_sum.ts";
import { mapBox, MatchingHistograms } from "../src/intensity/match/histogram_match.ts";
import { percentileOf } from "../src/intensity/count/interpolate.ts";
import { wholeMask } from "../src/intensity/mask/mask.ts";
import { normalizeVolume } from "../src/intensity/stacks/normalize.ts";
import { PercentileSearch } from "../src/intensity/count/percentile.ts";
import { sampleVolume } from "../src/intensity/sample/sample.ts";
import { sectionBounds } from "../src/intensity/sections.ts";
import { ValueRange } from "../src/intensity/count/value_range.ts";
import { SUM_PLANES } from "../src/intensity/match/z_profile.ts";
import { ArrayVolume } from "../src/io/array_volume.ts";
import { sampleGrid } from "../src/n4/shrink.ts";
import type { DenseSamples } from "../src/n4/samples.ts";
import { RunLog } from "../src/run_log.ts";
import { wholeBox } from "../src/volume.ts";
import { cubeOf, SECTIONS, spreadVoxels } from "./bench_volumes.ts";
import type { Bench, Prepared } from "./stage_table.ts";

/** Bins of a section's histogram, and of a matching histogram. */
const [OTSU_BINS, MATCH_BINS] = [256, 512];

/** Edge of a block of samples. */
const FACTOR = 4;

const PASSES = { boxVoxels: 2 ** 22, slots: 1, log: new RunLog() };

async function rangeBench(n: number): Promise<Prepared> {
  const { data } = await cubeOf(n);
  let range = new ValueRange();
  const check = () => assert.deepEqual([range.lo, range.hi], extremes(data));
  const work = () => {
    range = new ValueRange();
    return range.addBy(undefined, data);
  };
  return { elements: data.length, bytes: 4 * data.length, check, work };
}

async function otsuBench(n: number): Promise<Prepared> {
  const { data } = await cubeOf(n);
  const [lo, hi] = extremes(data);
  const edges = dataEdges(lo, hi, OTSU_BINS);
  let histogram = new EdgeHistogram(edges);
  const check = () => {
    assert.equal(histogram.counts.reduce((sum, count) => sum + count, 0), data.length);
    const bin = OTSU_BINS >> 2;
    const plain = data.reduce((count, value) => count + (value >= edges[bin] && value < edges[bin + 1] ? 1 : 0), 0);
    assert.equal(histogram.counts[bin], plain);
  };
  const work = () => {
    histogram = new EdgeHistogram(edges);
    histogram.add(data);
  };
  return { elements: data.length, bytes: 4 * data.length, check, work };
}

async function matchingBench(n: number): Promise<Prepared> {
  const { data, shape } = await cubeOf(n);
  const options = { sections: SECTIONS, bins: MATCH_BINS };
  const [, max] = extremes(data);
  let histograms = new MatchingHistograms(n, options, max);
  const check = () => {
    const above = data.reduce((count, value) => count + (value >= 1e-6 ? 1 : 0), 0);
    assert.equal(histograms.encode().reduce((sum, count) => sum + count, 0), above);
  };
  const work = () => {
    histograms = new MatchingHistograms(n, options, max);
    return histograms.addBy(undefined, wholeBox(shape), data);
  };
  return { elements: data.length, bytes: 4 * data.length, check, work };
}

async function mapBench(n: number): Promise<Prepared> {
  const { data: source, shape } = await cubeOf(n);
  const histograms = new MatchingHistograms(n, { sections: SECTIONS, bins: MATCH_BINS }, extremes(source)[1]);
  await histograms.addBy(undefined, wholeBox(shape), source);
  const luts = histograms.tables();
  const data = source.slice();
  const check = () => {
    const { range: [lo, hi], tables, tableOfPlane, threshold } = luts;
    for (const [z, y, x] of spreadVoxels(n)) {
      const at = (z * n + y) * n + x;
      const table = tables[tableOfPlane[z]];
      const q = Math.min(Math.max(((source[at] - lo) / (hi - lo)) * (table.length - 1), 0), table.length - 1);
      const j = Math.min(Math.floor(q), table.length - 2);
      const plain = source[at] > threshold ? table[j] + (q - j) * (table[j + 1] - table[j]) : source[at];
      assert(Math.abs(data[at] - plain) <= 1e-6 * Math.abs(plain));
    }
  };
  return { elements: data.length, bytes: 8 * data.length, check, work: () => mapBox(luts, wholeBox(shape), data) };
}

async function profileBench(n: number): Promise<Prepared> {
  const { data, shape } = await cubeOf(n);
  const request = { box: wholeBox(shape), data, inside: new Uint8Array(data.length).fill(1) };
  let sums = new ExactSums(n);
  const check = () => {
    for (const z of [0, n >> 1, n - 1]) {
      const plane = data.subarray(z * n * n, (z + 1) * n * n);
      const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
      assert(Math.abs(sums.mean(z) - mean) < 1e-9 * mean);
    }
  };
  const work = async () => {
    sums = new ExactSums(n);
    sums.merge(await SUM_PLANES.work(request), 0);
  };
  return { elements: data.length, bytes: 5 * data.length, check, work };
}

async function percentileBench(n: number): Promise<Prepared> {
  const { data, shape } = await cubeOf(n);
  const groups = sectionBounds(n, SECTIONS);
  let values = new Float64Array(0);
  const check = () => {
    const [{ z0, z1 }] = groups;
    const plain = percentileOf(data.slice(z0 * n * n, z1 * n * n).sort(), 99);
    assert(Math.abs(values[0] - plain) <= 1e-6 * plain);
  };
  const work = () => {
    const search = new PercentileSearch(shape, { groups, percentile: 99 });
    search.addUpper(wholeBox(shape), data);
    search.addLower(wholeBox(shape), data);
    values = search.result().values as Float64Array<ArrayBuffer>;
  };
  return { elements: data.length, bytes: 8 * data.length, check, work };
}

async function normaliseBench(n: number): Promise<Prepared> {
  const { data, shape } = await cubeOf(n);
  const source = new ArrayVolume(data, shape);
  const sink = ArrayVolume.zeros(shape);
  await using backend = openTsBackend({ workers: 0 });
  const agarose: AgaroseMask = await getAgaroseMask(source, {}, backend, PASSES);
  let found: Awaited<ReturnType<typeof normalizeVolume>> | undefined;
  const check = () => {
    assert(found);
    for (const [z, y, x] of spreadVoxels(n)) {
      const at = (z * n + y) * n + x;
      const plain = Math.max(0, Math.min(data[at], found.caps[z]) - found.floors[z]) / found.divisor;
      assert(Math.abs(sink.data[at] - plain) < 1e-6);
    }
  };
  const work = async () => {
    found = await normalizeVolume(source, agarose, sink, {}, PASSES);
  };
  return { elements: data.length, bytes: 16 * data.length, check, work };
}

async function sampleBench(n: number): Promise<Prepared> {
  const { data, shape } = await cubeOf(n);
  const source = new ArrayVolume(data, shape);
  const grid = sampleGrid(shape, [FACTOR, FACTOR, FACTOR], "mean");
  const m = grid[0].count;
  let samples: DenseSamples | undefined;
  const check = () => {
    for (const [z, y, x] of spreadVoxels(m)) {
      let sum = 0;
      for (let k = 0; k < FACTOR ** 3; k++) {
        const [dz, dy, dx] = [k >> 4, (k >> 2) & 3, k & 3];
        sum += data[((z * FACTOR + dz) * n + y * FACTOR + dy) * n + x * FACTOR + dx];
      }
      const plain = sum / FACTOR ** 3;
      assert(Math.abs((samples?.intensity[(z * m + y) * m + x] ?? NaN) - plain) < 1e-5 * Math.abs(plain));
    }
  };
  const work = async () => {
    samples = await sampleVolume({ source, grid, mask: wholeMask(), passes: PASSES });
  };
  return { elements: data.length, bytes: 5 * data.length, check, work };
}

function extremes(data: Float32Array): [lo: number, hi: number] {
  return data.reduce<[number, number]>(([lo, hi], value) => [Math.min(lo, value), Math.max(hi, value)], [
    Infinity,
    -Infinity,
  ]);
}

/** The benches, in the order in which a run meets them. */
export function intensityBenches(sizes: readonly number[]): Bench[] {
  const each = (name: string, prepare: (n: number) => Promise<Prepared>): Bench[] =>
    sizes.map((n) => ({ name, size: `${n}^3`, unit: "voxel", prepare: () => prepare(n) }));
  return [
    ...each("range", rangeBench),
    ...each("Otsu histogram", otsuBench),
    ...each("matching histogram", matchingBench),
    ...each("matching by table", mapBench),
    ...each("profile along z", profileBench),
    ...each("percentile", percentileBench),
    ...each("agarose normalisation", normaliseBench),
    ...each("block means of samples", sampleBench),
  ];
}
