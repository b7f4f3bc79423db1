/**
 * One column of a coarser level: a tile of whole chunks in y and x, over all of z. The finer level streams through it in blocks of its chunks, and is reduced along x, then y, then z
 * as it comes, into a window of planes that moves down; a layer of chunks is written once nothing can be added to it. So memory is a few chunks whatever the factor.
 *
 * @module
 */

import type { Threads } from "../job.ts";
import { type Box, type Shape3, type Triple, type VolumeSink, type VolumeSource, voxelCount } from "../volume.ts";
import { ADD_STRETCH, type BandedRows, inputsOf, outputsBelow, type Range, type StretchRequest } from "./resample.ts";
import { allocateShared, PooledSlot } from "./slots.ts";

/** The matrices of the three axes. */
export type Rows = readonly [z: BandedRows, y: BandedRows, x: BandedRows];

/** What columns of one level share. */
export interface ColumnLevel {
  /** The finer level. */
  readonly source: VolumeSource;
  /** The level. */
  readonly sink: VolumeSink;
  /** From one to the other. */
  readonly rows: Rows;
  /** Voxels of the finer level that are read at once. */
  readonly block: Triple;
  /** Voxels of a tile in y and x; z: one chunk. */
  readonly tile: Triple;
  /** Who adds up. */
  readonly threads: Threads;
}

/** Voxels of the buffers of a column. */
function columnSizes(rows: Rows, tile: Triple, block: Triple) {
  const [bz, by, bx] = block;
  return {
    input: bz * by * bx,
    alongX: bz * by * tile[2],
    alongY: bz * tile[1] * tile[2],
    window: windowPlanes(rows[0], tile[0], bz) * tile[1] * tile[2],
  };
}

/** Bytes of a column: its buffers, one chunk to write, and as much again as is read for what decoding and encoding take. */
export function columnBytes(rows: Rows, tile: Triple, block: Triple): number {
  const { input, alongX, alongY, window } = columnSizes(rows, tile, block);
  return 8 * (input + alongX + alongY + window) + 4 * voxelCount(tile);
}

/** Most planes that one block of planes can touch before the layer that it completes has been written. */
function windowPlanes(rows: BandedRows, layer: number, block: number): number {
  let most = layer;
  for (let from = 0; from < rows.outputs; from += layer) {
    const { to } = inputsOf(rows, { from, to: Math.min(from + layer, rows.outputs) });
    const blockEnd = Math.min(rows.inputs, Math.ceil(to / block) * block);
    most = Math.max(most, outputsBelow(rows, blockEnd) - from);
  }
  return most;
}

/** One column after the other, in the same buffers. */
export class Column {
  readonly #level: ColumnLevel;
  readonly #input: Float32Array;
  readonly #alongX: Float64Array;
  readonly #alongY: Float64Array;
  readonly #window: Float64Array;

  /** Buffers for any column of a level. */
  constructor(level: ColumnLevel) {
    this.#level = level;
    const sizes = columnSizes(level.rows, level.tile, level.block);
    this.#input = new Float32Array(allocateShared(4 * sizes.input));
    this.#alongX = new Float64Array(allocateShared(8 * sizes.alongX));
    this.#alongY = new Float64Array(allocateShared(8 * sizes.alongY));
    this.#window = new Float64Array(allocateShared(8 * sizes.window));
  }

  /**
   * Makes the tile `y`, `x` of the coarser level, all planes.
   *
   * @param onRead told of each block that was read: its voxels, and which part of the column's it is.
   */
  async run(y: Range, x: Range, onRead: (voxels: number, share: number) => void): Promise<void> {
    const { rows: [rows, rowsY, rowsX], block } = this.#level;
    const [ySpan, xSpan] = [inputsOf(rowsY, y), inputsOf(rowsX, x)];
    const all = rows.inputs * (ySpan.to - ySpan.from) * (xSpan.to - xSpan.from);
    const plane = (y.to - y.from) * (x.to - x.from);
    let top = 0; // First plane of the window.
    this.#window.fill(0);
    for (const inputs of blocksOf({ from: 0, to: rows.inputs }, block[0])) {
      const planes = await this.#reduce(inputs, y, x, (voxels) => onRead(voxels, voxels / all));
      const outputs = { from: top, to: outputsBelow(rows, inputs.to) };
      const stretch = { outer: 1, inner: plane, inputs, outputs };
      await this.#add({ rows, stretch, source: planes, sums: this.#window, first: false });
      for (;;) {
        const layer = { from: top, to: Math.min(top + this.#level.tile[0], rows.outputs) };
        if (top === rows.outputs || inputsOf(rows, layer).to > inputs.to) break;
        await this.#write(layer, y, x);
        this.#window.copyWithin(0, (layer.to - layer.from) * plane);
        this.#window.fill(0, this.#window.length - (layer.to - layer.from) * plane);
        top = layer.to;
      }
    }
  }

  /** Reads planes of the finer level under a tile and reduces them along x and y: shape `[planes, tile y, tile x]`. */
  async #reduce(z: Range, y: Range, x: Range, onRead: (voxels: number) => void): Promise<Float64Array> {
    const { rows: [, rowsY, rowsX], block, source } = this.#level;
    const [nz, ny, nx] = [z, y, x].map(({ from, to }) => to - from);
    const sums = this.#alongY.subarray(0, nz * ny * nx);
    const [firstY, firstX] = [inputsOf(rowsY, y).from, inputsOf(rowsX, x).from];
    for (const yIn of blocksOf(inputsOf(rowsY, y), block[1])) {
      const depth = yIn.to - yIn.from;
      const along = this.#alongX.subarray(0, nz * depth * nx);
      for (const xIn of blocksOf(inputsOf(rowsX, x), block[2])) {
        const data = this.#input.subarray(0, nz * depth * (xIn.to - xIn.from));
        await source.read(boxOf(z, yIn, xIn), data);
        onRead(data.length);
        const stretch = { outer: nz * depth, inner: 1, inputs: xIn, outputs: x };
        await this.#add({ rows: rowsX, stretch, source: data, sums: along, first: xIn.from === firstX });
      }
      const stretch = { outer: nz, inner: nx, inputs: yIn, outputs: y };
      await this.#add({ rows: rowsY, stretch, source: along, sums, first: yIn.from === firstY });
    }
    return sums;
  }

  #add(request: StretchRequest): Promise<void> {
    return this.#level.threads.run(ADD_STRETCH, request);
  }

  /** Writes a finished layer of the window, chunk by chunk. */
  async #write(z: Range, y: Range, x: Range): Promise<void> {
    const { sink } = this.#level;
    const shape: Shape3 = [z.to - z.from, y.to - y.from, x.to - x.from];
    for (const yOut of blocksOf(y, sink.chunk[1])) {
      for (const xOut of blocksOf(x, sink.chunk[2])) {
        const [ny, nx] = [yOut.to - yOut.from, xOut.to - xOut.from];
        using slot = new PooledSlot(shape[0] * ny * nx);
        const data = slot.data(boxOf(z, yOut, xOut));
        for (let row = 0; row < shape[0] * ny; row++) {
          const line = Math.floor(row / ny) * shape[1] + (row % ny) + yOut.from - y.from;
          const at = line * shape[2] + xOut.from - x.from;
          data.set(this.#window.subarray(at, at + nx), row * nx);
        }
        await sink.write(boxOf(z, yOut, xOut), data);
      }
    }
  }
}

/** Cuts a range where multiples of `edge` lie. */
function* blocksOf({ from, to }: Range, edge: number): Generator<Range> {
  for (let at = from; at < to;) {
    const end = Math.min(to, (Math.floor(at / edge) + 1) * edge);
    yield { from: at, to: end };
    at = end;
  }
}

function boxOf(z: Range, y: Range, x: Range): Box {
  return { z0: z.from, z1: z.to, y0: y.from, y1: y.to, x0: x.from, x1: x.to };
}
