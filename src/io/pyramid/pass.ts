/**
 * The pass that writes an image's coarser levels, each from a finer one as stored: rounded to the output type, read
 * back from the partial output.
 *
 * A level is made in columns (`column.ts`), so that each chunk under a column is read once, and those under its rim
 * once a column. Several columns are made at once where memory allows, of all levels that come from the same finer one.
 * How they are cut changes no bit (see `resample.ts`).
 *
 * @module
 */

import { CALLING_THREAD } from "../../thread_job.ts";
import { perAxis, type Shape3, type Triple, type VolumeSink, type VolumeSource } from "../../volume.ts";
import { forEachBounded } from "../flow/bounded.ts";
import { readBlock } from "../flow/boxes.ts";
import type { CoarserLevel, ImageOutput } from "../image.ts";
import type { PassContext } from "../flow/passes.ts";
import { bufferBytes, columnBytes, type ColumnLevel, ColumnMaker } from "./column.ts";
import type { PyramidPlan } from "./plan.ts";
import { bandedRows, inputsOf, type Range } from "./resample.ts";
import { lengthOf } from "./resample_wasm.ts";
import { giveBackBuffers, takeBuffer } from "../flow/slots.ts";

/** How the pass runs. */
export interface PyramidPass extends Pick<PassContext, "log" | "signal" | "threads"> {
  /** Bytes that its buffers may take; never less than one chunk's column of a level needs. */
  readonly memory: number;
}

/** One coarser level of one volume: the place of the level among {@linkcode ImageOutput.coarser}, and of the volume. */
export type PyramidPart = readonly [level: number, volume: number];

/** All coarser levels of a number of volumes, each after the level that it is made from. */
export function pyramidParts(output: Pick<ImageOutput, "coarser">, volumes: number): PyramidPart[] {
  return output.coarser.flatMap((_, level) =>
    Array.from({ length: volumes }, (_, volume): PyramidPart => [level, volume])
  );
}

/** Writes coarser levels, by default all (or none where there are none); what they are made from must be there. */
export async function writePyramid(
  output: Pick<ImageOutput, "coarser">,
  volumes: number,
  pass: PyramidPass,
  parts: readonly PyramidPart[] = pyramidParts(output, volumes),
): Promise<void> {
  if (parts.length === 0) return;
  const { log } = pass;
  const start = performance.now();
  await log.stage("pyramid", async (moved) => {
    const progress = { done: 0, bytes: 0 };
    const onRead = (voxels: number, columns: number) => {
      moved(4 * voxels);
      progress.bytes += 4 * voxels;
      progress.done += columns / parts.length;
      const seconds = (performance.now() - start) / 1000;
      const shares = { done: Math.min(PARTS, Math.round(PARTS * progress.done)), total: PARTS };
      log.emit({ event: "boxes", stage: "pyramid", ...shares, bytes: progress.bytes, seconds });
    };
    for (const group of together(output.coarser)) {
      for (let volume = 0; volume < volumes; volume++) {
        const levels = group.filter((level) => parts.some(([i, v]) => output.coarser[i] === level && v === volume));
        const pairs: SourceAndSink[] = [];
        for (const level of levels) pairs.push({ source: await level.source(volume), sink: level.sink(volume) });
        await resampleVolumes(pairs, { ...pass, onRead });
      }
    }
  });
}

/** Parts that progress is reported in. */
const PARTS = 100;

/**
 * Bytes that the narrowest columns take, of the level that takes most.
 *
 * @param shape of level 0.
 * @param storageOf files and chunks of a level.
 */
export function leastPyramidBytes(
  shape: Shape3,
  { levels }: PyramidPlan,
  storageOf: (shape: Shape3) => { readonly chunk: Shape3; readonly shard?: Shape3 },
): number {
  const shapes = [shape, ...levels.map((level) => level.shape)];
  return levels.reduce((most, level) => {
    const finer = shapes[level.from];
    const rows = perAxis((a) => bandedRows(finer[a], level.shape[a]));
    const { chunk, shard = chunk } = storageOf(level.shape);
    const tile = perAxis((a) => Math.min(shard[a], level.shape[a]));
    return Math.max(most, columnBytes(rows, tile, readBlock(storageOf(finer).chunk)));
  }, 0);
}

/** Runs of levels that come from the same finer one. */
function together(levels: readonly CoarserLevel[]): CoarserLevel[][] {
  const runs: CoarserLevel[][] = [];
  for (const level of levels) {
    if (runs.at(-1)?.[0].from === level.from) runs.at(-1)?.push(level);
    else runs.push([level]);
  }
  return runs;
}

/** A level and the finer one that it is made from. */
interface SourceAndSink {
  readonly source: VolumeSource;
  readonly sink: VolumeSink;
}

/** How volumes are resampled. */
interface ResampleOptions extends Pick<PyramidPass, "memory" | "signal" | "threads"> {
  /** Called with every block that was read: its voxels, and their share of all columns of its volume. */
  readonly onRead?: (voxels: number, columns: number) => void;
}

/** Fills each sink with its source at the sink's shape, over one field of view. */
export async function resampleVolumes(pairs: readonly SourceAndSink[], options: ResampleOptions): Promise<void> {
  const { threads = CALLING_THREAD, signal, onRead } = options;
  const grids = pairs.map(gridOf);
  const lanes = lanesFor(grids, options.memory, threads.count);
  const levels = grids.map((grid) => ({ ...grid, tile: chooseTile(grid, options.memory / lanes), threads }));
  const sizes = levels.map(({ rows, tile, block }) => bufferBytes(rows, tile, block));
  const rooms: ArrayBufferLike[][] = [];
  try {
    await forEachBounded(columnsOf(levels), lanes, async ({ level, of, y, x }) => {
      // Several buffers, since those that boxes had are of that size; one for all would be new memory.
      const room = rooms.pop() ?? sizes[0].map((_, i) => takeBuffer(Math.max(...sizes.map((each) => each[i]))));
      await new ColumnMaker(level, room).run(y, x, (voxels, share) => {
        signal?.throwIfAborted();
        onRead?.(voxels, share / of);
      });
      rooms.push(room);
    });
  } finally {
    giveBackBuffers(rooms.flat());
  }
}

/** A level with the matrices from the finer one over one field of view, and what is read at once. */
type Grid = Omit<ColumnLevel, "tile" | "threads">;

/** A level as it will be made. */
export function gridOf({ source, sink }: SourceAndSink): Grid {
  const rows = perAxis((a) => bandedRows(source.shape[a], sink.shape[a]));
  return { source, sink, rows, block: readBlock(source.chunk) };
}

/** Most columns made at once: all threads share the work of each, and more columns would have to be narrower. */
const MOST_LANES = 3;

/** How many columns are made at once: without threads one, else as many as memory holds at their smallest. */
export function lanesFor(grids: readonly Grid[], memory: number, threads: number): number {
  const least = grids.map((grid) => columnBytes(grid.rows, smallestTile(grid.sink), grid.block));
  return Math.max(1, Math.min(threads + 1, MOST_LANES, Math.floor(memory / Math.max(1, ...least))));
}

function smallestTile({ chunk, shape }: VolumeSink): [z: number, y: number, x: number] {
  return perAxis((a) => Math.min(chunk[a], shape[a]));
}

/** A tile of the coarser level in y and x (z: one chunk): as many whole chunks as memory holds. */
function chooseTile({ rows, sink, block }: Grid, memory: number): Triple {
  const tile = smallestTile(sink);
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

/** A column, and how many its level has. */
interface Column {
  readonly level: ColumnLevel;
  readonly of: number;
  readonly y: Range;
  readonly x: Range;
}

/**
 * The columns of all levels, in parts of the finer level as large as the largest columns: what one level has read may
 * still be in the system's cache for another. Within a part the largest columns come first, so that all lanes end at
 * about the same time.
 */
function columnsOf(levels: readonly ColumnLevel[]): Column[] {
  const placed = levels.flatMap((level) =>
    tilesOf(level).map(([y, x], _, { length: of }) => {
      const { rows: [, rowsY, rowsX] } = level;
      return { column: { level, of, y, x }, y: inputsOf(rowsY, y), x: inputsOf(rowsX, x) };
    })
  );
  const height = placed.reduce((most, { y }) => Math.max(most, lengthOf(y)), 1);
  const width = placed.reduce((most, { x }) => Math.max(most, lengthOf(x)), 1);
  const part = ({ from, to }: Range, edge: number) => Math.floor((from + to) / 2 / edge);
  const order = placed.map(({ column, y, x }) => {
    return { column, y: part(y, height), x: part(x, width), size: lengthOf(y) * lengthOf(x) };
  });
  order.sort((a, b) => a.y - b.y || a.x - b.x || b.size - a.size);
  return order.map(({ column }) => column);
}

/** The tiles of a level, in C order. */
function tilesOf({ sink: { shape: [, ny, nx] }, tile: [, height, width] }: ColumnLevel): (readonly [Range, Range])[] {
  const tiles: (readonly [Range, Range])[] = [];
  for (let y = 0; y < ny; y += height) {
    for (let x = 0; x < nx; x += width) {
      tiles.push([{ from: y, to: Math.min(y + height, ny) }, { from: x, to: Math.min(x + width, nx) }]);
    }
  }
  return tiles;
}
