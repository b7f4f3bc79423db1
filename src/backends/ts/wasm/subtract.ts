/**
 * Stage `subtract` by WebAssembly, in place on a fit's memory, a tile at a time. Twin: `subtract` of
 * ../loops/subtract.ts.
 *
 * @module
 */

import type { StageFunctions } from "../../../wasm/module.ts";
import { SUBTRACT } from "../../../wasm/parameters.ts";
import { type FitMemory, type LevelMemory, type LevelScratch, tileRowRange } from "../fit_memory.ts";

/**
 * The stage over one level: `u = from - field` over a tile, whose `range` and `sums` it fills. `from` and `lattice` lie
 * in the fit's memory.
 *
 * @param stages over the fit's memory.
 * @returns `measured`: whether the sums of the stop test are wanted; else they are 0.
 */
export function wasmSubtract(
  stages: StageFunctions,
  fit: FitMemory,
  level: LevelMemory,
  scratch: LevelScratch,
): (from: Float32Array, lattice: Float64Array, tile: number, measured: boolean) => void {
  const { u, samples: { xIndex, rowStart, y }, range, sums } = fit;
  const { tables: { yFirst, yEvaluate, zEvaluate, x }, points: [, cy, cx], rows: [z] } = level;
  const { plane, line, columns: field, samples: packed, result } = scratch;
  const parameters = SUBTRACT.at(scratch.subtract, {
    ...{ u, xIndex, rowStart, plane, cx, yFirst, yEvaluate },
    ...{ xFirst: x.first, xEnds: x.ends, xEvaluate: x.evaluate, xStride: x.stride },
    ...{ line, field, packed, result },
  });
  return (from, lattice, tile, measured) => {
    const { plane: iz, row0, row1 } = tileRowRange(fit, tile);
    const planes = lattice.byteOffset + 8 * cy * cx * z.first[iz];
    stages.combine(planes, cy * cx, zEvaluate.byteOffset + 32 * iz, plane.byteOffset);
    parameters.from = from.byteOffset;
    parameters.measured = Number(measured);
    parameters.row0 = row0;
    parameters.row1 = row1;
    parameters.iy = row0 % y.length;
    stages.subtract(parameters.address);
    range.set(result.subarray(0, 2), 2 * tile);
    sums.set(result.subarray(2, 4), 2 * tile);
  };
}
