/**
 * The arrays of one fit, shared by all workers: what is allocated when a fit opens, when a level begins, and how the work is cut.
 *
 * The unit of work is a tile: a run of rows of one plane. Tiles are cut by the shape of the sample grid alone and every float sum is taken per tile, then over
 * tiles in order, so that the number of workers changes no bit.
 *
 * @module
 */

import type { FitSamples, LevelStart, SplineRows, SplineRows3 } from "../backend.ts";
import { type Triple, voxelCount } from "../../volume.ts";
import { BARRIER_WORDS } from "./barrier.ts";

/** Allocates zeroed bytes, shared between workers or not. */
export type Allocate = (bytes: number) => ArrayBufferLike;

/** Planes are cut into rows only where there are too few of them to keep many workers busy. */
const MIN_TILES = 64;

/** Bytes of contracted tiles held at once; more tiles are taken in batches. Small enough to stay out of a memory limit's way. */
const BATCH_BYTES = 32 * 2 ** 20;

/** What lives as long as a fit. */
export interface FitMemory {
  /** The samples; see {@linkcode FitSamples}. */
  readonly samples: FitSamples;
  /** u = v - field of each sample; length M. */
  readonly u: Float32Array;
  /** Rows of a plane that one tile holds. */
  readonly tileRows: number;
  /** Number of tiles, in the order of their rows. */
  readonly tiles: number;
  /** Smallest and largest u of each tile: `[lo, hi]` pairs; length 2 * tiles. */
  readonly range: Float64Array;
  /** Sums of expm1(-h) and of its square of each tile: length 2 * tiles. */
  readonly sums: Float64Array;
  /** Words of the team's barrier. */
  readonly barrier: Int32Array;
}

/** What lives as long as a level. */
export interface LevelMemory {
  /** Spline rows of the samples on this level's lattice. */
  readonly rows: SplineRows3;
  /** Control points `[z, y, x]`. */
  readonly points: Triple;
  /** The log bias field so far. */
  readonly lattice: Float64Array;
  /** What the last iteration added to it. */
  readonly phi: Float64Array;
  /** Denominator of each control point, constant over the level. */
  readonly omega: Float64Array;
  /** Numerator of each control point. */
  readonly delta: Float64Array;
  /** Tiles contracted over x and y; `batch` planes of `points[1] * points[2]`. */
  readonly contracted: Float64Array;
  /** How many tiles `contracted` holds. */
  readonly batch: number;
}

/** Bytes that a fit of `samples` samples holds at most, lattices of `latticePoints` points included. */
export function fitBytes(samples: number, weighted: boolean, latticePoints: number): number {
  return samples * (4 + 4 + 2 + (weighted ? 4 : 0)) + 4 * 8 * latticePoints + BATCH_BYTES;
}

/** Copies the samples into shared memory and cuts the tiles. */
export function allocateFit(samples: FitSamples, allocate: Allocate): FitMemory {
  const [nz, ny] = [samples.z.length, samples.y.length];
  const tileRows = nz >= MIN_TILES ? ny : Math.ceil(ny / Math.ceil(MIN_TILES / nz));
  const tiles = nz * Math.ceil(ny / tileRows);
  const count = samples.value.length;
  const shared = {
    ...samples,
    rowStart: copied(new Uint32Array(allocate(4 * samples.rowStart.length)), samples.rowStart),
    xIndex: copied(new Uint16Array(allocate(2 * count)), samples.xIndex),
    value: copied(new Float32Array(allocate(4 * count)), samples.value),
    ...(samples.weight ? { weight: copied(new Float32Array(allocate(4 * count)), samples.weight) } : {}),
  };
  return {
    samples: shared,
    u: new Float32Array(allocate(4 * count)),
    tileRows,
    tiles,
    range: new Float64Array(allocate(16 * tiles)),
    sums: new Float64Array(allocate(16 * tiles)),
    barrier: new Int32Array(allocate(4 * BARRIER_WORDS)),
  };
}

/** Allocates a level's arrays and copies its lattice in. */
export function allocateLevel(fit: FitMemory, start: LevelStart, allocate: Allocate): LevelMemory {
  const points = start.lattice.points;
  const size = voxelCount(points);
  const plane = points[1] * points[2];
  const batch = Math.max(1, Math.min(fit.tiles, Math.floor(BATCH_BYTES / (8 * plane))));
  return {
    rows: start.rows,
    points,
    lattice: copied(new Float64Array(allocate(8 * size)), start.lattice.values),
    phi: new Float64Array(allocate(8 * size)),
    omega: new Float64Array(allocate(8 * size)),
    delta: new Float64Array(allocate(8 * size)),
    contracted: new Float64Array(allocate(8 * plane * batch)),
    batch,
  };
}

/** Plane and rows `[row0, row1)` of a tile; rows count over all planes. */
export function tileRowRange(fit: FitMemory, tile: number): { plane: number; row0: number; row1: number } {
  const ny = fit.samples.y.length;
  const perPlane = Math.ceil(ny / fit.tileRows);
  const plane = Math.floor(tile / perPlane);
  const start = (tile - plane * perPlane) * fit.tileRows;
  return { plane, row0: plane * ny + start, row1: plane * ny + Math.min(ny, start + fit.tileRows) };
}

/** For each first control point k of an axis, the end of the run of positions that it belongs to: position i lies before `spanEnds[first[i]]`. */
export function spanEnds({ first, points }: SplineRows): Int32Array {
  const ends = new Int32Array(points);
  for (let i = 0; i < first.length; i++) ends[first[i]] = i + 1;
  return ends;
}

function copied<T extends { set(from: ArrayLike<number>): void }>(to: T, from: ArrayLike<number>): T {
  to.set(from);
  return to;
}
