/**
 * The pass that writes an image's coarser levels, each from a finer one as stored: rounded to the output type, read back from the partial output.
 *
 * A level is made in columns (`pyramid_column.ts`), so that each chunk under a column is read once, and those under its rim once a column. Levels that come from the same finer one
 * are made at once, and so are several columns of a level where memory allows. Which columns, how many at once, and where their blocks end, changes no bit (see `resample.ts`).
 *
 * @module
 */

import { CALLING_THREAD, type Threads } from "../job.ts";
import type { Shape3, Triple, VolumeSink, VolumeSource } from "../volume.ts";
import { forEachBounded } from "./bounded.ts";
import { readBlock } from "./boxes.ts";
import type { CoarserLevel, ImageOutput } from "./image.ts";
import type { PassContext } from "./passes.ts";
import { Column, columnBytes, type Rows } from "./pyramid_column.ts";
import { bandedRows, type Range } from "./resample.ts";

/** How the pass runs. */
export interface PyramidPass extends Pick<PassContext, "log" | "signal" | "threads"> {
  /** Bytes that its buffers may take; never less than one chunk's column of a level needs. */
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
        const atOnce = levelsAtOnce(pairs, pass.memory);
        await forEachBounded(pairs, atOnce, async ({ source, sink }) => {
          await resampleVolume(source, sink, { ...pass, memory: pass.memory / atOnce, onRead });
        });
      }
    }
  });
}

/** Parts that progress is told in. */
const PARTS = 100;

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

/** How many levels are made at once: all, or as many as memory holds the smallest columns of; at least one. */
export function levelsAtOnce(levels: readonly SourceAndSink[], memory: number): number {
  const least = levels.map(({ source, sink }) =>
    columnBytes(rowsBetween(source, sink), smallestTile(sink), readBlock(source.chunk))
  );
  return Math.max(1, Math.min(levels.length, Math.floor(memory / Math.max(1, ...least))));
}

/** The matrices from one grid to another over one field of view. */
function rowsBetween({ shape: from }: Pick<VolumeSource, "shape">, { shape: to }: Pick<VolumeSink, "shape">): Rows {
  return [bandedRows(from[0], to[0]), bandedRows(from[1], to[1]), bandedRows(from[2], to[2])];
}

/** How one volume is resampled. */
export interface ResampleOptions extends Pick<PyramidPass, "memory" | "signal" | "threads"> {
  /** Told of every block that was read: its voxels, and which part of all columns it makes. */
  readonly onRead?: (voxels: number, columns: number) => void;
}

/** Fills `sink` with `source` at the sink's shape, over one field of view. */
export async function resampleVolume(source: VolumeSource, sink: VolumeSink, options: ResampleOptions): Promise<void> {
  const { threads = CALLING_THREAD, signal, onRead } = options;
  const rows = rowsBetween(source, sink);
  const block = readBlock(source.chunk);
  const lanes = chooseLanes(rows, sink, block, options.memory, threads);
  const tile = chooseTile(rows, sink, block, options.memory / lanes);
  const tiles = tilesOf(sink.shape, tile);
  const level = { source, sink, rows, block, tile, threads };
  const idle: Column[] = [];
  await forEachBounded(tiles, Math.min(lanes, tiles.length), async ([y, x]) => {
    const column = idle.pop() ?? new Column(level);
    await column.run(y, x, (voxels, share) => {
      signal?.throwIfAborted();
      onRead?.(voxels, share / tiles.length);
    });
    idle.push(column);
  });
}

/** How many columns are made at once: one a thread and one more, as far as memory holds those of one chunk. */
function chooseLanes(rows: Rows, sink: VolumeSink, block: Triple, memory: number, threads: Threads): number {
  const least = columnBytes(rows, smallestTile(sink), block);
  return Math.max(1, Math.min(threads.count + 1, Math.floor(memory / least)));
}

function smallestTile({ chunk, shape }: VolumeSink): [z: number, y: number, x: number] {
  return [Math.min(chunk[0], shape[0]), Math.min(chunk[1], shape[1]), Math.min(chunk[2], shape[2])];
}

/** A tile of the coarser level in y and x (z: one chunk): whole chunks, as many as memory holds, no longer than the level. */
function chooseTile(rows: Rows, sink: VolumeSink, block: Triple, memory: number): Triple {
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

type Tile = readonly [y: Range, x: Range];

/** The tiles of a level, in C order. */
function tilesOf([, ny, nx]: Shape3, [, height, width]: Triple): Tile[] {
  const tiles: Tile[] = [];
  for (let y = 0; y < ny; y += height) {
    for (let x = 0; x < nx; x += width) {
      tiles.push([{ from: y, to: Math.min(y + height, ny) }, { from: x, to: Math.min(x + width, nx) }]);
    }
  }
  return tiles;
}
