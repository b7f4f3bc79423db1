/**
 * Stage `update`: contracts tiles over z, tile by tile in order, then phi = delta / omega and lattice += phi (Lee et
 * al. 1997, doi:10.1109/2945.620490, eq. 5). Columns of the lattice are independent of each other: workers share them
 * out. Twins of kernels/wasm/update.ts, which does the work.
 *
 * @module
 */

import { type FitMemory, type LevelMemory, tileRowRange } from "../fit_memory.ts";

/** A control point with a denominator below this has no sample near it: its phi is 0. ITK's float32 epsilon. */
const MIN_OMEGA = 1.19e-8;

/** Adds tiles `[tile0, tile1)`, which `contracted` holds from its start, to `sums` for the columns `[begin, end)`. */
export function contractTiles(
  fit: FitMemory,
  level: LevelMemory,
  weights: Float64Array,
  tiles: readonly [tile0: number, tile1: number],
  columns: readonly [begin: number, end: number],
  sums: Float64Array,
): void {
  const plane = level.points[1] * level.points[2];
  const [begin, end] = columns;
  const { contracted } = level;
  for (let tile = tiles[0]; tile < tiles[1]; tile++) {
    const z = tileRowRange(fit, tile).plane;
    const from = (tile - tiles[0]) * plane;
    for (let j = 0; j < 4; j++) {
      const w = weights[4 * z + j];
      const to = (level.rows[0].first[z] + j) * plane;
      for (let c = begin; c < end; c++) sums[to + c] += w * contracted[from + c];
    }
  }
}

/** phi = delta / omega, lattice += phi, for the columns `[begin, end)` of every lattice plane; clears delta. */
export function update(level: LevelMemory, begin: number, end: number): void {
  const plane = level.points[1] * level.points[2];
  const { delta, omega, phi, lattice } = level;
  for (let base = 0; base < lattice.length; base += plane) {
    for (let i = base + begin; i < base + end; i++) {
      phi[i] = omega[i] > MIN_OMEGA ? delta[i] / omega[i] : 0;
      lattice[i] += phi[i];
      delta[i] = 0;
    }
  }
}
