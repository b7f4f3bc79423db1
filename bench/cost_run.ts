/**
 * One measurement for the cost model, in a process of its own so that its memory is its own: the parts of a fit on samples that are made here, and a whole fit.
 * Prints one line of JSON.
 *
 * Usage: cost_run.ts SAMPLES FRACTION WORKERS
 *
 * @module
 */

import assert from "node:assert/strict";
import process from "node:process";
import type { FitSamples, N4Backend } from "../src/backends/backend.ts";
import { openTsBackend } from "../src/backends/ts/ts_backend.ts";
import { splineRows3, zeroLattice } from "../src/n4/bspline.ts";
import { FIT_DEFAULTS, fitBiasField } from "../src/n4/fit.ts";
import type { Shape3, Triple } from "../src/volume.ts";
import { print } from "../tests/helpers/print.ts";
import { summarise } from "./measure.ts";

/** What was measured; times in ms. */
export interface CostRun {
  /** Samples that take part, their share of the grid, worker threads. */
  readonly samples: number;
  readonly fraction: number;
  readonly workers: number;
  /** Opening: the samples are copied. */
  readonly openMs: number;
  /** Beginning a level of 11 control points an axis. */
  readonly levelMs: number;
  /** One iteration of it. */
  readonly iterationMs: number;
  /** A whole fit of {@linkcode WHOLE_ITERATIONS}. */
  readonly wholeMs: number;
  /** Resident memory at most, less what the process had before its samples. */
  readonly bytes: number;
}

/** Iterations of the whole fit's levels. */
export const WHOLE_ITERATIONS = [2, 2, 2, 2] as const;

/** Control points of the last of four levels. */
const POINTS: Triple = [11, 11, 11];

/** Samples times iterations that are timed at once, about: long against the clock, short against patience. */
const WORK = 3e7;

/** Times taken of each part. */
const ROUNDS = 5;

/** Two tissues with noise under a slope; the mask is the first `fraction` of each row. */
function makeSamples(n: number, fraction: number): FitSamples {
  const width = Math.max(1, Math.round(n * fraction));
  const count = n * n * width;
  const axis = Float64Array.from({ length: n }, (_, i) => i);
  const rowStart = Uint32Array.from({ length: n * n + 1 }, (_, r) => r * width);
  const xIndex = new Uint16Array(count);
  const value = new Float32Array(count);
  let state = 1;
  for (let r = 0, i = 0; r < n * n; r++) {
    for (let x = 0; x < width; x++, i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      xIndex[i] = x;
      value[i] = ((r >> 4) + (x >> 4)) % 2 + 0.1 * (state / 2 ** 32) + (0.3 * x) / n;
    }
  }
  return { z: axis, y: axis, x: axis, rowStart, xIndex, value };
}

async function timed(work: () => Promise<unknown>, rounds = ROUNDS): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const begin = performance.now();
    await work();
    times.push(performance.now() - begin);
  }
  return summarise(times).median;
}

async function fitWhole(backend: N4Backend, samples: FitSamples, shape: Shape3): Promise<void> {
  const options = { ...FIT_DEFAULTS, iterations: WHOLE_ITERATIONS, convergenceThreshold: 0 };
  await fitBiasField(backend, samples, { shape, voxelSize: [1, 1, 1] }, options);
}

async function measure(asked: number, fraction: number, workers: number): Promise<CostRun> {
  const n = Math.max(24, Math.round(Math.cbrt(asked / fraction)));
  await using backend = openTsBackend({ workers });
  const resident = () => process.resourceUsage().maxRSS * 1024;
  // What workers and compiled code take is not the samples' doing.
  await fitWhole(backend, makeSamples(24, 1), [24, 24, 24]);
  const before = resident();
  const samples = makeSamples(n, fraction);
  const count = samples.value.length;
  const shape: Shape3 = [n, n, n];
  const begin = performance.now();
  const session = await backend.openFit(samples);
  const openMs = performance.now() - begin;
  const level = { rows: splineRows3([samples.z, samples.y, samples.x], shape, POINTS), lattice: zeroLattice(POINTS) };
  const iterations = Math.max(1, Math.round(WORK / count));
  const request = { ...FIT_DEFAULTS, count: iterations, threshold: 0 };
  await session.beginLevel(level);
  const { convergence } = await session.iterate(request);
  assert(convergence.length === iterations && convergence.every((measure) => measure > 0 && measure < 1));
  const levelMs = await timed(() => session.beginLevel(level));
  await session.iterate(request);
  const iterationMs = await timed(() => session.iterate(request)) / iterations;
  const bytes = resident() - before;
  await session[Symbol.asyncDispose]();
  const wholeMs = await timed(() => fitWhole(backend, samples, shape), count < 1e7 ? ROUNDS : 2);
  return { samples: count, fraction, workers, openMs, levelMs, iterationMs, wholeMs, bytes };
}

if (import.meta.main) {
  const [asked, fraction, workers] = Deno.args.map(Number);
  print(JSON.stringify(await measure(asked, fraction, workers)));
}
