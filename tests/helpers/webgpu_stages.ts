/**
 * One iteration taken apart: the same samples and lattice on the device and in the TypeScript twin's memory, so that
 * stages can be run one by one.
 *
 * @module
 */

import type { FitSamples, IterateRequest, LevelStart } from "../../src/backends/backend.ts";
import { contract, contractWeights, type Expectation } from "../../src/backends/ts/loops/contract.ts";
import * as twin from "../../src/backends/ts/fit_memory.ts";
import { histogram } from "../../src/backends/ts/loops/histogram.ts";
import { subtractIncrement } from "../../src/backends/ts/loops/subtract.ts";
import { contractTiles } from "../../src/backends/ts/loops/update.ts";
import { Arena } from "../../src/wasm/arena.ts";
import { openGpu } from "../../src/backends/webgpu/adapter.ts";
import { Buffers } from "../../src/backends/webgpu/buffers.ts";
import { type LevelMemory, uploadLevel } from "../../src/backends/webgpu/fit_level.ts";
import { type FitMemory, uploadFit } from "../../src/backends/webgpu/fit_memory.ts";
import { createSharpening, type Sharpening } from "../../src/backends/webgpu/fit_sharpening.ts";
import { type Gpu, type Step, submit } from "../../src/backends/webgpu/gpu.ts";
import { readBack } from "../../src/backends/webgpu/read_back.ts";
import { convergenceMeasure } from "../../src/n4/convergence.ts";
import { Sharpener } from "../../src/n4/sharpen.ts";

/** The device's side. */
export class DeviceStages implements AsyncDisposable {
  readonly gpu: Gpu;
  readonly fit: FitMemory;
  readonly level: LevelMemory;
  readonly sharpening: Sharpening;

  private constructor(gpu: Gpu, fit: FitMemory, level: LevelMemory, sharpening: Sharpening) {
    this.gpu = gpu;
    this.fit = fit;
    this.level = level;
    this.sharpening = sharpening;
  }

  /** Uploads samples and a level. */
  static async open(samples: FitSamples, start: LevelStart, request: IterateRequest): Promise<DeviceStages> {
    const { gpu } = await openGpu({ allowSoftware: true });
    const fit = await uploadFit(gpu, samples);
    const level = uploadLevel(gpu, fit, new Buffers(gpu), start);
    return new DeviceStages(gpu, fit, level, createSharpening(new Buffers(gpu), fit, level, request));
  }

  /** Runs steps; their errors are the test's. */
  async run(steps: Step[] | Promise<Step[]>): Promise<void> {
    const ready = await steps;
    await this.gpu.guarded("run a stage", () => submit(this.gpu, ready));
  }

  /** What a buffer holds. */
  async read(buffer: GPUBuffer, length: number): Promise<Float32Array> {
    const out = new Float32Array(length);
    await readBack(this.gpu, buffer, out);
    return out;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.gpu.close();
    return Promise.resolve();
  }
}

/** The twin's side, one stage a method. */
export class TwinStages {
  readonly fit: twin.FitMemory;
  readonly level: twin.LevelMemory;
  readonly #plane: Float64Array;
  readonly #line: Float64Array;

  constructor(samples: FitSamples, start: LevelStart) {
    const arena = new Arena();
    this.fit = twin.allocateFit(samples, arena);
    this.level = twin.allocateLevel(this.fit, start, arena);
    this.#plane = new Float64Array(this.level.points[1] * this.level.points[2]);
    this.#line = new Float64Array(this.level.points[2]);
  }

  /** u = v - field; its range. */
  subtract(): [lo: number, hi: number] {
    const { points, rows, lattice } = this.level;
    const work = { lattice, planePoints: [points[1], points[2]] as const, rows };
    this.fit.u.set(this.fit.samples.value);
    for (let tile = 0; tile < this.fit.tiles; tile++) subtractIncrement(this.fit, work, tile);
    const range = this.fit.range;
    return [Math.min(...range.filter((_, i) => i % 2 === 0)), Math.max(...range.filter((_, i) => i % 2 === 1))];
  }

  /** The measure of the field that was subtracted last. */
  measure(): number {
    const sum = (odd: number) => this.fit.sums.filter((_, i) => i % 2 === odd).reduce((a, b) => a + b, 0);
    return convergenceMeasure(this.fit.samples.value.length, sum(0), sum(1));
  }

  /** H in units of 2^-20. */
  histogram(bins: number, lo: number, hi: number): Float64Array {
    const counts = new Float64Array(bins);
    histogram(this.fit.u, 0, this.fit.u.length, lo, hi, counts);
    return counts;
  }

  /** E of a histogram. */
  sharpen(request: IterateRequest, counts: Float64Array, lo: number, hi: number): Expectation {
    const expected = new Float64Array(request.bins);
    new Sharpener(request).sharpen(counts, lo, hi, expected);
    return { lo, hi, expected };
  }

  /** omega, or delta for an expectation. */
  contract(expectation?: Expectation): Float64Array {
    const sums = new Float64Array(this.level.lattice.length);
    const weights = expectation ? this.level.rows[0].delta : this.level.rows[0].omega;
    const out = this.level.contracted.subarray(0, this.#plane.length);
    for (let tile = 0; tile < this.fit.tiles; tile++) {
      if (expectation) contract(this.fit, this.level, tile, expectation, this.#line, out);
      else contractWeights(this.fit, this.level, tile, this.#line, out);
      contractTiles(this.fit, this.level, weights, [tile, tile + 1], [0, this.#plane.length], sums);
    }
    return sums;
  }
}
