/**
 * One Zarr array as its metadata describe it, whichever version of the format wrote them: a grid of stored blocks, and
 * how the bytes of one become voxels. Nothing in here has been read from a chunk yet.
 *
 * @module
 */

import type { DataType } from "../../volume.ts";
import type { ByteCodec } from "../codecs/codecs.ts";
import type { JsonField } from "../files/json_fields.ts";
import { bytesPerValue, isIntegerType } from "../numeric.ts";

/** How the voxels of one chunk are stored. */
export interface ChunkEncoding {
  /** Voxels along every axis of the array. */
  readonly shape: readonly number[];
  /** Voxels from one index to the next along every axis of the array: `[ny*nx, nx, 1]` in C order. */
  readonly strides: readonly number[];
  readonly littleEndian: boolean;
  /** Steps from those bytes to what is stored, in the order of encoding. */
  readonly codecs: readonly ByteCodec[];
}

/** How the chunks of one shard are found. */
export interface ShardIndex {
  /** Chunks along every axis of a shard. */
  readonly chunks: readonly number[];
  /** Whether the index stands at the start of the file; else at its end. */
  readonly atStart: boolean;
  /** Whether a CRC-32C follows the index. */
  readonly checksum: boolean;
}

/** Offset and length, in the index of a shard, of a chunk that is not stored. */
export const ABSENT = 0xffffffffffffffffn;

/** One Zarr array. */
export interface ZarrArray {
  readonly zarrFormat: 2 | 3;
  /** Voxels along every axis, slowest first; all >= 1. */
  readonly shape: readonly number[];
  /** Numeric type as stored. Booleans count as uint8. */
  readonly dataType: DataType;
  /** Names of the axes, where the array has them. */
  readonly dimensionNames?: readonly (string | null)[];
  /** Value of voxels whose chunk is not stored. */
  readonly fillValue: number;
  /** The block that is decoded as one. */
  readonly chunk: ChunkEncoding;
  /** Present where a file holds many chunks. */
  readonly shard?: ShardIndex;
  /** Codecs as the file names them, for people. */
  readonly codecNames: string;
  /** What stands between the numbers in the names of its files. */
  readonly separator: "." | "/";
  /** Name, below the array, of the file at this place of the grid of files. */
  keyOf(coordinates: readonly number[]): string;
}

/** More axes than any image has: a bound on untrusted metadata. */
export const MOST_AXES = 8;
/** Most voxels of a chunk: 2^29, so that their float32 values are below 2^31 bytes. */
const MOST_CHUNK_VOXELS = 2 ** 29;

/**
 * The shape of an array.
 *
 * @throws {InputError} when it is no list of integers >= 1, or has more voxels than float64 counts exactly.
 */
export function parseShape(field: JsonField): number[] {
  const shape = field.list(1, MOST_AXES).map((entry) => entry.count());
  if (!Number.isSafeInteger(product(shape))) throw field.fail("a shape of at most 2^53 voxels");
  return shape;
}

/**
 * The shape of its chunks, one entry per axis of `shape`.
 *
 * @throws {InputError} when it is no list of integers >= 1, or a chunk is too large to be decoded as one.
 */
export function parseChunkShape(field: JsonField, rank: number, dataType: DataType): number[] {
  const chunk = field.list(rank, rank).map((entry) => entry.count());
  const voxels = product(chunk);
  if (voxels > MOST_CHUNK_VOXELS || voxels * bytesPerValue(dataType) >= 2 ** 31) {
    throw field.fail(`at most ${MOST_CHUNK_VOXELS} voxels and less than 2^31 bytes`);
  }
  return chunk;
}

/**
 * The number a fill value stands for. The formats spell non-finite ones as text, version 3 also bit patterns.
 *
 * @throws {InputError} when it is no number.
 */
export function parseFillValue(field: JsonField, dataType: DataType): number {
  const { value } = field;
  if (value === undefined || value === null) return 0;
  if (typeof value === "boolean") return Number(value);
  if (isIntegerType(dataType) && !Number.isInteger(value)) {
    throw field.fail(`an integer, as the values are ${dataType}`);
  }
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (typeof value === "string" && /^0x[0-9a-fA-F]{4}$/.test(value) && dataType === "float16") {
    return new Float16Array(new Uint16Array([Number(value)]).buffer)[0];
  }
  if (typeof value === "string" && /^0x[0-9a-fA-F]{8}$/.test(value) && dataType === "float32") {
    return new Float32Array(new Uint32Array([Number(value)]).buffer)[0];
  }
  if (typeof value === "string" && /^0x[0-9a-fA-F]{16}$/.test(value) && dataType === "float64") {
    return new Float64Array(new BigUint64Array([BigInt(value)]).buffer)[0];
  }
  return field.number();
}

/**
 * Strides of a block whose axes are stored in another order.
 *
 * @param shape Voxels along every axis of the array.
 * @param order `order[k]` is the axis of the array that is stored k-th, slowest first.
 */
export function stridesOf(shape: readonly number[], order: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let k = order.length - 1; k >= 0; k--) {
    strides[order[k]] = stride;
    stride *= shape[order[k]];
  }
  return strides;
}

/** Product of all numbers; 1 for none. */
export function product(numbers: readonly number[]): number {
  return numbers.reduce((left, right) => left * right, 1);
}
