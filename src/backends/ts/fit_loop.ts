/**
 * What every thread of a team runs for one fit, in step with the others: the beginning of a level, and iterations.
 * Member m takes the tiles m, m + members, m + 2 members ...; what is small (merging histograms, sharpening, the stop
 * test) everybody works out alike, which costs less than waiting for one to do it.
 *
 * @module
 */

import type { IterateRequest, IterateResult, SplineRows } from "../backend.ts";
import { convergenceMeasure, pairwiseSum } from "../../n4/convergence.ts";
import { isConstant, Sharpener } from "../../n4/sharpen.ts";
import { ALONE, type Team } from "../../thread_job.ts";
import { type StageFunctions, stagesOver } from "../../wasm/module.ts";
import type { Expectation } from "./loops/contract.ts";
import type { FitMemory, IterateScratch, LevelMemory } from "./fit_memory.ts";
import { contractTiles, update } from "./loops/update.ts";
import { wasmContract, wasmContractWeights } from "./wasm/contract.ts";
import { wasmHistogram } from "./wasm/histogram.ts";
import { wasmSubtract } from "./wasm/subtract.ts";

/** A level with the stages over it. */
interface Level extends LevelMemory {
  readonly subtract: ReturnType<typeof wasmSubtract>;
  readonly contract: ReturnType<typeof wasmContract>;
}

/** One thread's part in a fit. */
export class FitMember {
  readonly #fit: FitMemory;
  readonly #stages: StageFunctions;
  #level: Level | undefined;
  #team: Team = ALONE;

  constructor(fit: FitMemory) {
    this.#fit = fit;
    this.#stages = stagesOver(fit.memory);
  }

  /** Begins a level: works out u = v - field, its range, and omega. */
  beginLevel(memory: LevelMemory, team: Team): void {
    const scratch = memory.scratch[team.member];
    const parts = [this.#stages, this.#fit, memory, scratch] as const;
    const subtract = wasmSubtract(...parts);
    this.#team = team;
    this.#subtract(subtract, this.#fit.samples.value, memory.lattice, false);
    this.#contractAll(memory, memory.rows[0].omega, memory.omega, wasmContractWeights(...parts));
    this.#level = { ...memory, subtract, contract: wasmContract(...parts) };
  }

  /**
   * Iterates; every member returns the same.
   *
   * @param scratch one for each member, in the fit's memory.
   */
  iterate(request: IterateRequest, scratch: readonly IterateScratch[], team = ALONE): IterateResult {
    const level = this.#level;
    if (!level) throw new RangeError("Cannot iterate as a level must be begun first: current level is none");
    this.#team = team;
    const sharpener = new Sharpener(request);
    const convergence: number[] = [];
    while (convergence.length < request.count) {
      const [lo, hi] = this.#range();
      if (isConstant(lo, hi)) return { convergence, stopped: true };
      const contract = level.contract(this.#sharpen(sharpener, scratch, lo, hi), scratch[team.member].steps);
      this.#contractAll(level, level.rows[0].delta, level.delta, contract);
      update(level, ...this.#columns(level));
      team.wait();
      this.#subtract(level.subtract, this.#fit.u, level.phi, true);
      convergence.push(this.#measure());
      if (convergence[convergence.length - 1] <= request.threshold) return { convergence, stopped: true };
    }
    return { convergence, stopped: false };
  }

  #subtract(subtract: Level["subtract"], from: Float32Array, lattice: Float64Array, measured: boolean): void {
    const { member, members } = this.#team;
    for (let tile = member; tile < this.#fit.tiles; tile += members) subtract(from, lattice, tile, measured);
    this.#team.wait();
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
    const { member, members } = this.#team;
    const own = scratch[member];
    own.counts.fill(0);
    for (let tile = member; tile < this.#fit.tiles; tile += members) {
      wasmHistogram(this.#stages, this.#fit, own, tile, lo, hi);
    }
    this.#team.wait();
    const merged = new Float64Array(own.counts.length);
    for (const part of scratch) {
      for (let j = 0; j < merged.length; j++) merged[j] += part.counts[j];
    }
    const expected = new Float64Array(merged.length);
    sharpener.sharpen(merged, lo, hi, expected);
    return { lo, hi, expected };
  }

  /**
   * Contracts every tile and sums them over z into `sums`, batch by batch; ends with nobody reading `contracted` any
   * more.
   */
  #contractAll(
    level: LevelMemory,
    weights: SplineRows["delta"],
    sums: Float64Array,
    contractTile: (tile: number, out: Float64Array) => void,
  ): void {
    const { points, batch, contracted } = level;
    const { member, members } = this.#team;
    const plane = points[1] * points[2];
    const { tiles } = this.#fit;
    for (let tile0 = 0; tile0 < tiles; tile0 += batch) {
      const tile1 = Math.min(tiles, tile0 + batch);
      for (let tile = tile0 + member; tile < tile1; tile += members) {
        contractTile(tile, contracted.subarray((tile - tile0) * plane, (tile - tile0 + 1) * plane));
      }
      this.#team.wait();
      contractTiles(this.#fit, level, weights, [tile0, tile1], this.#columns(level), sums);
      if (tile1 < tiles) this.#team.wait();
    }
  }

  /** This member's share of the lattice's columns. */
  #columns({ points }: LevelMemory): [begin: number, end: number] {
    const { member, members } = this.#team;
    const plane = points[1] * points[2];
    return [Math.floor((plane * member) / members), Math.floor((plane * (member + 1)) / members)];
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
