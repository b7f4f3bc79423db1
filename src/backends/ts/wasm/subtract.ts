/**
 * Stage `subtract` by WebAssembly, in place on a fit's memory, a tile at a time. Twins in
 * ../loops/subtract.ts.
 *
 * @module
 */

import type { StageFunctions } from "../../../wasm/module.ts";
import { SUBTRACT } from "../../../wasm/parameters.ts";
import { type FitMemory, type LevelMemory, type LevelScratch, tileRowRange } from "../fit_memory.ts";

/**
 * The stage over one level, a tile at a time: takes the field of the lattice off v, or the `increment` of an iteration
 * off u. Fills the tile's `range` and, of an increment, its `sums`.
 *
 * @param stages over the fit's memory.
 */
export function wasmSubtract(
  stages: StageFunctions,
  fit: FitMemory,
  level: LevelMemory,
  scratch: LevelScratch,
): (tile: number, increment: boolean) => void {
  const { u, samples: { value: from, xIndex, rowStart, y }, range, sums } = fit;
  const { tables: { yFirst, yEvaluate, zEvaluate, x, xSingle }, points: [, cy, cx], rows: [z], lattice, phi } = level;
  const { plane, line, columns: field, samples: packed, result } = scratch;
  const parameters = SUBTRACT.at(scratch.subtract, {
    ...{ u, from, xIndex, rowStart, plane, cx, yFirst, yEvaluate },
    ...{
      xFirst: x.first,
      xEnds: x.ends,
      xEvaluate: x.evaluate,
      xStride: x.stride,
      xSingle,
      xSingleStride: x.stride / 2,
    },
    ...{ line, field, packed, result },
  });
  return (tile, increment) => {
    const { plane: iz, row0, row1 } = tileRowRange(fit, tile);
    const planes = (increment ? phi : lattice).byteOffset + 8 * cy * cx * z.first[iz];
    stages.combine(planes, cy * cx, zEvaluate.byteOffset + 32 * iz, plane.byteOffset);
    parameters.row0 = row0;
    parameters.row1 = row1;
    parameters.iy = row0 % y.length;
    if (increment) stages.subtractIncrement(parameters.address);
    else stages.subtract(parameters.address);
    range.set(result.subarray(0, 2), 2 * tile);
    sums.set(result.subarray(2, 4), 2 * tile);
  };
}
