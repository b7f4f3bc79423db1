/**
 * A mask of one bit a voxel. Boxes of it are read and written as bytes 0 and 1, planes as packed words.
 *
 * A packed plane has its rows one after the other, each padded to whole 32-bit words: bit `x & 31` of word `x >> 5` is
 * column x, and the padding is 0.
 *
 * @module
 */

import { checkBox, forEachRow } from "../../io/flow/boxes.ts";
import { type Box, boxShape, boxVoxels, type Shape3, type Triple } from "../../volume.ts";
import { nearestInVolume } from "../../n4/shrink.ts";
import { keepFinite } from "./mark_inside.ts";
import type { MaskReader } from "./mask.ts";

/** Words of a packed row. */
export function wordsPerRow(columns: number): number {
  return (columns + 31) >>> 5;
}

/** Words of a packed row that the columns of a box lie in. */
export function wordsAcross({ x0, x1 }: Pick<Box, "x0" | "x1">): number {
  return wordsPerRow(x1) - (x0 >>> 5);
}

/** A mask over a whole volume, one bit a voxel; 0 at first. */
export interface BitVolume {
  /** Voxels along `[z, y, x]`. */
  readonly shape: Shape3;
  /** 32-bit words of a packed plane. */
  readonly planeWords: number;
  /**
   * Writes 1 inside and 0 outside for every voxel of `box`.
   *
   * @throws {RangeError} when the box reaches out of the volume.
   */
  readBox(box: Box, out: Uint8Array): Promise<void>;
  /** Sets every voxel of `box` whose byte is not 0. @throws {RangeError} when the box reaches out of the volume. */
  writeBox(box: Box, bytes: Uint8Array): Promise<void>;
  /**
   * The same from packed bits.
   *
   * @param words those of each row that the box's columns lie in ({@linkcode wordsAcross}); bits beside it do not
   * count.
   * @throws {RangeError} when the box reaches out of the volume.
   */
  writePackedBox(box: Box, words: Uint32Array): Promise<void>;
  /** Copies a packed plane into `out`, length `planeWords`. */
  readPacked(z: number, out: Uint32Array): Promise<void>;
  /** Copies `words`, a packed plane, in as plane z. Bits of the padding must be 0. */
  writePacked(z: number, words: Uint32Array): Promise<void>;
}

/** Bits held in memory; planes without any take none. `bit_file.ts` has those of volumes too large for that. */
export class HeldBits implements BitVolume {
  readonly shape: Shape3;
  readonly planeWords: number;
  readonly #planes: (Uint32Array | undefined)[];
  readonly #stride: number;

  /** An empty mask of a shape. */
  constructor(shape: Triple) {
    this.shape = shape;
    this.#stride = wordsPerRow(shape[2]);
    this.planeWords = shape[1] * this.#stride;
    this.#planes = new Array(shape[0]).fill(undefined);
  }

  readBox(box: Box, out: Uint8Array): Promise<void> {
    checkBox("read", box, this.shape, out.length);
    const columns = box.x1 - box.x0;
    forEachRow(box, (z, y, offset) => {
      const words = this.#planes[z];
      if (words) unpackRow(words, y * this.#stride, box.x0, out, offset, columns);
      else out.fill(0, offset, offset + columns);
    });
    return Promise.resolve();
  }

  writeBox(box: Box, bytes: Uint8Array): Promise<void> {
    checkBox("write", box, this.shape, bytes.length);
    const columns = box.x1 - box.x0;
    forEachRow(box, (z, y, offset) => packRow(bytes, offset, columns, this.#plane(z), y * this.#stride, box.x0));
    return Promise.resolve();
  }

  writePackedBox(box: Box, words: Uint32Array): Promise<void> {
    checkPackedBox(box, this.shape, words);
    const across = wordsAcross(box);
    let from = 0;
    forEachRow(box, (z, y) => {
      mergeRow(words, from, box, this.#plane(z), y * this.#stride + (box.x0 >>> 5));
      from += across;
    });
    return Promise.resolve();
  }

  readPacked(z: number, out: Uint32Array): Promise<void> {
    const words = this.#planes[z];
    if (words) out.set(words);
    else out.fill(0);
    return Promise.resolve();
  }

  writePacked(z: number, words: Uint32Array): Promise<void> {
    this.#plane(z).set(words);
    return Promise.resolve();
  }

  #plane(z: number): Uint32Array {
    return this.#planes[z] ??= new Uint32Array(this.planeWords);
  }
}

/** Voxels inside: of plane z, or of the whole mask. */
export async function countInside(bits: BitVolume, z?: number): Promise<number> {
  const words = new Uint32Array(bits.planeWords);
  const [from, to] = z === undefined ? [0, bits.shape[0]] : [z, z + 1];
  let sum = 0;
  for (let plane = from; plane < to; plane++) {
    await bits.readPacked(plane, words);
    sum += countBits(words);
  }
  return sum;
}

/** A mask for the passes over a volume of the same shape; non-finite intensities are never inside. */
export function bitMask(bits: BitVolume, description: string): MaskReader {
  return {
    description,
    forwardOnly: false,
    async read(box, intensity, out, threads) {
      await bits.readBox(box, out);
      await keepFinite(intensity, out, threads);
    },
  };
}

/** A mask over a level of `shape`, with the field of view of the bits: of every coarse voxel the nearest bit. */
export function coarseBitMask(bits: BitVolume, shape: Shape3, description: string): MaskReader {
  const [z, y, x] = bits.shape.map((n, a) => nearestInVolume(n, shape[a]));
  return {
    description,
    forwardOnly: false,
    async read(box, intensity, out) {
      const [x0, x1] = [x[box.x0], x[box.x1 - 1] + 1];
      const row = new Uint8Array(x1 - x0);
      const rows: { readonly z: number; readonly y: number; readonly offset: number }[] = [];
      forEachRow(box, (k, j, offset) => rows.push({ z: z[k], y: y[j], offset }));
      for (const { z: z0, y: y0, offset } of rows) {
        await bits.readBox({ z0, z1: z0 + 1, y0, y1: y0 + 1, x0, x1 }, row);
        for (let i = box.x0; i < box.x1; i++) out[offset + i - box.x0] = row[x[i] - x0];
      }
      for (let i = 0; i < out.length; i++) if (!isFinite(intensity[i])) out[i] = 0;
    },
  };
}

/** A word whose bits are all set. */
const ALL_INSIDE = 0xffffffff;

/** Writes `columns` bits of a packed row, from column `x0`, as bytes 0 and 1; words of one kind in one go. */
export function unpackRow(
  words: Uint32Array,
  row: number,
  x0: number,
  out: Uint8Array,
  offset: number,
  columns: number,
): void {
  for (let i = 0; i < columns;) {
    const bit = (x0 + i) & 31;
    let at = row + ((x0 + i) >>> 5);
    let end = Math.min(columns, i + 32 - bit);
    let word = words[at];
    if (word === 0 || word === ALL_INSIDE) {
      for (; end < columns && words[at + 1] === word; at++) end = Math.min(columns, end + 32);
      out.fill(word & 1, offset + i, offset + end);
      i = end;
    } else {
      for (word >>>= bit; i < end; i++, word >>>= 1) out[offset + i] = word & 1;
    }
  }
}

/** Sets `columns` bits of a packed row, from column `x0`, to whether their bytes are not 0. */
export function packRow(
  bytes: Uint8Array,
  offset: number,
  columns: number,
  words: Uint32Array,
  row: number,
  x0: number,
): void {
  let i = 0;
  while (i < columns) {
    const bit = (x0 + i) & 31;
    const end = Math.min(columns, i + 32 - bit);
    const at = row + ((x0 + i) >>> 5);
    const count = end - i;
    let set = 0;
    for (let place = bit; i < end; i++, place++) set |= Number(bytes[offset + i] !== 0) << place;
    words[at] = count === 32 ? set : (words[at] & ~(((1 << count) - 1) << bit)) | set;
  }
}

/** Refuses packed bits that are not those of a box of a volume. @throws {RangeError} then. */
export function checkPackedBox(box: Box, shape: Shape3, words: Uint32Array): void {
  checkBox("write", box, shape, boxVoxels(box));
  const [nz, ny] = boxShape(box);
  if (words.length === nz * ny * wordsAcross(box)) return;
  const rule = `the box's rows take ${nz * ny * wordsAcross(box)} words`;
  throw new RangeError(`Cannot write mask bits as ${rule}: current count is ${words.length}`);
}

/** Copies the columns `[x0, x1)` of a packed row, from and to the words that column x0 lies in. */
export function mergeRow(
  words: Uint32Array,
  from: number,
  { x0, x1 }: Pick<Box, "x0" | "x1">,
  to: Uint32Array,
  row: number,
): void {
  const last = wordsAcross({ x0, x1 }) - 1;
  const first = -1 << (x0 & 31);
  const end = (x1 & 31) === 0 ? -1 : (1 << (x1 & 31)) - 1;
  for (let k = 0; k <= last; k++) {
    const kept = ~((k === 0 ? first : -1) & (k === last ? end : -1));
    to[row + k] = (to[row + k] & kept) | (words[from + k] & ~kept);
  }
}

/** Set bits of all words. */
function countBits(words: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum += bitsOfWord(words[i]);
  return sum;
}

/** Set bits of a word (the parallel count of Warren, Hacker's Delight, section 5-1). */
export function bitsOfWord(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555);
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  w = (w + (w >>> 4)) & 0x0f0f0f0f;
  return Math.imul(w, 0x01010101) >>> 24;
}
