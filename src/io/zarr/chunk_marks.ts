/**
 * Marks of a chunk's voxels straight from its plain bytes: 1 where a voxel is not 0, or equals a label, else 0. For
 * integers that float32 holds exactly, so that the marks are those of the converted values.
 *
 * Four voxels are marked at a time within words of 32 bits (Warren, Hacker's Delight, section 6-1); they are compared
 * as they are stored, so that a label takes their byte order and nothing else is swapped.
 *
 * @module
 */

import type { Box, DataType } from "../../volume.ts";
import { forEachRun, type StoredChunk, type TouchedChunk } from "./chunk_grid.ts";
import { bytesPerValue, integerRange, reverseEach } from "../numeric.ts";

/** Marks voxels with the bits of `pattern`, repeated to 32 bits; with `flip` of ones, those without. */
interface Match {
  readonly pattern: number;
  readonly flip: number;
}

/** A byte of 1 for each of four voxels. */
const FOUR_MARKS = 0x01010101;

/** Whether the voxels of a type can be marked from their bytes: integers of up to 16 bits. */
export function canMark(dataType: DataType): boolean {
  return dataType === "uint8" || dataType === "int8" || dataType === "uint16" || dataType === "int16";
}

/** The mark of one value, rounded to float32 as one that is read would be. */
export function markOf(value: number, label?: number): 0 | 1 {
  const read = Math.fround(value);
  return (label === undefined ? Math.abs(read) > 0 : read === label) ? 1 : 0;
}

/**
 * Marks what a chunk and a box share.
 *
 * @param stored A chunk of a type that {@linkcode canMark} names.
 * @param out Shape of `box`, C order.
 * @param label The value that is marked; left out: any that is not 0.
 */
export function markFromChunk(
  stored: StoredChunk,
  touched: TouchedChunk,
  box: Box,
  out: Uint8Array,
  label?: number,
): void {
  const { bytes, dataType, littleEndian, strides } = stored;
  const match = matchOf(dataType, littleEndian, label);
  if (!match) return forEachRun(stored, touched, box, (_, at, run) => void out.fill(0, at, at + run));
  const width = bytesPerValue(dataType);
  const mark = width === 1 ? markBytes : markPairs;
  const words = wordsOf(bytes);
  const marks = wordsOf(out);
  let scratch: Scratch | undefined;
  forEachRun(stored, touched, box, (voxel, at, run) => {
    if (words && marks && strides[2] === 1 && (voxel * width | at | run) % 4 === 0) {
      return mark(words, voxel * width >> 2, match, marks, at >> 2, run >> 2);
    }
    scratch ??= createScratch(run, width);
    gather(bytes, voxel * width, strides[2] * width, width, scratch.values, run);
    mark(scratch.words, 0, match, scratch.markWords, 0, scratch.markWords.length);
    out.set(scratch.marks.subarray(0, run), at);
  });
}

/** What is looked for in the bytes; `undefined` where no voxel of the type can equal the label. */
function matchOf(dataType: DataType, littleEndian: boolean, label: number | undefined): Match | undefined {
  if (label === undefined) return { pattern: 0, flip: FOUR_MARKS };
  const [min, max] = integerRange(dataType);
  if (!Number.isInteger(label) || label < min || label > max) return undefined;
  const width = bytesPerValue(dataType);
  const value = Uint8Array.of(label, width === 1 ? label : label >> 8);
  if (!littleEndian) reverseEach(value, width);
  return { pattern: (value[0] | value[1] << 8) * 0x10001 | 0, flip: 0 };
}

/** Bytes as words of 32 bits, without those left over at the end; `undefined` where they are not aligned. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Int32Array | undefined {
  return byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >> 2) : undefined;
}

/** One run of voxels and its marks, aligned and filled up to four. */
interface Scratch {
  readonly values: Uint8Array;
  readonly words: Int32Array;
  readonly marks: Uint8Array;
  readonly markWords: Int32Array;
}

function createScratch(run: number, width: number): Scratch {
  const fours = (run + 3) >> 2;
  const [words, markWords] = [new Int32Array(fours * width), new Int32Array(fours)];
  return { words, markWords, values: new Uint8Array(words.buffer), marks: new Uint8Array(markWords.buffer) };
}

/** Copies `count` voxels of one or two bytes that begin `step` bytes apart. */
function gather(bytes: Uint8Array, from: number, step: number, width: number, out: Uint8Array, count: number): void {
  if (step === width) return out.set(bytes.subarray(from, from + count * width));
  if (width === 1) {
    for (let i = 0, at = from; i < count; i++, at += step) out[i] = bytes[at];
    return;
  }
  for (let i = 0, at = from; i < count; i++, at += step) {
    out[2 * i] = bytes[at];
    out[2 * i + 1] = bytes[at + 1];
  }
}

/** Marks voxels of a byte, four to a word. */
function markBytes(
  words: Int32Array,
  from: number,
  { pattern, flip }: Match,
  marks: Int32Array,
  at: number,
  count: number,
): void {
  // Adding 127 to the lower seven bits of a byte carries into its highest bit unless they are 0.
  const same = flip ^ FOUR_MARKS;
  for (let i = 0; i < count; i++) {
    const w = words[from + i] ^ pattern;
    marks[at + i] = ((((w & 0x7f7f7f7f) + 0x7f7f7f7f | w) >>> 7) & FOUR_MARKS) ^ same;
  }
}

/** Marks voxels of two bytes, two to a word. */
function markPairs(
  words: Int32Array,
  from: number,
  { pattern, flip }: Match,
  marks: Int32Array,
  at: number,
  count: number,
): void {
  const same = flip ^ FOUR_MARKS;
  for (let i = 0; i < count; i++) {
    const v = words[from + 2 * i] ^ pattern;
    const w = words[from + 2 * i + 1] ^ pattern;
    const a = (((v & 0x7fff7fff) + 0x7fff7fff | v) >>> 15) & 0x10001;
    const b = (((w & 0x7fff7fff) + 0x7fff7fff | w) >>> 15) & 0x10001;
    marks[at + i] = ((a | a >>> 8) & 0x101 | (b | b >>> 8) << 16 & 0x1010000) ^ same;
  }
}
