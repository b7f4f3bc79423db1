/**
 * What every worker of the team runs for one fit, in step with the others: the beginning of a level, and iterations. Worker w takes the tiles
 * w, w + members, w + 2 members ...; what is small (merging histograms, sharpening, the stop test) everybody works out alike,
 * which costs less than waiting for one to do it.
 *
 * @module
 */

import type { IterateRequest, IterateResult, SplineRows } from "../backend.ts";
import { convergenceMeasure, pairwiseSum } from "../../n4/convergence.ts";
import { isConstant, Sharpener } from "../../n4/sharpen.ts";
import { type StageFunctions, stagesOver } from "../../wasm/module.ts";
import { Barrier } from "./barrier.ts";
import { contractWeights, type Expectation } from "./loops/contract.ts";
import type { FitMemory, IterateScratch, LevelMemory } from "./fit_memory.ts";
import { contractTiles, update } from "./loops/update.ts";
import { WasmContract } from "./wasm/contract.ts";
import { wasmHistogram } from "./wasm/histogram.ts";
import { WasmSubtract } from "./wasm/subtract.ts";

/** A level with the stages over it. */
interface Level extends LevelMemory {
  readonly subtract: WasmSubtract;
  readonly contract: WasmContract;
}

/** One worker's part in a fit. */
export class FitMember {
  readonly #fit: FitMemory;
  readonly #member: number;
  readonly #members: number;
  readonly #barrier: Barrier;
  readonly #stages: StageFunctions;
  #level: Level | undefined;

  /** @param member number of this worker in its team, from 0. */
  constructor(fit: FitMemory, member: number, members: number) {
    this.#fit = fit;
    this.#member = member;
    this.#members = members;
    this.#barrier = new Barrier(fit.barrier, members);
    this.#stages = stagesOver(fit.memory);
  }

  /** Works out u = v - field, its range, and omega. */
  beginLevel(level: LevelMemory): void {
    const scratch = level.scratch[this.#member];
    const subtract = new WasmSubtract(this.#stages, this.#fit, level, scratch);
    this.#level = { ...level, subtract, contract: new WasmContract(this.#stages, this.#fit, level, scratch) };
    this.#guarded(() => {
      this.#subtract(subtract, this.#fit.samples.value, level.lattice);
      this.#contractAll(level, level.rows[0].omega, level.omega, (tile, out) => {
        contractWeights(this.#fit, level, tile, scratch.line, out);
      });
    });
  }

  /**
   * Iterates; every member returns the same.
   *
   * @param scratch one for each member, in the fit's memory.
   */
  iterate(request: IterateRequest, scratch: readonly IterateScratch[]): IterateResult {
    const level = this.#level;
    if (!level) throw new Error("Cannot iterate as a level must be begun first: current value is none");
    const sharpener = new Sharpener(request);
    const convergence: number[] = [];
    return this.#guarded(() => {
      while (convergence.length < request.count) {
        const [lo, hi] = this.#range();
        if (isConstant(lo, hi)) return { convergence, stopped: true };
        level.contract.expect(this.#sharpen(sharpener, scratch, lo, hi), scratch[this.#member].steps);
        this.#contractAll(level, level.rows[0].delta, level.delta, (tile, out) => level.contract.run(tile, out));
        update(level, ...this.#columns(level));
        this.#barrier.wait();
        this.#subtract(level.subtract, this.#fit.u, level.phi);
        convergence.push(this.#measure());
        if (convergence[convergence.length - 1] <= request.threshold) return { convergence, stopped: true };
      }
      return { convergence, stopped: false };
    });
  }

  /** Runs a part of the collective work; a failure lets the others out too. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#barrier.break();
      throw error;
    }
  }

  #subtract(subtract: WasmSubtract, from: Float32Array, lattice: Float64Array): void {
    for (let tile = this.#member; tile < this.#fit.tiles; tile += this.#members) subtract.run(from, lattice, tile);
    this.#barrier.wait();
  }

  #range(): [lo: number, hi: number] {
    const { range } = this.#fit;
    let [lo, hi] = [Infinity, -Infinity];
    for (let i = 0; i < range.length; i += 2) {
      if (range[i] < lo) lo = range[i];
      if (range[i + 1] > hi) hi = range[i + 1];
    }
    return [lo, hi];
  }

  #sharpen(sharpener: Sharpener, scratch: readonly IterateScratch[], lo: number, hi: number): Expectation {
    const own = scratch[this.#member];
    own.counts.fill(0);
    for (let tile = this.#member; tile < this.#fit.tiles; tile += this.#members) {
      wasmHistogram(this.#stages, this.#fit, own, tile, lo, hi);
    }
    this.#barrier.wait();
    const merged = new Float64Array(own.counts.length);
    for (const part of scratch) {
      for (let j = 0; j < merged.length; j++) merged[j] += part.counts[j];
    }
    const expected = new Float64Array(merged.length);
    sharpener.sharpen(merged, lo, hi, expected);
    return { lo, hi, expected };
  }

  /** Contracts every tile and sums them over z into `sums`, batch by batch; ends with nobody reading `contracted` any more. */
  #contractAll(
    level: LevelMemory,
    weights: SplineRows["delta"],
    sums: Float64Array,
    contractTile: (tile: number, out: Float64Array) => void,
  ): void {
    const plane = level.points[1] * level.points[2];
    const { tiles } = this.#fit;
    for (let tile0 = 0; tile0 < tiles; tile0 += level.batch) {
      const tile1 = Math.min(tiles, tile0 + level.batch);
      for (let tile = tile0 + this.#member; tile < tile1; tile += this.#members) {
        contractTile(tile, level.contracted.subarray((tile - tile0) * plane, (tile - tile0 + 1) * plane));
      }
      this.#barrier.wait();
      contractTiles(this.#fit, level, weights, [tile0, tile1], this.#columns(level), sums);
      if (tile1 < tiles) this.#barrier.wait();
    }
  }

  /** This member's share of the lattice's columns. */
  #columns(level: LevelMemory): [begin: number, end: number] {
    const plane = level.points[1] * level.points[2];
    const share = (member: number) => Math.floor((plane * member) / this.#members);
    return [share(this.#member), share(this.#member + 1)];
  }

  #measure(): number {
    const { tiles, sums, samples } = this.#fit;
    const sum = new Float64Array(tiles);
    const squares = new Float64Array(tiles);
    for (let tile = 0; tile < tiles; tile++) {
      sum[tile] = sums[2 * tile];
      squares[tile] = sums[2 * tile + 1];
    }
    return convergenceMeasure(samples.value.length, pairwiseSum(sum), pairwiseSum(squares));
  }
}
