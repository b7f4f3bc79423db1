/**
 * The stages of an iteration by WebAssembly, in place on a fit's memory, a tile at a time. Twins: `subtract`, `histogram` and `contract` of the folder above.
 *
 * @module
 */

import type { Expectation } from "../contract.ts";
import { type FitMemory, type LevelMemory, type LevelScratch, tileRowRange } from "../fit_memory.ts";
import { type StageFunctions, stagesOver } from "../../../wasm/module.ts";

/** The stages over one fit. */
export class FitStages {
  readonly #fit: FitMemory;
  readonly #stages: StageFunctions;

  constructor(fit: FitMemory) {
    this.#fit = fit;
    this.#stages = stagesOver(fit.memory);
  }

  /** `u = from - field` over a tile; fills its `range` and `sums`. `from` and `lattice` lie in the fit's memory. */
  subtract(level: LevelMemory, scratch: LevelScratch, from: Float32Array, lattice: Float64Array, tile: number): void {
    const { u, samples: { xIndex, rowStart, y }, range, sums } = this.#fit;
    const { tables, rows: [z], points: [, cy, cx] } = level;
    const { plane, row0, row1 } = tileRowRange(this.#fit, tile);
    const planes = lattice.byteOffset + 8 * cy * cx * z.first[plane];
    this.#stages.combine(planes, cy * cx, tables.zEvaluate.byteOffset + 32 * plane, scratch.plane.byteOffset);
    this.#stages.subtract(
      u.byteOffset,
      from.byteOffset,
      xIndex.byteOffset,
      rowStart.byteOffset,
      row0,
      row1,
      row0 % y.length,
      scratch.plane.byteOffset,
      cx,
      tables.yFirst.byteOffset,
      tables.yEvaluate.byteOffset,
      tables.x.first.byteOffset,
      tables.x.ends.byteOffset,
      tables.x.evaluate.byteOffset,
      tables.x.stride,
      scratch.line.byteOffset,
      scratch.columns.byteOffset,
      scratch.samples.byteOffset,
      scratch.result.byteOffset,
    );
    range.set(scratch.result.subarray(0, 2), 2 * tile);
    sums.set(scratch.result.subarray(2, 4), 2 * tile);
  }

  /** Adds the samples of a tile to `counts`; `packed`, as long, is scratch of zeros and left so. Both lie in the fit's memory. */
  histogram(tile: number, lo: number, hi: number, counts: Float64Array, packed: Float64Array): void {
    const { u, samples: { rowStart } } = this.#fit;
    const { row0, row1 } = tileRowRange(this.#fit, tile);
    this.#stages.histogram(
      u.byteOffset,
      rowStart[row0],
      rowStart[row1],
      lo,
      (counts.length - 1) / (hi - lo),
      counts.length,
      packed.byteOffset,
      counts.byteOffset,
    );
  }

  /**
   * Contracts the weighted residuals of a tile into `out`, length `points[1] * points[2]`.
   *
   * @param steps what `expectationSteps` has made of the expectation; like `out` in the fit's memory.
   */
  contract(
    level: LevelMemory,
    scratch: LevelScratch,
    { lo, hi, expected }: Expectation,
    steps: Float64Array,
    tile: number,
    out: Float64Array,
  ): void {
    const { u, samples: { weight, xIndex, rowStart, y } } = this.#fit;
    const { tables, points: [, cy, cx] } = level;
    const { row0, row1 } = tileRowRange(this.#fit, tile);
    this.#stages.contract(
      u.byteOffset,
      weight?.byteOffset ?? 0,
      xIndex.byteOffset,
      rowStart.byteOffset,
      row0,
      row1,
      row0 % y.length,
      steps.byteOffset,
      expected.length,
      lo,
      (expected.length - 1) / (hi - lo),
      cy,
      cx,
      tables.yFirst.byteOffset,
      tables.yDelta.byteOffset,
      tables.x.first.byteOffset,
      tables.x.ends.byteOffset,
      tables.xDelta.byteOffset,
      scratch.samples.byteOffset,
      scratch.line.byteOffset,
      out.byteOffset,
    );
  }
}

/** Writes E of each bin and its difference to the next one's beside each other into `steps`, length `2 * bins`. */
export function expectationSteps(expected: Float64Array, steps: Float64Array): void {
  for (let j = 0; j + 1 < expected.length; j++) {
    steps[2 * j] = expected[j];
    steps[2 * j + 1] = expected[j + 1] - expected[j];
  }
}
