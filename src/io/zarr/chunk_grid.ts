/**
 * Boxes over a regular grid of chunks, in z, y and x: which chunks a box touches, and moving voxels between a box and a
 * chunk.
 *
 * @module
 */

import { type Box, boxVoxels, copyBox, type DataType, type Shape3, sharedBox, type Triple } from "../../volume.ts";
import { forEachRow } from "../flow/boxes.ts";
import { bytesPerValue, decodeValues, viewValues } from "../numeric.ts";

/** One chunk of a grid that a box touches. */
export interface TouchedChunk {
  /** Place in the grid, `[z, y, x]`. */
  readonly place: Triple;
  /** The chunk's own box, which may reach past the volume. */
  readonly chunk: Box;
  /** What box and chunk share, in voxels of the volume. */
  readonly shared: Box;
}

/** Plain bytes of a chunk and where its voxels lie in them. */
export interface StoredChunk {
  /** The bytes of the whole chunk. */
  readonly bytes: Uint8Array;
  readonly dataType: DataType;
  readonly littleEndian: boolean;
  /** Voxels in front of the first voxel of this volume (other channels). */
  readonly offset: number;
  /** Voxels from one index to the next along `[z, y, x]`. */
  readonly strides: Triple;
}

/** The chunks that `box` touches, in C order. */
export function* touchedChunks(box: Box, chunk: Shape3): Generator<TouchedChunk> {
  const [cz, cy, cx] = chunk;
  for (let z = Math.floor(box.z0 / cz); z * cz < box.z1; z++) {
    for (let y = Math.floor(box.y0 / cy); y * cy < box.y1; y++) {
      for (let x = Math.floor(box.x0 / cx); x * cx < box.x1; x++) {
        const own = { z0: z * cz, z1: (z + 1) * cz, y0: y * cy, y1: (y + 1) * cy, x0: x * cx, x1: (x + 1) * cx };
        yield { place: [z, y, x], chunk: own, shared: sharedBox(own, box) };
      }
    }
  }
}

/**
 * Copies what a chunk and a box share from the chunk's bytes into `out`, as float32.
 *
 * @param out Shape of `box`, C order.
 */
export function copyFromChunk(stored: StoredChunk, touched: TouchedChunk, box: Box, out: Float32Array): void {
  if (stored.strides[2] === 1) copyRows(stored, touched, box, out);
  else gather(stored, touched, box, out);
}

/** Fills what a chunk and a box share with one value. */
export function fillShared(value: number, shared: Box, box: Box, out: Float32Array | Uint8Array): void {
  forEachRow(shared, (z, y) => {
    const at = indexIn(box, z, y, shared.x0);
    out.fill(value, at, at + shared.x1 - shared.x0);
  });
}

/**
 * A whole chunk, C order, with what it shares with a box taken from the box and 0 past the border of the volume.
 *
 * @param data Shape of `box`, C order. It is the result itself where the box is the chunk.
 * @param place Makes memory for the chunk, which may hold anything; left out: new memory.
 */
export function chunkOfBox(
  touched: TouchedChunk,
  box: Box,
  data: Float32Array,
  place: (chunk: Box) => Float32Array = (chunk) => new Float32Array(boxVoxels(chunk)),
): Float32Array {
  const { chunk, shared } = touched;
  const size = boxVoxels(chunk);
  if (data.length === size && boxVoxels(shared) === size) return data;
  const out = place(chunk);
  if (boxVoxels(shared) < size) out.fill(0);
  copyBox(shared, { box, data }, { box: chunk, data: out });
  return out;
}

/**
 * Calls `work` for every row that a chunk and a box share, or for all rows of a plane at once where they lie together
 * in both.
 *
 * @param work given the first voxel in the chunk (further ones are `strides[2]` apart), its index in the box, and how
 * many there are.
 */
export function forEachRun(
  { offset, strides }: Pick<StoredChunk, "offset" | "strides">,
  { chunk, shared }: TouchedChunk,
  box: Box,
  work: (voxel: number, at: number, run: number) => void,
): void {
  const width = shared.x1 - shared.x0;
  const height = shared.y1 - shared.y0;
  const joined = strides[2] === 1 && strides[1] === width && box.x1 - box.x0 === width;
  const run = joined ? width * height : width;
  const first = offset + (shared.x0 - chunk.x0) * strides[2];
  for (let z = shared.z0; z < shared.z1; z++) {
    for (let y = shared.y0; y < shared.y1; y += joined ? height : 1) {
      const voxel = first + (z - chunk.z0) * strides[0] + (y - chunk.y0) * strides[1];
      work(voxel, indexIn(box, z, y, shared.x0), run);
    }
  }
}

/** Rows that lie together both in the chunk and in the box are converted in one go. */
function copyRows(stored: StoredChunk, touched: TouchedChunk, box: Box, out: Float32Array): void {
  const { bytes, dataType, littleEndian } = stored;
  const itemSize = bytesPerValue(dataType);
  const whole = littleEndian || itemSize === 1 ? floatsOf(bytes, dataType) : undefined;
  forEachRun(stored, touched, box, (voxel, at, run) => {
    if (whole) return out.set(whole.subarray(voxel, voxel + run), at);
    const source = bytes.subarray(voxel * itemSize, (voxel + run) * itemSize);
    decodeValues(source, dataType, littleEndian, out.subarray(at, at + run));
  });
}

/** A chunk's bytes as values that `set` converts: types of up to 4 bytes, aligned, in host order. */
function floatsOf(bytes: Uint8Array, dataType: DataType): Float32Array | undefined {
  const width = bytesPerValue(dataType);
  if (width > 4 || bytes.byteOffset % width !== 0) return undefined;
  return viewValues(bytes, dataType) as Float32Array; // `set` converts from any of them.
}

/** For chunks in another order than C: all values are converted, then picked one by one. */
function gather(stored: StoredChunk, { chunk, shared }: TouchedChunk, box: Box, out: Float32Array): void {
  const { bytes, dataType, littleEndian, offset, strides } = stored;
  const values = new Float32Array(bytes.length / bytesPerValue(dataType));
  decodeValues(bytes, dataType, littleEndian, values);
  const step = strides[2];
  forEachRow(shared, (z, y) => {
    let from = offset + (z - chunk.z0) * strides[0] + (y - chunk.y0) * strides[1] + (shared.x0 - chunk.x0) * step;
    let at = indexIn(box, z, y, shared.x0);
    for (let x = shared.x0; x < shared.x1; x++, from += step) out[at++] = values[from];
  });
}

/** Index of a voxel of the volume in an array with the shape of `box`. */
function indexIn(box: Box, z: number, y: number, x: number): number {
  return ((z - box.z0) * (box.y1 - box.y0) + y - box.y0) * (box.x1 - box.x0) + x - box.x0;
}
