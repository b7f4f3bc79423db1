/**
 * What every thread of a team runs for one level of a fit, in step with the others: its beginning, and iterations. Member m
 * takes the tiles m, m + members, m + 2 members ...; what is small (merging histograms, sharpening, the stop test) everybody
 * works out alike, which costs less than waiting for one to do it.
 *
 * @module
 */

import type { IterateRequest, IterateResult, SplineRows } from "../backend.ts";
import { convergenceMeasure, pairwiseSum } from "../../n4/convergence.ts";
import { isConstant, Sharpener } from "../../n4/sharpen.ts";
import { ALONE, type Team } from "../../thread_job.ts";
import { type StageFunctions, stagesOver } from "../../wasm/module.ts";
import { contractWeights, type Expectation } from "./loops/contract.ts";
import type { FitMemory, IterateScratch, LevelMemory, LevelScratch } from "./fit_memory.ts";
import { contractTiles, update } from "./loops/update.ts";
import { WasmContract } from "./wasm/contract.ts";
import { wasmHistogram } from "./wasm/histogram.ts";
import { WasmSubtract } from "./wasm/subtract.ts";

/** One thread's part in a level of a fit. */
export class FitLevel {
  readonly #fit: FitMemory;
  readonly #level: LevelMemory;
  readonly #scratch: LevelScratch;
  readonly #stages: StageFunctions;
  readonly #subtraction: WasmSubtract;
  readonly #contraction: WasmContract;
  #team: Team = ALONE;

  /** @param member number of this thread in its team, from 0. */
  constructor(fit: FitMemory, level: LevelMemory, member: number) {
    this.#fit = fit;
    this.#level = level;
    this.#scratch = level.scratch[member];
    this.#stages = stagesOver(fit.memory);
    this.#subtraction = new WasmSubtract(this.#stages, fit, level, this.#scratch);
    this.#contraction = new WasmContract(this.#stages, fit, level, this.#scratch);
  }

  /** Works out u = v - field, its range, and omega. */
  begin(team: Team): void {
    this.#team = team;
    const { rows: [{ omega }], lattice, omega: sums } = this.#level;
    this.#subtract(this.#fit.samples.value, lattice);
    this.#contractAll(omega, sums, (tile, out) => {
      contractWeights(this.#fit, this.#level, tile, this.#scratch.line, out);
    });
  }

  /**
   * Iterates; every member returns the same.
   *
   * @param scratch one for each member, in the fit's memory.
   */
  iterate(request: IterateRequest, scratch: readonly IterateScratch[], team = ALONE): IterateResult {
    this.#team = team;
    const level = this.#level;
    const sharpener = new Sharpener(request);
    const convergence: number[] = [];
    while (convergence.length < request.count) {
      const [lo, hi] = this.#range();
      if (isConstant(lo, hi)) return { convergence, stopped: true };
      this.#contraction.expect(this.#sharpen(sharpener, scratch, lo, hi), scratch[team.member].steps);
      this.#contractAll(level.rows[0].delta, level.delta, (tile, out) => this.#contraction.run(tile, out));
      update(level, ...this.#columns());
      team.wait();
      this.#subtract(this.#fit.u, level.phi);
      convergence.push(this.#measure());
      if (convergence[convergence.length - 1] <= request.threshold) return { convergence, stopped: true };
    }
    return { convergence, stopped: false };
  }

  #subtract(from: Float32Array, lattice: Float64Array): void {
    const { member, members } = this.#team;
    for (let tile = member; tile < this.#fit.tiles; tile += members) this.#subtraction.run(from, lattice, tile);
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
   * Contracts every tile and sums them over z into `sums`, batch by batch; ends with nobody reading `contracted` any more.
   */
  #contractAll(
    weights: SplineRows["delta"],
    sums: Float64Array,
    contractTile: (tile: number, out: Float64Array) => void,
  ): void {
    const { points, batch, contracted } = this.#level;
    const { member, members } = this.#team;
    const plane = points[1] * points[2];
    const { tiles } = this.#fit;
    for (let tile0 = 0; tile0 < tiles; tile0 += batch) {
      const tile1 = Math.min(tiles, tile0 + batch);
      for (let tile = tile0 + member; tile < tile1; tile += members) {
        contractTile(tile, contracted.subarray((tile - tile0) * plane, (tile - tile0 + 1) * plane));
      }
      this.#team.wait();
      contractTiles(this.#fit, this.#level, weights, [tile0, tile1], this.#columns(), sums);
      if (tile1 < tiles) this.#team.wait();
    }
  }

  /** This member's share of the lattice's columns. */
  #columns(): [begin: number, end: number] {
    const { member, members } = this.#team;
    const plane = this.#level.points[1] * this.#level.points[2];
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
