/**
 * Boxes under a memory limit: how large, how many at once, and what the process will need in all.
 *
 * @module
 */

import { MemoryLimitError } from "../errors.ts";
import { MOST_SMOOTHED_VOXELS } from "../intensity/mask/smoothed.ts";
import { gzipBytes } from "../io/codecs/gzip_size.ts";
import { BOX_VOXELS, planBoxes, transferBlock, type TransferTraits } from "../io/flow/boxes.ts";
import { bytesPerValue } from "../io/numeric.ts";
import {
  boxVoxels as boxVoxelsOf,
  perAxis,
  type Shape3,
  type VolumeSink,
  type VolumeSource,
  voxelCount,
} from "../volume.ts";

/** How a volume is stored, as far as it matters to the plan. */
export interface StorageTraits extends TransferTraits {
  /** Worker threads that will share the work. */
  readonly workers: number;
  /** Threads that decode, count and encode beside them; left out: as many. */
  readonly threads?: number;
  /** Whether the input itself must be read in C order; left out: no. */
  readonly readForwardOnly?: boolean;
  /** Whether the output itself must be written in C order; left out: no. */
  readonly writeForwardOnly?: boolean;
  /** Whether a confidence image is read along. */
  readonly weighted: boolean;
  /** Whether a region that the correction is judged by is read; left out: no. */
  readonly judged?: boolean;
  /** Whether another image is read along with each box, or what was read is kept beside it; left out: no. */
  readonly companions?: boolean;
  /** Bytes of a voxel as stored; left out: 4. */
  readonly readBytes?: number;
  /** Bytes of a voxel as written; left out: 4. */
  readonly writeBytes?: number;
  /** Bytes that encoding takes of a thread beside what it encodes; left out: none. */
  readonly encoderBytes?: number;
  /** Bytes that the coarser levels of the output take at least, when all else is done; left out: none. */
  readonly pyramidBytes?: number;
}

/** Boxes under a memory limit. */
export interface BoxPlan {
  /** Most voxels of a box (never less than a block). */
  readonly boxVoxels: number;
  /** Boxes in flight at once. */
  readonly slots: number;
  /** Memory that the process needs, bytes. */
  readonly memory: number;
  /** Bytes of it that are held beside boxes: the fit, the mask's bits; columns of coarser levels take their place. */
  readonly heldBytes: number;
}

/** Deno, this program and zlib: 99 to 117 MiB measured after one small volume without workers. */
const BASE_BYTES = 110 * 2 ** 20;

/** Most that the collector leaves of work that is done: as much as the volume, and no more than this of a large one. */
const GARBAGE_BYTES = 58 * 2 ** 20;

/** Most that it leaves beside that of chunks which are larger than boxes otherwise are: of two what is beyond a box. */
const LARGE_GARBAGE_BYTES = 64 * 2 ** 20;

/**
 * What each worker thread adds: 11.3 MiB measured, over 1 to 64 of them, and WebAssembly memory with compiled code, 1.5
 * MiB for tiles of boxes and 1.0 for jobs.
 */
const WORKER_BYTES = 15.5 * 2 ** 20;

/** Files of a box that are read, or encoded and written, at the same time. */
const FILES_AT_ONCE = 4;

/**
 * What files, chunks or shards, take of boxes as they are read and written, and while they are coded: of so many boxes,
 * the largest of so many voxels, so many voxels in all.
 */
function codingBytes(
  shape: Shape3,
  { readChunk, writeChunk, readBytes = 4, writeBytes = 4, workers, threads = workers, ...ends }: StorageTraits,
): (voxels: number, slots: number, all: number) => number {
  const block = transferBlock(shape, { readChunk, writeChunk, ...ends });
  const filesOf = (chunk: Shape3) => {
    const ofBlock = voxelCount(perAxis((a) => Math.ceil(block[a] / chunk[a])));
    return (voxels: number) => Math.min(FILES_AT_ONCE, Math.max(ofBlock, Math.ceil(voxels / voxelCount(chunk))));
  };
  const [read, written] = [filesOf(readChunk), filesOf(writeChunk)];
  const [readFile, writtenFile] = [voxelCount(readChunk) * readBytes, writeBytes * voxelCount(writeChunk)];
  const isCut = shape.some((n, a) => n % Math.min(n, writeChunk[a]) !== 0);
  return (voxels, slots, all) => {
    const atWork = (files: number) => Math.min(Math.max(1, threads), slots * files);
    // A thread has the plain bytes of a whole chunk, however small boxes are, or puts one together.
    const together = isCut || written(voxels) > 1 ? atWork(written(voxels)) * writtenFile : 0;
    const stored = Math.max(
      slots * read(voxels) * readFile,
      Math.min(slots * written(voxels) * writtenFile, writeBytes * all),
    );
    return stored + Math.max(atWork(read(voxels)) * readFile, together);
  };
}

/** What the collector leaves of work that is done; of chunks, those that were read before the one at hand. */
function garbageBytes(shape: Shape3, { readChunk, readBytes = 4 }: StorageTraits): number {
  const voxels = voxelCount(readChunk);
  const before = voxelCount(perAxis((a) => Math.ceil(shape[a] / readChunk[a]))) - 1;
  const large = Math.min(2, before) * Math.max(0, voxels - BOX_VOXELS) * readBytes;
  return Math.min(GARBAGE_BYTES, 4 * voxelCount(shape)) + Math.min(LARGE_GARBAGE_BYTES, large);
}

/**
 * Chooses box size and slots under the limit.
 *
 * @param held bytes that are there beside the boxes: the fit, the mask's bits.
 * @throws {MemoryLimitError} when even the smallest boxes exceed the limit.
 */
export function planBoxMemory(shape: Shape3, storage: StorageTraits, limit: number, held: number): BoxPlan {
  const block = transferBlock(shape, storage);
  const blockVoxels = voxelCount(block);
  const { workers, threads = workers, weighted, companions, writeForwardOnly = false } = storage;
  const { encoderBytes = 0, pyramidBytes = 0 } = storage;
  const heldBytes = Math.max(held, pyramidBytes);
  const files = voxelCount(perAxis((a) => Math.ceil(shape[a] / storage.writeChunk[a])));
  const encoders = Math.min(Math.max(1, threads), files);
  const writing = encoders * encoderBytes + (writeForwardOnly ? gzipBytes(threads) : 0);
  const program = BASE_BYTES + garbageBytes(shape, storage);
  const base = program + Math.max(workers, threads) * WORKER_BYTES + writing + heldBytes;
  // Intensity and mark of a voxel, and what is read along.
  const voxelBytes = 4 + 1 + (weighted || companions ? 4 : 0);
  const coding = codingBytes(shape, storage);
  const memory = (voxels: number, slots: number) => {
    // A volume of a few boxes may have fewer than slots, and smaller ones.
    const boxes = voxelCount(shape) > 2 * slots * voxels ? undefined : planBoxes(shape, block, voxels);
    const sizes = (boxes?.map(boxVoxelsOf) ?? Array<number>(slots).fill(voxels)).sort((a, b) => b - a).slice(0, slots);
    const together = sizes.reduce((sum, size) => sum + size, 0);
    // A slot holds the largest box at some time, and keeps what it took.
    return base + sizes.length * sizes[0] * voxelBytes + coding(sizes[0], sizes.length, together);
  };
  let slots = Math.max(workers, threads) + 1;
  // Planes in C order through thick chunks: a box as thick as a chunk reads each once, if memory allows.
  const [, ny, nx] = shape;
  const layer = storage.forwardOnly ? Math.min(storage.readChunk[0], shape[0]) * ny * nx : 0;
  let boxVoxels = Math.max(Math.min(BOX_VOXELS, voxelCount(shape)), blockVoxels, layer);
  while (memory(boxVoxels, slots) > limit && boxVoxels > blockVoxels) boxVoxels = Math.max(blockVoxels, boxVoxels / 2);
  while (memory(boxVoxels, slots) > limit && slots > 1) slots--;
  const needed = memory(boxVoxels, slots);
  if (needed > limit) {
    const text = "Cannot stream the volume as option 'memoryLimit' must hold a box of it and what is kept beside it";
    throw new MemoryLimitError(
      needed,
      `${text}, at least ${mebibytes(needed)}: current value is ${sizeText(limit)}`,
    );
  }
  return { boxVoxels, slots, memory: needed, heldBytes };
}

/**
 * Plans the boxes of a transfer without a fit.
 *
 * @param held bytes that are there beside the boxes.
 * @throws {MemoryLimitError} when the smallest boxes exceed the limit.
 */
export function planTransfer(
  source: Pick<VolumeSource, "shape" | "chunk" | "forwardOnly" | "dataType">,
  { chunk: writeChunk, forwardOnly, writeBytes, encoderBytes, pyramidBytes }: PlannedOutput,
  workers: number,
  limit: number,
  held = 0,
): BoxPlan {
  const storage = {
    readChunk: source.chunk,
    readBytes: bytesPerValue(source.dataType),
    writeChunk,
    writeBytes,
    forwardOnly: source.forwardOnly || forwardOnly,
    writeForwardOnly: forwardOnly,
    workers,
    weighted: false,
    encoderBytes,
    pyramidBytes,
  };
  return planBoxMemory(source.shape, storage, limit, held);
}

/** Memory beside the plan that is filled as far as the limit goes, bytes. */
export interface FilledRooms {
  /** Of decoded chunks, or of a file that was inflated or fetched, kept from one read to the next. */
  readonly kept: number;
  /** Of columns of coarser levels, beyond what the plan holds. */
  readonly columns: number;
}

/** An output as plans see it. */
export interface PlannedOutput extends Pick<VolumeSink, "chunk" | "forwardOnly"> {
  /** See {@linkcode StorageTraits.writeBytes}. */
  readonly writeBytes?: number;
  /** See {@linkcode StorageTraits.encoderBytes}. */
  readonly encoderBytes?: number;
  /** See {@linkcode StorageTraits.pyramidBytes}. */
  readonly pyramidBytes?: number;
}

/** A smoothed box at its largest: raw with its halo and smoothed. */
const SMOOTHED_BOX_BYTES = 12 * MOST_SMOOTHED_VOXELS;

/** Smoothed boxes that the plan counts, of the usual size. */
const LEAST_SMOOTHED = 2;

/**
 * Smoothed boxes in flight at once: those that are planned, and where these are two more in an eighth of what the limit
 * leaves. Of an image that is read in C order no more: its boxes are whole planes, which come one after the other.
 */
export function smoothedSlots(
  { slots, memory }: Pick<BoxPlan, "slots" | "memory">,
  limit: number,
  { readForwardOnly }: Pick<StorageTraits, "readForwardOnly"> = {},
  planned: number = LEAST_SMOOTHED,
): number {
  if (readForwardOnly || planned < LEAST_SMOOTHED) return planned;
  const more = Math.floor((limit - memory) / 8 / SMOOTHED_BOX_BYTES);
  return Math.min(Math.max(LEAST_SMOOTHED, slots), LEAST_SMOOTHED + Math.max(0, more));
}

/** What the making of a tissue mask takes where the limit leaves it, beside more smoothed boxes. */
export interface MaskRoom {
  /** Whether the second read drafts the mask, by what the first one counts. */
  readonly draftsMask: boolean;
  /** Planes that are closed at once. */
  readonly closingSlots: number;
  /** Bytes of both. */
  readonly maskBytes: number;
}

/**
 * Allows the mask to be drafted, and planes to be closed at once, each in an eighth of what the limit leaves.
 *
 * @param coarse bytes of what the first read counts for the draft; `undefined` where no tissue mask is made.
 * @param plane bytes of a plane that is closed; the plan counts one.
 */
export function planMaskRoom(
  { slots, memory }: Pick<BoxPlan, "slots" | "memory">,
  limit: number,
  coarse: number | undefined,
  plane: number,
): MaskRoom {
  if (coarse === undefined) return { draftsMask: false, closingSlots: 1, maskBytes: 0 };
  const room = (limit - memory) / 8;
  const draftsMask = coarse <= room;
  const more = Math.min(slots - 1, Math.max(0, Math.floor(room / plane)));
  return { draftsMask, closingSlots: 1 + more, maskBytes: Math.max(draftsMask ? coarse : 0, more * plane) };
}

/**
 * Bytes that the cache of chunks leaves free, for what is not held at once: more smoothed boxes in flight beside
 * `maskBytes` of a mask's making, then the coarser levels.
 */
function reservedMemory(smoothed: number, limit: number, maskBytes = 0): number {
  return Math.max(pyramidMemory(limit), (smoothed - LEAST_SMOOTHED) * SMOOTHED_BOX_BYTES + maskBytes);
}

/** Bytes that chunks may be kept in from one read to the next: what all else leaves of the limit. */
export function cacheBytes(
  { memory, aheadBytes, smoothedSlots, maskBytes }: Pick<BoxPlan, "memory"> & {
    readonly aheadBytes: number;
    readonly smoothedSlots: number;
    readonly maskBytes: number;
  },
  limit: number,
): number {
  return Math.max(0, limit - memory - aheadBytes - reservedMemory(smoothedSlots, limit, maskBytes));
}

/** Wider columns would re-read less at their rims, but this much reads only 1.5 % twice at 256 x 1024 x 1024. */
const MAX_PYRAMID_BYTES = 3 * 2 ** 27;

/** Bytes for the pyramid: a quarter of what is left, as apply's buffers and the fit's samples may not be freed yet. */
export function pyramidMemory(limit: number): number {
  return Math.min(MAX_PYRAMID_BYTES, Math.max(0, limit - BASE_BYTES - GARBAGE_BYTES) / 4);
}

/** A size to four digits: `2GiB`, `9.537MiB` for 10 MB, `100 bytes`. */
export function sizeText(bytes: number): string {
  if (bytes < 2 ** 20) return `${bytes} bytes`;
  if (bytes % 2 ** 30 === 0) return `${bytes / 2 ** 30}GiB`;
  return `${Number((bytes / 2 ** 20).toPrecision(4))}MiB`;
}

/** Bytes as `--memory-limit` takes them, rounded up: `512MiB`, one word that can be copied. */
function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)}MiB`;
}
