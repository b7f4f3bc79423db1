/**
 * A fit on the device: samples and lattice stay there, a call of `iterate` queues all its iterations and reads back
 * once. The stop test sets a flag on the device that makes whatever is still queued do nothing.
 *
 * @module
 */

import type { FitSamples, FitSession, IterateRequest, IterateResult, Lattice, LevelStart } from "../backend.ts";
import { Buffers, withBuffers } from "./buffers.ts";
import { contractSteps, type LevelMemory, subtractSteps, uploadLevel } from "./fit_level.ts";
import { type FitMemory, STATE_BYTES, uploadFit } from "./fit_memory.ts";
import { checkBins, createSharpening, residualSteps, type Sharpening, sharpenSteps } from "./fit_sharpening.ts";
import { type Gpu, type Step, submit, webgpuError } from "./gpu.ts";
import { readBack } from "./read_back.ts";

/**
 * Samples iterated over in one submission, so that a GPU that also draws a screen is not held for long: a tenth of a
 * second at 5 ns a sample (a small integrated GPU), a quarter of a millisecond on a large one, where a submission costs
 * a tenth of that.
 */
const SUBMIT_SAMPLES = 2 ** 24;

/** Uploads samples. @throws {BackendError} when they do not fit the device. */
export async function openWebGpuFit(gpu: Gpu, samples: FitSamples): Promise<FitSession> {
  return new WebGpuFitSession(gpu, await uploadFit(gpu, samples));
}

class WebGpuFitSession implements FitSession {
  readonly #gpu: Gpu;
  readonly #fit: FitMemory;
  #level: LevelMemory | undefined;
  #sharpening: Sharpening | undefined;
  #iteration: readonly Step[] = [];
  #closed = false;

  constructor(gpu: Gpu, fit: FitMemory) {
    this.#gpu = gpu;
    this.#fit = fit;
  }

  async beginLevel(start: LevelStart): Promise<void> {
    this.#check();
    this.#endLevel();
    const level = await this.#withBuffers((buffers) => uploadLevel(this.#gpu, this.#fit, buffers, start));
    this.#level = level;
    try {
      await this.#firstSteps(level);
    } catch (error) {
      this.#endLevel();
      throw error;
    }
  }

  async iterate(request: IterateRequest): Promise<IterateResult> {
    const level = this.#begun("iterate");
    if (this.#fit.count === 0) return { convergence: [], stopped: true };
    checkBins(this.#gpu, request.bins);
    const use = await this.#prepare(level, request);
    const staging = new Buffers(this.#gpu);
    try {
      const bytes = STATE_BYTES + 4 * request.count;
      const results = await this.#gpu.guarded("iterate", () => {
        const target = staging.staging("results", bytes);
        this.#gpu.write(this.#fit.state, new Uint32Array(2));
        this.#submitIterations(request.count);
        submit(this.#gpu, [], [
          [this.#fit.state, 0, target, 0, STATE_BYTES],
          [use.convergence, 0, target, STATE_BYTES, 4 * request.count],
        ]);
        return target;
      });
      return await this.#gpu.mapped(results, bytes, (data) => {
        const [stopped, ran] = new Uint32Array(data, 0, 2);
        return { convergence: Array.from(new Float32Array(data, STATE_BYTES, ran)), stopped: stopped !== 0 };
      });
    } finally {
      staging[Symbol.dispose]();
    }
  }

  async lattice(): Promise<Lattice> {
    const { points, start, added } = this.#begun("read the lattice");
    const sum = new Float32Array(start.length);
    await readBack(this.#gpu, added, sum);
    return { points, values: start.map((value, i) => value + sum[i]) };
  }

  async values(out: Float32Array): Promise<void> {
    this.#begun("read values");
    for (const { u, sample0, sample1 } of this.#fit.windows) {
      await readBack(this.#gpu, u, out.subarray(sample0, sample1));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#endLevel();
    this.#fit.buffers[Symbol.dispose]();
    return Promise.resolve();
  }

  /** u = v - field, its range, and omega. */
  async #firstSteps(level: LevelMemory): Promise<void> {
    const [gpu, fit] = [this.#gpu, this.#fit];
    const evaluate = await gpu.pipeline("evaluate");
    const subtract = await gpu.pipeline("subtract", { from_values: 1 });
    const measure = await gpu.pipeline("measure", { range_only: 1 });
    const residual = await gpu.pipeline("residual", { weighted: Number(fit.weighted), confidence_only: 1 });
    const contract = await this.#contractPipelines(true);
    await gpu.guarded("begin a level", () => {
      gpu.write(fit.state, new Uint32Array(4));
      const test = level.buffers.uniform("stop test", Uint32Array.of(level.blocks, fit.count, 0));
      const unused = level.buffers.storage("unused", 8);
      const steps = [
        ...subtractSteps(gpu, fit, level, evaluate, subtract),
        gpu.step(measure, [test, level.partials, fit.state, unused], 1),
        ...residualSteps(gpu, fit, residual, level.buffers.storage("unused", 8)),
        ...contractSteps(gpu, fit, level, "omega", contract),
      ];
      submit(gpu, steps);
    });
  }

  /** Buffers and steps of an iteration, kept as long as the request stays the same. */
  async #prepare(level: LevelMemory, request: IterateRequest): Promise<Sharpening> {
    if (this.#sharpening && sameRequest(this.#sharpening.request, request)) return this.#sharpening;
    this.#endSharpening();
    const [gpu, fit] = [this.#gpu, this.#fit];
    const use = await this.#withBuffers((buffers) => createSharpening(buffers, fit, level, request));
    this.#sharpening = use;
    const sharpen = await sharpenSteps(gpu, fit, use);
    const evaluate = await gpu.pipeline("evaluate");
    const subtract = await gpu.pipeline("subtract");
    const measure = await gpu.pipeline("measure");
    const contract = await this.#contractPipelines(false);
    this.#iteration = await gpu.guarded("iterate", () => [
      ...sharpen,
      ...contractSteps(gpu, fit, level, "delta", contract),
      ...subtractSteps(gpu, fit, level, evaluate, subtract),
      gpu.step(measure, [use.test, level.partials, fit.state, use.convergence], 1),
    ]);
    return use;
  }

  #withBuffers<T>(make: (buffers: Buffers) => T): Promise<T> {
    return withBuffers(this.#gpu, "hold a level of the fit", make);
  }

  async #contractPipelines(confidences: boolean): Promise<GPUComputePipeline[]> {
    const update = this.#gpu.pipeline("update", { confidence_only: Number(confidences) });
    return await Promise.all([this.#gpu.pipeline("contract_x"), this.#gpu.pipeline("contract_y"), update]);
  }

  #submitIterations(count: number): void {
    const atOnce = Math.max(1, Math.floor(SUBMIT_SAMPLES / this.#fit.count));
    for (let done = 0; done < count; done += atOnce) {
      submit(this.#gpu, this.#iteration, [], Math.min(atOnce, count - done));
    }
  }

  #begun(action: string): LevelMemory {
    this.#check();
    if (!this.#level) throw new RangeError(`Cannot ${action} as a level must be begun first: current level is none`);
    return this.#level;
  }

  #check(): void {
    this.#gpu.check();
    if (this.#closed) throw webgpuError("Cannot go on as the fit must be open: current state is closed");
  }

  #endSharpening(): void {
    this.#sharpening?.buffers[Symbol.dispose]();
    this.#sharpening = undefined;
    this.#iteration = [];
  }

  #endLevel(): void {
    this.#endSharpening();
    this.#level?.buffers[Symbol.dispose]();
    this.#level = undefined;
  }
}

function sameRequest(a: IterateRequest, b: IterateRequest): boolean {
  return a.bins === b.bins && a.fwhm === b.fwhm && a.wienerNoise === b.wienerNoise && a.threshold === b.threshold &&
    a.count === b.count;
}
