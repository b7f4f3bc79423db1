/**
 * What every thread of a team runs for one fit, in step with the others: the beginning of a level, and iterations.
 * Member m takes the tiles m, m + members, m + 2 members ...; what is small (merging histograms, sharpening, the stop
 * test) everybody works out alike, which costs less than waiting for one to do it.
 *
 * @module
 */

import type { IterateRequest, IterateResult } from "../backend.ts";
import { convergenceMeasure, pairwiseSum } from "../../n4/convergence.ts";
import { isConstant } from "../../n4/sharpen.ts";
import { ALONE, type Team } from "../../thread_job.ts";
import { type StageFunctions, stagesOver } from "../../wasm/module.ts";
import type { FitMemory, IterateScratch, LevelMemory } from "./fit_memory.ts";
import { wasmContract, wasmContractWeights } from "./wasm/contract.ts";
import { wasmHistogram } from "./wasm/histogram.ts";
import { wasmSharpen } from "./wasm/sharpen.ts";
import { wasmSubtract } from "./wasm/subtract.ts";
import { type Sums, wasmAddTiles, wasmUpdate } from "./wasm/update.ts";

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
    this.#subtract(subtract, false);
    this.#contractAll(memory, "omega", wasmContractWeights(...parts));
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
    const own = scratch[team.member];
    const sharpen = wasmSharpen(this.#stages, request, own);
    const convergence: number[] = [];
    while (convergence.length < request.count) {
      const [lo, hi] = this.#range();
      if (isConstant(lo, hi)) return { convergence, stopped: true };
      this.#histogram(own, lo, hi);
      sharpen(lo, hi);
      this.#contractAll(level, "delta", level.contract(own.steps, lo, hi));
      wasmUpdate(this.#stages, level, ...this.#columns(level));
      team.wait();
      this.#subtract(level.subtract, true);
      convergence.push(this.#measure());
      if (convergence[convergence.length - 1] <= request.threshold) return { convergence, stopped: true };
    }
    return { convergence, stopped: false };
  }

  #subtract(subtract: Level["subtract"], increment: boolean): void {
    const { member, members } = this.#team;
    for (let tile = member; tile < this.#fit.tiles; tile += members) subtract(tile, increment);
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

  #histogram(own: IterateScratch, lo: number, hi: number): void {
    const { member, members } = this.#team;
    own.counts.fill(0);
    for (let tile = member; tile < this.#fit.tiles; tile += members) {
      wasmHistogram(this.#stages, this.#fit, own, tile, lo, hi);
    }
    this.#team.wait();
  }

  /** Contracts every tile and sums them over z, batch by batch; ends with nobody reading `contracted` any more. */
  #contractAll(level: LevelMemory, sums: Sums, contractTile: (tile: number, out: Float64Array) => void): void {
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
      wasmAddTiles(this.#stages, this.#fit, level, sums, [tile0, tile1], this.#columns(level));
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
