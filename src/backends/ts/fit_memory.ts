/**
 * The arrays of one fit, shared by all workers: what is allocated when a fit opens, when a level begins, and how the
 * work is cut.
 *
 * The unit of work is a tile: a run of rows of one plane. Tiles are cut by the shape of the sample grid alone and every
 * float sum is taken per tile, then over tiles in order, so that the number of workers changes no bit.
 *
 * @module
 */

import type { FitSamples, LevelStart, SplineRows3 } from "../backend.ts";
import { Fft } from "../../n4/fft.ts";
import { paddedBins } from "../../n4/sharpen.ts";
import { type Triple, voxelCount } from "../../volume.ts";
import type { Arena } from "../../wasm/arena.ts";
import { CONTRACT, SHARPEN, SUBTRACT } from "../../wasm/parameters.ts";
import { type ColumnTables, columnTables } from "./wasm/shared/spline_tables.ts";

/** Planes are cut into rows only where there are too few of them to keep many workers busy. */
const MIN_TILES = 64;

/**
 * Bytes of contracted tiles held at once; more tiles are taken in batches. Small enough to stay out of a memory limit's
 * way.
 */
const BATCH_BYTES = 32 * 2 ** 20;

/** What lives as long as a fit. */
export interface FitMemory {
  /** The memory that all arrays lie in. */
  readonly memory: WebAssembly.Memory;
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
  /** The spline rows where the WebAssembly stages read them. */
  readonly tables: LevelTables;
  /** Scratch of each member of the team. */
  readonly scratch: readonly LevelScratch[];
}

/** Copies of spline rows in the fit's memory. */
interface LevelTables {
  /** First control point of each plane of samples. */
  readonly zFirst: Int32Array;
  /** Weights of a plane of samples that evaluate it, four each. */
  readonly zEvaluate: Float64Array;
  /** Weights of its numerator, of its denominator, four each. */
  readonly zDelta: Float64Array;
  readonly zOmega: Float64Array;
  /** First control point of each row of samples. */
  readonly yFirst: Int32Array;
  /** Weights that evaluate it, four each. */
  readonly yEvaluate: Float64Array;
  /** Weights of its numerator, of its denominator, four each. */
  readonly yDelta: Float64Array;
  readonly yOmega: Float64Array;
  /** How columns are evaluated. */
  readonly x: ColumnTables;
  /** `x.evaluate` in float32. */
  readonly xSingle: Float32Array;
  /** Weights of a column's numerator, of its denominator, four each. */
  readonly xDelta: Float64Array;
  readonly xOmega: Float64Array;
}

/** What one member works with on a tile. */
export interface LevelScratch {
  /** Control values of a plane, length `points[1] * points[2]`. */
  readonly plane: Float64Array;
  /** Control values of a row, length `points[2]`. */
  readonly line: Float64Array;
  /** A value for each sample of a row, as vectors are filled up. */
  readonly samples: Float64Array;
  /** A value for each column of a row, likewise. */
  readonly columns: Float64Array;
  /** Results of a tile. */
  readonly result: Float64Array;
  /** Where the parameters of the stages lie. */
  readonly subtract: Uint8Array;
  readonly contract: Uint8Array;
}

/** What one member works with over some iterations. */
export interface IterateScratch {
  /** Histograms of all members, one behind the other. */
  readonly allCounts: Float64Array;
  /** Its own, length `bins`. */
  readonly counts: Float64Array;
  /** Counts and shares in one, as many; zeros. */
  readonly packed: Float64Array;
  /** E of each bin and its difference to the next one's; length `2 * bins`. */
  readonly steps: Float64Array;
  /** Four arrays as long as the transforms of the sharpening. */
  readonly padded: readonly Float64Array[];
  /** Tables of the transforms. */
  readonly fft: Pick<Fft, "cos" | "sin" | "reversed">;
  /** Where the parameters of `sharpen` lie. */
  readonly sharpen: Uint8Array;
}

/** Samples that a vector of them may reach beyond a row. */
const VECTOR = 4;

/** Copies the samples into shared memory and cuts the tiles. @throws {BackendError} when there is not enough of it. */
export function allocateFit(samples: FitSamples, arena: Arena): FitMemory {
  const [nz, ny] = [samples.z.length, samples.y.length];
  const tileRows = nz >= MIN_TILES ? ny : Math.ceil(ny / Math.ceil(MIN_TILES / nz));
  const tiles = nz * Math.ceil(ny / tileRows);
  const shared = {
    ...samples,
    rowStart: arena.copy(Uint32Array, samples.rowStart),
    xIndex: arena.copy(Uint16Array, samples.xIndex),
    value: arena.copy(Float32Array, samples.value),
    weight: samples.weight && arena.copy(Float32Array, samples.weight),
  };
  return {
    memory: arena.memory,
    samples: shared,
    u: arena.place(Float32Array, samples.value.length),
    tileRows,
    tiles,
    range: arena.take(Float64Array, 2 * tiles),
    sums: arena.take(Float64Array, 2 * tiles),
  };
}

/** Allocates a level's arrays and copies its lattice in. @throws {BackendError} when there is not enough memory. */
export function allocateLevel(fit: FitMemory, start: LevelStart, arena: Arena, members = 1): LevelMemory {
  const { rows, lattice: { points, values } } = start;
  const size = voxelCount(points);
  const plane = points[1] * points[2];
  const batch = Math.max(1, Math.min(fit.tiles, Math.floor(BATCH_BYTES / (8 * plane))));
  return {
    rows,
    points,
    lattice: arena.copy(Float64Array, values),
    phi: arena.take(Float64Array, size),
    omega: arena.take(Float64Array, size),
    delta: arena.take(Float64Array, size),
    contracted: arena.take(Float64Array, plane * batch),
    batch,
    tables: levelTables(rows, arena),
    scratch: Array.from({ length: members }, () => levelScratch(points, fit.samples.x.length, arena)),
  };
}

/** Allocates what each of `members` works with over some iterations. */
export function allocateIterations(bins: number, members: number, arena: Arena): IterateScratch[] {
  const { size, ...tables } = new Fft(paddedBins(bins));
  const allCounts = arena.take(Float64Array, bins * members);
  const fft = {
    cos: arena.copy(Float64Array, tables.cos),
    sin: arena.copy(Float64Array, tables.sin),
    reversed: arena.copy(Uint32Array, tables.reversed),
  };
  return Array.from({ length: members }, (_, member) => ({
    allCounts,
    counts: allCounts.subarray(bins * member, bins * (member + 1)),
    packed: arena.take(Float64Array, bins),
    steps: arena.take(Float64Array, 2 * bins),
    padded: Array.from({ length: 4 }, () => arena.take(Float64Array, size)),
    fft,
    sharpen: arena.take(Uint8Array, SHARPEN.bytes),
  }));
}

function levelTables([z, y, x]: SplineRows3, arena: Arena): LevelTables {
  const columns = columnTables(arena, x, 0, x.first.length);
  return {
    zFirst: arena.copy(Int32Array, z.first),
    zEvaluate: arena.copy(Float64Array, z.evaluate),
    zDelta: arena.copy(Float64Array, z.delta),
    zOmega: arena.copy(Float64Array, z.omega),
    yFirst: arena.copy(Int32Array, y.first),
    yEvaluate: arena.copy(Float64Array, y.evaluate),
    yDelta: arena.copy(Float64Array, y.delta),
    yOmega: arena.copy(Float64Array, y.omega),
    x: columns,
    xSingle: arena.copy(Float32Array, columns.evaluate),
    xDelta: arena.copy(Float64Array, x.delta),
    xOmega: arena.copy(Float64Array, x.omega),
  };
}

function levelScratch([, cy, cx]: Triple, columns: number, arena: Arena): LevelScratch {
  return {
    plane: arena.take(Float64Array, cy * cx),
    line: arena.take(Float64Array, cx),
    samples: arena.take(Float64Array, columns + VECTOR),
    columns: arena.take(Float64Array, columns + VECTOR),
    result: arena.take(Float64Array, 4),
    subtract: arena.take(Uint8Array, SUBTRACT.bytes),
    contract: arena.take(Uint8Array, CONTRACT.bytes),
  };
}

/** Tiles that a plane of samples is cut into. */
export function tilesPerPlane({ samples: { y }, tileRows }: FitMemory): number {
  return Math.ceil(y.length / tileRows);
}

/** Plane and rows `[row0, row1)` of a tile; rows count over all planes. */
export function tileRowRange(fit: FitMemory, tile: number): { plane: number; row0: number; row1: number } {
  const ny = fit.samples.y.length;
  const perPlane = tilesPerPlane(fit);
  const plane = Math.floor(tile / perPlane);
  const start = (tile - plane * perPlane) * fit.tileRows;
  return { plane, row0: plane * ny + start, row1: plane * ny + Math.min(ny, start + fit.tileRows) };
}
