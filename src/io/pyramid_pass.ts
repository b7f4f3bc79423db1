/**
 * The pass that writes an image's coarser levels, each from a finer one as stored: rounded to the output type, read back from the partial output.
 *
 * A level is made in columns: a tile of whole chunks in y and x, over all of z. The finer level streams through a column in blocks of its chunks, and
 * is reduced along x, then y, then z as it comes, into a window of planes that moves down; a layer of chunks is written once nothing can be
 * added to it. So memory is a few chunks whatever the factor, and each chunk under a column is read once (those under its rim, once
 * a column). Which tiles, and where the blocks end, changes no bit (see `resample.ts`).
 *
 * @module
 */

import { type Box, type Shape3, type Triple, type VolumeSink, type VolumeSource, voxelCount } from "../volume.ts";
import { readBlock } from "./boxes.ts";
import type { ImageOutput } from "./image.ts";
import type { PassContext } from "./passes.ts";
import { addStretch, type BandedRows, bandedRows, inputsOf, outputsBelow, type Range } from "./resample.ts";

/** How the pass runs. */
export interface PyramidPass extends Pick<PassContext, "log" | "signal"> {
  /** Bytes that its buffers may take; never less than one chunk's column needs. */
  readonly memory: number;
}

/** One coarser level of one volume: the place of the level among {@linkcode ImageOutput.coarser}, and of the volume. */
export type PyramidPart = readonly [level: number, volume: number];

/** All coarser levels of so many volumes, in an order in which each finds what it is made from. */
export function pyramidParts(output: ImageOutput, volumes: number): PyramidPart[] {
  return output.coarser.flatMap((_, level) =>
    Array.from({ length: volumes }, (_, volume): PyramidPart => [level, volume])
  );
}

/** Writes coarser levels, all of them where `parts` does not say which; what they are made from must have been written. Does nothing where there are none. */
export async function writePyramid(
  output: ImageOutput,
  volumes: number,
  pass: PyramidPass,
  parts: readonly PyramidPart[] = pyramidParts(output, volumes),
): Promise<void> {
  if (parts.length === 0) return;
  const { log } = pass;
  const start = performance.now();
  await log.stage("pyramid", async (moved) => {
    let bytes = 0;
    const onRead = (voxels: number, done: number, total: number, level: number) => {
      moved(4 * voxels);
      bytes += 4 * voxels;
      const seconds = (performance.now() - start) / 1000;
      const all = { done: level * total + done, total: parts.length * total };
      log.emit({ event: "boxes", stage: "pyramid", ...all, bytes, seconds });
    };
    for (const [turn, [index, volume]] of parts.entries()) {
      const level = output.coarser[index];
      await resampleVolume(await level.source(volume), level.sink(volume), {
        ...pass,
        onRead: (voxels, done, total) => onRead(voxels, done, total, turn),
      });
    }
  });
}

/** How one volume is resampled. */
export interface ResampleOptions extends Pick<PyramidPass, "memory" | "signal"> {
  /** Told of every block that was read: its voxels, and how many columns of how many are done. */
  readonly onRead?: (voxels: number, done: number, total: number) => void;
}

/** Fills `sink` with `source` at the sink's shape, over one field of view. */
export async function resampleVolume(source: VolumeSource, sink: VolumeSink, options: ResampleOptions): Promise<void> {
  const rows: Rows = [0, 1, 2].map((a) => bandedRows(source.shape[a], sink.shape[a])) as unknown as Rows;
  const block = readBlock(source.chunk);
  const tile = chooseTile(rows, sink, block, options.memory);
  const tiles = [1, 2].map((a) => Math.ceil(sink.shape[a] / tile[a]));
  const column = new Column(source, sink, rows, block, tile);
  for (let i = 0; i < tiles[0] * tiles[1]; i++) {
    const y = tile[1] * Math.floor(i / tiles[1]);
    const x = tile[2] * (i % tiles[1]);
    await column.run(
      { from: y, to: Math.min(y + tile[1], sink.shape[1]) },
      { from: x, to: Math.min(x + tile[2], sink.shape[2]) },
      (voxels) => {
        options.signal?.throwIfAborted();
        options.onRead?.(voxels, i, tiles[0] * tiles[1]);
      },
    );
  }
}

type Rows = readonly [z: BandedRows, y: BandedRows, x: BandedRows];

/** A tile of the coarser level in y and x (z: one chunk): whole chunks, as many as memory holds, no longer than the level. */
function chooseTile(rows: Rows, sink: VolumeSink, block: Triple, memory: number): Triple {
  const tile: [number, number, number] = [0, 1, 2].map((a) => Math.min(sink.chunk[a], sink.shape[a])) as typeof tile;
  for (let axis = 2, stuck = 0; stuck < 2; axis = 3 - axis) {
    const wider: typeof tile = [...tile];
    wider[axis] = Math.min(sink.shape[axis], 2 * tile[axis]);
    if (wider[axis] === tile[axis] || columnBytes(rows, wider, block) > memory) {
      stuck++;
      continue;
    }
    tile[axis] = wider[axis];
    stuck = 0;
  }
  return tile;
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
function columnBytes(rows: Rows, tile: Triple, block: Triple): number {
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
class Column {
  readonly #source: VolumeSource;
  readonly #sink: VolumeSink;
  readonly #rows: Rows;
  readonly #block: Triple;
  readonly #layer: number;
  readonly #input: Float32Array;
  readonly #alongX: Float64Array;
  readonly #alongY: Float64Array;
  readonly #window: Float64Array;

  constructor(source: VolumeSource, sink: VolumeSink, rows: Rows, block: Triple, tile: Triple) {
    this.#source = source;
    this.#sink = sink;
    this.#rows = rows;
    this.#block = block;
    this.#layer = tile[0];
    const sizes = columnSizes(rows, tile, block);
    this.#input = new Float32Array(sizes.input);
    this.#alongX = new Float64Array(sizes.alongX);
    this.#alongY = new Float64Array(sizes.alongY);
    this.#window = new Float64Array(sizes.window);
  }

  /** Makes the tile `y`, `x` of the coarser level, all planes. */
  async run(y: Range, x: Range, onRead: (voxels: number) => void): Promise<void> {
    const rows = this.#rows[0];
    const plane = (y.to - y.from) * (x.to - x.from);
    let top = 0; // First plane of the window.
    this.#window.fill(0);
    for (const inputs of blocksOf({ from: 0, to: rows.inputs }, this.#block[0])) {
      const planes = await this.#reduce(inputs, y, x, onRead);
      const outputs = { from: top, to: outputsBelow(rows, inputs.to) };
      addStretch(rows, { outer: 1, inner: plane, inputs, outputs }, planes, this.#window);
      for (;;) {
        const layer = { from: top, to: Math.min(top + this.#layer, rows.outputs) };
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
    const [, rowsY, rowsX] = this.#rows;
    const [nz, ny, nx] = [z, y, x].map(({ from, to }) => to - from);
    const sums = this.#alongY.subarray(0, nz * ny * nx).fill(0);
    for (const yIn of blocksOf(inputsOf(rowsY, y), this.#block[1])) {
      const depth = yIn.to - yIn.from;
      const along = this.#alongX.subarray(0, nz * depth * nx).fill(0);
      for (const xIn of blocksOf(inputsOf(rowsX, x), this.#block[2])) {
        const data = this.#input.subarray(0, nz * depth * (xIn.to - xIn.from));
        await this.#source.read(boxOf(z, yIn, xIn), data);
        onRead(data.length);
        addStretch(rowsX, { outer: nz * depth, inner: 1, inputs: xIn, outputs: x }, data, along);
      }
      addStretch(rowsY, { outer: nz, inner: nx, inputs: yIn, outputs: y }, along, sums);
    }
    return sums;
  }

  /** Writes a finished layer of the window, chunk by chunk. */
  async #write(z: Range, y: Range, x: Range): Promise<void> {
    const shape: Shape3 = [z.to - z.from, y.to - y.from, x.to - x.from];
    for (const yOut of blocksOf(y, this.#sink.chunk[1])) {
      for (const xOut of blocksOf(x, this.#sink.chunk[2])) {
        const [ny, nx] = [yOut.to - yOut.from, xOut.to - xOut.from];
        const data = new Float32Array(shape[0] * ny * nx);
        for (let row = 0; row < shape[0] * ny; row++) {
          const line = Math.floor(row / ny) * shape[1] + (row % ny) + yOut.from - y.from;
          const at = line * shape[2] + xOut.from - x.from;
          data.set(this.#window.subarray(at, at + nx), row * nx);
        }
        await this.#sink.write(boxOf(z, yOut, xOut), data);
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
