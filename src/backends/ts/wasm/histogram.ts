/**
 * Stage `histogram` by WebAssembly, in place on a fit's memory, a tile at a time. Twin: `histogram` of
 * ../loops/histogram.ts.
 *
 * @module
 */

import type { StageFunctions } from "../../../wasm/module.ts";
import { type FitMemory, type IterateScratch, tileRowRange } from "../fit_memory.ts";

/** Adds the samples of a tile to `counts`. @param stages over the fit's memory. @param lo, hi range of all samples. */
export function wasmHistogram(
  stages: StageFunctions,
  fit: FitMemory,
  { counts, packed }: Pick<IterateScratch, "counts" | "packed">,
  tile: number,
  lo: number,
  hi: number,
): void {
  const { row0, row1 } = tileRowRange(fit, tile);
  const { u, samples: { rowStart } } = fit;
  const bins = counts.length;
  const [begin, end] = [rowStart[row0], rowStart[row1]];
  stages.histogram(u.byteOffset, begin, end, lo, (bins - 1) / (hi - lo), bins, packed.byteOffset, counts.byteOffset);
}
