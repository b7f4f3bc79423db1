/**
 * The ten numeric types as typed arrays: width, range, views over bytes, byte order.
 *
 * Host memory is taken to be little-endian, as it is on every platform that Deno supports.
 *
 * @module
 */

import type { DataType } from "../volume.ts";

/** The typed array that holds stored values of one {@linkcode DataType}. */
export type StoredValues =
  | Uint8Array<ArrayBufferLike>
  | Int8Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Uint32Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | BigUint64Array<ArrayBufferLike>
  | BigInt64Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>
  | Float64Array<ArrayBufferLike>;

const WIDTH: Readonly<Record<DataType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
};

/** Bytes that one stored value takes. */
export function bytesPerValue(type: DataType): number {
  return WIDTH[type];
}

/** Whether values of this type are integers, and so rounded and clamped when stored. */
export function isIntegerType(type: DataType): boolean {
  return type !== "float32" && type !== "float64";
}

/** Smallest and largest value of an integer type, as float64 (the upper bounds of the 64-bit types round up by one). */
export function integerRange(type: DataType): [min: number, max: number] {
  const bits = 8 * WIDTH[type];
  return type.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** A new zero-filled array of stored values. */
export function createValues(type: DataType, length: number): StoredValues {
  return viewValues(new Uint8Array(length * WIDTH[type]), type);
}

/**
 * The same bytes seen as stored values in host order.
 *
 * @throws {RangeError} when the bytes are not aligned to the type or are no whole number of values.
 */
export function viewValues(bytes: Uint8Array, type: DataType): StoredValues {
  const { buffer, byteOffset, byteLength } = bytes;
  const length = byteLength / WIDTH[type];
  switch (type) {
    case "uint8":
      return bytes;
    case "int8":
      return new Int8Array(buffer, byteOffset, length);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, length);
    case "int16":
      return new Int16Array(buffer, byteOffset, length);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, length);
    case "int32":
      return new Int32Array(buffer, byteOffset, length);
    case "uint64":
      return new BigUint64Array(buffer, byteOffset, length);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, length);
    case "float32":
      return new Float32Array(buffer, byteOffset, length);
    case "float64":
      return new Float64Array(buffer, byteOffset, length);
  }
}

/** Reverses the bytes of every `width`-byte value in place: big-endian to little-endian and back. */
export function reverseEach(bytes: Uint8Array, width: number): void {
  if (width === 1) return;
  for (let base = 0; base < bytes.length; base += width) {
    for (let low = base, high = base + width - 1; low < high; low++, high--) {
      const kept = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = kept;
    }
  }
}
