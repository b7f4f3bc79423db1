/**
 * Stage `contract` by WebAssembly, in place on a fit's memory, a tile at a time. Twin: `contract` of
 * ../loops/contract.ts.
 *
 * @module
 */

import type { StageFunctions } from "../../../wasm/module.ts";
import { CONTRACT } from "../../../wasm/parameters.ts";
import { type FitMemory, type LevelMemory, type LevelScratch, tileRowRange } from "../fit_memory.ts";

/**
 * The stage over one level, for an expectation: contracts the weighted residuals of a tile into `out`, length
 * `points[1] * points[2]`, in the fit's memory.
 *
 * @param stages over the fit's memory.
 * @returns what begins with an expectation: `steps`, in the fit's memory, holds E of each bin over `[lo, hi]` and its
 * difference to the next one's, length `2 * bins`.
 */
export function wasmContract(
  stages: StageFunctions,
  fit: FitMemory,
  level: LevelMemory,
  scratch: LevelScratch,
): (steps: Float64Array, lo: number, hi: number) => (tile: number, out: Float64Array) => void {
  const { parameters, contract } = contraction(stages.contract, fit, level, scratch);
  return (steps, lo, hi) => {
    const bins = steps.length / 2;
    parameters.steps = steps.byteOffset;
    parameters.bins = bins;
    parameters.lo = lo;
    parameters.scale = (bins - 1) / (hi - lo);
    return contract;
  };
}

/** The stage over one level where every residual is 1: contracts the confidences of a tile with the rows of omega. */
export function wasmContractWeights(
  stages: StageFunctions,
  fit: FitMemory,
  level: LevelMemory,
  scratch: LevelScratch,
): (tile: number, out: Float64Array) => void {
  const { parameters, contract } = contraction(stages.contractWeights, fit, level, scratch);
  parameters.yDelta = level.tables.yOmega.byteOffset;
  parameters.xDelta = level.tables.xOmega.byteOffset;
  return contract;
}

/** A stage over one level, and its parameters, which the next one over the same scratch overwrites. */
function contraction(
  stage: StageFunctions["contract"],
  fit: FitMemory,
  level: LevelMemory,
  scratch: LevelScratch,
) {
  const { u, samples: { weight, xIndex, rowStart, y } } = fit;
  const { tables: { yFirst, yDelta, x: { first: xFirst, ends: xEnds }, xDelta }, points: [, cy, cx] } = level;
  const { samples: residual, line: row } = scratch;
  const parameters = CONTRACT.at(
    scratch.contract,
    { u, weight, xIndex, rowStart, cy, cx, yFirst, yDelta, xFirst, xEnds, xDelta, residual, row },
  );
  const contract = (tile: number, out: Float64Array) => {
    const { row0, row1 } = tileRowRange(fit, tile);
    parameters.row0 = row0;
    parameters.row1 = row1;
    parameters.iy = row0 % y.length;
    parameters.out = out.byteOffset;
    stage(parameters.address);
  };
  return { parameters, contract };
}
