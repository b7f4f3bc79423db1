/**
 * Stage `contract` by WebAssembly, in place on a fit's memory, a tile at a time. Twin: `contract` of
 * ../loops/contract.ts.
 *
 * @module
 */

import type { StageFunctions } from "../../../wasm/module.ts";
import { CONTRACT } from "../../../wasm/parameters.ts";
import { type FitMemory, type LevelMemory, type LevelScratch, tileRowRange } from "../fit_memory.ts";
import type { Expectation } from "../loops/contract.ts";

/** The stage over one level. */
export class WasmContract {
  readonly #stages: StageFunctions;
  readonly #fit: FitMemory;
  readonly #parameters: ReturnType<typeof CONTRACT.at>;

  /** @param stages over the fit's memory. */
  constructor(stages: StageFunctions, fit: FitMemory, level: LevelMemory, scratch: LevelScratch) {
    const { u, samples: { weight, xIndex, rowStart } } = fit;
    const { tables: { yFirst, yDelta, x: { first: xFirst, ends: xEnds }, xDelta }, points: [, cy, cx] } = level;
    const { samples: residual, line: row } = scratch;
    this.#stages = stages;
    this.#fit = fit;
    this.#parameters = CONTRACT.at(
      scratch.contract,
      { u, weight, xIndex, rowStart, cy, cx, yFirst, yDelta, xFirst, xEnds, xDelta, residual, row },
    );
  }

  /**
   * The expectation of the calls that follow.
   *
   * @param steps room in the fit's memory, length `2 * bins`: E of each bin and its difference to the next one's.
   */
  expect({ lo, hi, expected }: Expectation, steps: Float64Array): void {
    for (let j = 0; j + 1 < expected.length; j++) {
      steps[2 * j] = expected[j];
      steps[2 * j + 1] = expected[j + 1] - expected[j];
    }
    this.#parameters.steps = steps.byteOffset;
    this.#parameters.bins = expected.length;
    this.#parameters.lo = lo;
    this.#parameters.scale = (expected.length - 1) / (hi - lo);
  }

  /** Contracts the weighted residuals of a tile into `out`, length `points[1] * points[2]`, in the fit's memory. */
  run(tile: number, out: Float64Array): void {
    const { row0, row1 } = tileRowRange(this.#fit, tile);
    this.#parameters.row0 = row0;
    this.#parameters.row1 = row1;
    this.#parameters.iy = row0 % this.#fit.samples.y.length;
    this.#parameters.out = out.byteOffset;
    this.#stages.contract(this.#parameters.address);
  }
}
