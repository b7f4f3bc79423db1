/**
 * One column of a coarser level: a tile of whole chunks in y and x, over all of z. The finer level streams through it
 * in blocks of its chunks, and is reduced along y, then x, then z as it comes, into a window of planes that moves down;
 * a layer of chunks is written once nothing can be added to it. So memory is a few chunks whatever the factor.
 *
 * @module
 */

import type { Threads } from "../../thread_job.ts";
import { type Box, type Shape3, type Triple, type VolumeSink, type VolumeSource, voxelCount } from "../../volume.ts";
import { ADD_STRETCH, type BandedRows, inputsOf, outputsBelow, type Range, type StretchRequest } from "./resample.ts";
import { PooledSlot } from "../flow/slots.ts";

/** Least values of a part of a stretch: with fewer, sending the job takes a thread as long as doing it. */
const LEAST_PART = 2 ** 18;

/** The matrices of the three axes. */
type Rows = readonly [z: BandedRows, y: BandedRows, x: BandedRows];

/** What columns of one level share. */
export interface ColumnLevel {
  readonly source: VolumeSource;
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

/** Values that a column holds of each kind. */
function columnSizes(rows: Rows, tile: Triple, block: Triple) {
  const [bz, by, bx] = block;
  return {
    input: bz * by * bx,
    alongY: bz * tile[1] * bx,
    alongX: bz * tile[1] * tile[2],
    window: windowPlanes(rows[0], tile[0], bz) * tile[1] * tile[2],
  };
}

/** Bytes of each buffer of a column: two blocks of float32, and float64 reduced along y, along x, and of the window. */
export function bufferBytes(rows: Rows, tile: Triple, block: Triple): number[] {
  const { input, alongY, alongX, window } = columnSizes(rows, tile, block);
  return [input, alongY, alongX, window].map((values) => 8 * values);
}

/** Bytes of a column: its buffers, a chunk to write, and a block more for what decoding and encoding take. */
export function columnBytes(rows: Rows, tile: Triple, block: Triple): number {
  const buffers = bufferBytes(rows, tile, block).reduce((sum, bytes) => sum + bytes);
  return buffers + 4 * (voxelCount(block) + voxelCount(tile));
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

/** What makes columns of a level. */
export class ColumnMaker {
  readonly #level: ColumnLevel;
  /** One block that is being reduced, and the next one that is being read. */
  readonly #inputs: readonly [Float32Array, Float32Array];
  readonly #alongY: Float64Array;
  readonly #alongX: Float64Array;
  readonly #window: Float64Array;

  /** @param room buffers of at least {@linkcode bufferBytes}; whatever they hold is overwritten. */
  constructor(level: ColumnLevel, [blocks, alongY, alongX, window]: readonly ArrayBufferLike[]) {
    this.#level = level;
    const sizes = columnSizes(level.rows, level.tile, level.block);
    this.#inputs = [new Float32Array(blocks, 0, sizes.input), new Float32Array(blocks, 4 * sizes.input, sizes.input)];
    this.#alongY = new Float64Array(alongY, 0, sizes.alongY);
    this.#alongX = new Float64Array(alongX, 0, sizes.alongX);
    this.#window = new Float64Array(window, 0, sizes.window);
  }

  /**
   * Makes the tile `y`, `x` of the coarser level, all planes.
   *
   * @param onRead called with each block that was read: its voxels, and their share of the column's.
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

  /**
   * Reads planes of the finer level under a tile and reduces them along y and x: shape `[planes, tile y, tile x]`.
   * Along y first, where rows are added as they lie, so that fewer are left for x, where they must be turned. A block
   * is read while the one before it is reduced.
   */
  async #reduce(z: Range, y: Range, x: Range, onRead: (voxels: number) => void): Promise<Float64Array> {
    const { rows: [, rowsY, rowsX], block } = this.#level;
    const [nz, ny, nx] = [z, y, x].map(({ from, to }) => to - from);
    const sums = this.#alongX.subarray(0, nz * ny * nx);
    const [allY, allX] = [inputsOf(rowsY, y), inputsOf(rowsX, x)];
    const blocks = [...blocksOf(allX, block[2])].flatMap((xIn) =>
      [...blocksOf(allY, block[1])].map((yIn) => ({ z, yIn, xIn }))
    );
    let reading = this.#read(blocks[0], 0, onRead);
    try {
      for (const [i, { yIn, xIn }] of blocks.entries()) {
        const data = await reading;
        if (i + 1 < blocks.length) reading = this.#read(blocks[i + 1], i + 1, onRead);
        const width = xIn.to - xIn.from;
        const along = this.#alongY.subarray(0, nz * ny * width);
        const alongY = { outer: nz, inner: width, inputs: yIn, outputs: y };
        await this.#add({ rows: rowsY, stretch: alongY, source: data, sums: along, first: yIn.from === allY.from });
        if (yIn.to < allY.to) continue;
        const alongX = { outer: nz * ny, inner: 1, inputs: xIn, outputs: x };
        await this.#add({ rows: rowsX, stretch: alongX, source: along, sums, first: xIn.from === allX.from });
      }
    } finally {
      await reading.catch(() => {}); // Where adding failed, what was being read must not fail unheard.
    }
    return sums;
  }

  /** Reads the block of number `turn` into the buffer that the one before it does not lie in. */
  async #read({ z, yIn, xIn }: InputBlock, turn: number, onRead: (voxels: number) => void): Promise<Float32Array> {
    const size = (z.to - z.from) * (yIn.to - yIn.from) * (xIn.to - xIn.from);
    const data = this.#inputs[turn % 2].subarray(0, size);
    await this.#level.source.read(boxOf(z, yIn, xIn), data);
    onRead(size);
    return data;
  }

  /** Adds a stretch, in as many parts as there are threads, where each has enough to do. */
  async #add(request: StretchRequest): Promise<void> {
    const { threads } = this.#level;
    await Promise.all(partsOf(request, threads.count).map((part) => threads.run(ADD_STRETCH, part)));
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

/** Cuts a stretch along its slower indices into at most `count` parts. */
function partsOf(request: StretchRequest, count: number): StretchRequest[] {
  const { stretch, source, sums } = request;
  const { outer, inner } = stretch;
  const perOuter = inner * (stretch.inputs.to - stretch.inputs.from);
  const perSum = inner * (stretch.outputs.to - stretch.outputs.from);
  const parts = Math.max(1, Math.min(count, outer, Math.floor(outer * perOuter / LEAST_PART)));
  return Array.from({ length: parts }, (_, i) => {
    const [from, to] = [i, i + 1].map((k) => Math.floor(k * outer / parts));
    return {
      ...request,
      stretch: { ...stretch, outer: to - from },
      source: source.subarray(from * perOuter, to * perOuter),
      sums: sums.subarray(from * perSum, to * perSum),
    };
  });
}

/** A block of the finer level. */
interface InputBlock {
  readonly z: Range;
  readonly yIn: Range;
  readonly xIn: Range;
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
