/**
 * Stage `subtract` by WebAssembly, in place on a fit's memory, a tile at a time. Twin: `subtract` of
 * ../loops/subtract.ts.
 *
 * @module
 */

import type { StageFunctions } from "../../../wasm/module.ts";
import { SUBTRACT } from "../../../wasm/parameters.ts";
import { type FitMemory, type LevelMemory, type LevelScratch, tileRowRange } from "../fit_memory.ts";

/** The stage over one level. */
export class WasmSubtract {
  readonly #stages: StageFunctions;
  readonly #fit: FitMemory;
  readonly #level: LevelMemory;
  readonly #scratch: LevelScratch;
  readonly #parameters: ReturnType<typeof SUBTRACT.at>;

  /** @param stages over the fit's memory. */
  constructor(stages: StageFunctions, fit: FitMemory, level: LevelMemory, scratch: LevelScratch) {
    const { u, samples: { xIndex, rowStart } } = fit;
    const { tables: { yFirst, yEvaluate, x }, points } = level;
    const { plane, line, columns: field, samples: packed, result } = scratch;
    this.#stages = stages;
    this.#fit = fit;
    this.#level = level;
    this.#scratch = scratch;
    this.#parameters = SUBTRACT.at(scratch.subtract, {
      ...{ u, xIndex, rowStart, plane, cx: points[2], yFirst, yEvaluate },
      ...{ xFirst: x.first, xEnds: x.ends, xEvaluate: x.evaluate, xStride: x.stride },
      ...{ line, field, packed, result },
    });
  }

  /** `u = from - field` over a tile; fills its `range` and `sums`. `from` and `lattice` lie in the fit's memory. */
  run(from: Float32Array, lattice: Float64Array, tile: number): void {
    const { samples: { y }, range, sums } = this.#fit;
    const { tables, rows: [z], points: [, cy, cx] } = this.#level;
    const { plane, result } = this.#scratch;
    const { plane: iz, row0, row1 } = tileRowRange(this.#fit, tile);
    const planes = lattice.byteOffset + 8 * cy * cx * z.first[iz];
    this.#stages.combine(planes, cy * cx, tables.zEvaluate.byteOffset + 32 * iz, plane.byteOffset);
    this.#parameters.from = from.byteOffset;
    this.#parameters.row0 = row0;
    this.#parameters.row1 = row1;
    this.#parameters.iy = row0 % y.length;
    this.#stages.subtract(this.#parameters.address);
    range.set(result.subarray(0, 2), 2 * tile);
    sums.set(result.subarray(2, 4), 2 * tile);
  }
}
