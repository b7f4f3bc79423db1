/**
 * How the samples of a fit are cut to fit the device. A window is a run of rows whose samples share one set of buffers,
 * as large as a buffer may be. A batch is a run of rows of one window whose intermediate sums fit a buffer; it depends
 * on the level's lattice. Rows and lattice alone decide where to cut, so the same device always takes the same sums.
 *
 * @module
 */

import type { FitSamples } from "../backend.ts";
import type { Triple } from "../../volume.ts";
import { webgpuError } from "./gpu.ts";
import { CONSTANTS } from "./kernels.ts";

/** Rows of a window, at most: a sample keeps its row in 16 bits. */
export const WINDOW_ROWS = 65_536;

/** Bytes of the intermediate sums of a batch, unless a single row needs more. */
export const BATCH_BYTES = 32 * 2 ** 20;

/** A run of rows and their samples, counted over the whole fit; ends are exclusive. */
export interface RowRange {
  /** First row. */
  readonly row0: number;
  /** One past the last row. */
  readonly row1: number;
  /** First sample. */
  readonly sample0: number;
  /** One past the last sample. */
  readonly sample1: number;
}

/** A run of rows that one dispatch works on. */
export interface Batch extends RowRange {
  /** Which window it lies in. */
  readonly window: number;
  /** First plane that it touches. */
  readonly plane0: number;
  /** How many planes it touches. */
  readonly planes: number;
  /** Its first block of partial sums; blocks are numbered over all batches. */
  readonly block0: number;
  /** Its blocks. */
  readonly blocks: number;
}

/**
 * Cuts windows.
 *
 * @param bytes what a buffer may hold.
 * @throws {BackendError} when the samples of a single row do not fit.
 */
export function cutWindows({ rowStart }: Pick<FitSamples, "rowStart">, bytes: number): RowRange[] {
  const most = Math.floor(bytes / 4);
  const rows = rowStart.length - 1;
  const windows: RowRange[] = [];
  for (let row0 = 0; row0 < rows;) {
    let row1 = row0;
    while (row1 < rows && row1 - row0 < WINDOW_ROWS && rowStart[row1 + 1] - rowStart[row0] <= most) row1++;
    if (row1 === row0) {
      const needed = rowStart[row0 + 1] - rowStart[row0];
      throw webgpuError(
        `Cannot hold the samples as a row must have at most ${most} of them on this WebGPU device: it has ${needed}`,
      );
    }
    if (rowStart[row1] > rowStart[row0]) {
      windows.push({ row0, row1, sample0: rowStart[row0], sample1: rowStart[row1] });
    }
    row0 = row1;
  }
  return windows;
}

/**
 * Cuts the windows into batches for a lattice. Ends lie between planes where a whole plane fits.
 *
 * @param points control points `[z, y, x]`.
 * @param bytes what a buffer may hold.
 */
export function cutBatches(
  { rowStart, y }: Pick<FitSamples, "rowStart" | "y">,
  windows: readonly RowRange[],
  points: Triple,
  bytes: number,
): Batch[] {
  const ny = y.length;
  const most = Math.min(bytes, BATCH_BYTES) / 4;
  const mostRows = Math.max(1, Math.floor(most / points[2]));
  const mostPlanes = Math.max(1, Math.floor(most / (points[1] * points[2])));
  const batches: Batch[] = [];
  let block0 = 0;
  windows.forEach((window, index) => {
    for (let row0 = window.row0; row0 < window.row1;) {
      const plane0 = Math.floor(row0 / ny);
      let row1 = Math.min(window.row1, row0 + mostRows, (plane0 + mostPlanes) * ny);
      const wholePlanes = Math.floor(row1 / ny) * ny;
      if (row1 < window.row1 && wholePlanes > row0) row1 = wholePlanes;
      const [sample0, sample1] = [rowStart[row0], rowStart[row1]];
      if (sample1 > sample0) {
        const planes = Math.floor((row1 - 1) / ny) + 1 - plane0;
        const blocks = Math.ceil((sample1 - sample0) / CONSTANTS.BLOCK_SAMPLES);
        batches.push({ window: index, row0, row1, sample0, sample1, plane0, planes, block0, blocks });
        block0 += blocks;
      }
      row0 = row1;
    }
  });
  return batches;
}
