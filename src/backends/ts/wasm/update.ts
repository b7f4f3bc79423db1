/**
 * Stage `update` by WebAssembly, in place on a fit's memory. Twins in ../loops/update.ts.
 *
 * @module
 */

import type { StageFunctions } from "../../../wasm/module.ts";
import { type FitMemory, type LevelMemory, tilesPerPlane } from "../fit_memory.ts";

/** Which sums tiles are added to: of the numerators, or of the denominators. */
export type Sums = "delta" | "omega";

/** Adds tiles `[tile0, tile1)`, which `contracted` holds from its start, to sums for the columns `[begin, end)`. */
export function wasmAddTiles(
  stages: StageFunctions,
  fit: FitMemory,
  level: LevelMemory,
  sums: Sums,
  tiles: readonly [tile0: number, tile1: number],
  columns: readonly [begin: number, end: number],
): void {
  const { points: [, cy, cx], contracted, tables } = level;
  const weights = sums === "delta" ? tables.zDelta : tables.zOmega;
  const perPlane = tilesPerPlane(fit);
  const [first, to] = [tables.zFirst.byteOffset, level[sums].byteOffset];
  stages.addTiles(contracted.byteOffset, cy * cx, ...tiles, perPlane, first, weights.byteOffset, ...columns, to);
}

/** phi = delta / omega, lattice += phi, for the columns `[begin, end)` of every lattice plane; clears delta. */
export function wasmUpdate(stages: StageFunctions, level: LevelMemory, begin: number, end: number): void {
  const { lattice, phi, delta, omega, points: [planes, cy, cx] } = level;
  const [to, added] = [lattice.byteOffset, phi.byteOffset];
  stages.update(to, added, delta.byteOffset, omega.byteOffset, cy * cx, planes, begin, end);
}
