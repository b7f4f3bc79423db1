/**
 * The step between float32 values and the bytes of a file, shared by every format: eleven numeric types, both byte
 * orders, an optional linear scale.
 *
 * Decoding rounds once, to float32, after slope and intercept were applied in float64. Encoding as an integer rounds
 * half to even, clamps to the range of the type, stores 0 for what is not finite, and counts these and what became 0.
 * Blocks of values pass through one small float64 buffer, so that the arithmetic loop sees one array type and the
 * conversion is the engine's own.
 *
 * Host memory is taken to be little-endian, as it is on every platform that Deno supports.
 *
 * @module
 */

import type { DataType, StorageCounts } from "../volume.ts";
import { encodeIntegers, type ShortIntegers } from "./encode_integers.ts";

/** The typed array that holds stored values of one {@linkcode DataType}. */
type StoredValues =
  | ShortIntegers
  | Uint32Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | BigUint64Array<ArrayBufferLike>
  | BigInt64Array<ArrayBufferLike>
  | Float16Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>
  | Float64Array<ArrayBufferLike>;

type View = (bytes: ArrayBufferLike, at: number, length: number) => StoredValues;

/** Bytes of a value of each type, and how bytes are seen as values. */
const TYPES: Readonly<Record<DataType, { readonly bytes: number; readonly view: View }>> = {
  uint8: { bytes: 1, view: (bytes, at, length) => new Uint8Array(bytes, at, length) },
  int8: { bytes: 1, view: (bytes, at, length) => new Int8Array(bytes, at, length) },
  uint16: { bytes: 2, view: (bytes, at, length) => new Uint16Array(bytes, at, length) },
  int16: { bytes: 2, view: (bytes, at, length) => new Int16Array(bytes, at, length) },
  uint32: { bytes: 4, view: (bytes, at, length) => new Uint32Array(bytes, at, length) },
  int32: { bytes: 4, view: (bytes, at, length) => new Int32Array(bytes, at, length) },
  uint64: { bytes: 8, view: (bytes, at, length) => new BigUint64Array(bytes, at, length) },
  int64: { bytes: 8, view: (bytes, at, length) => new BigInt64Array(bytes, at, length) },
  float16: { bytes: 2, view: (bytes, at, length) => new Float16Array(bytes, at, length) },
  float32: { bytes: 4, view: (bytes, at, length) => new Float32Array(bytes, at, length) },
  float64: { bytes: 8, view: (bytes, at, length) => new Float64Array(bytes, at, length) },
};

/** All types, in the order in which messages list them. */
export const DATA_TYPES = Object.keys(TYPES) as DataType[];

/** Bytes that one stored value takes. */
export function bytesPerValue(type: DataType): number {
  return TYPES[type].bytes;
}

/** Whether values of this type are integers, and so rounded and clamped when stored. */
export function isIntegerType(type: DataType): boolean {
  return !type.startsWith("float");
}

/** Smallest and largest value of an integer type, as float64 (the upper bounds of the 64-bit types round up by one). */
export function integerRange(type: DataType): [min: number, max: number] {
  const bits = 8 * bytesPerValue(type);
  return type.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** A new zero-filled array of stored values. */
function createValues(type: DataType, length: number): StoredValues {
  return viewValues(new Uint8Array(length * bytesPerValue(type)), type);
}

function isShort(values: StoredValues): values is ShortIntegers {
  return values.BYTES_PER_ELEMENT <= 2 && !(values instanceof Float16Array);
}

/**
 * The same bytes seen as stored values in host order.
 *
 * @throws {RangeError} when the bytes are not aligned to the type or are no whole number of values.
 */
export function viewValues({ buffer, byteOffset, byteLength }: Uint8Array, type: DataType): StoredValues {
  const { bytes, view } = TYPES[type];
  return view(buffer, byteOffset, byteLength / bytes);
}

/** A linear scale: `value = slope * stored + inter`. */
export interface ValueScale {
  /** Factor; finite and not 0. */
  readonly slope: number;
  /** Offset; finite. */
  readonly inter: number;
}

/** The scale that changes nothing. */
export const UNIT_SCALE: ValueScale = { slope: 1, inter: 0 };

/** 2^32, the weight of the upper half of a 64-bit integer. */
const HIGH = 4294967296;
/** Adding and subtracting 1.5 * 2^52 rounds a float64 below 2^51 to an integer, half to even. */
const ROUNDER = 6755399441055744;
/** The largest finite 16-bit float. */
const MOST_HALF = 65504;
/** Values per pass; 32 KiB of float64 stay in the first-level cache. */
const BLOCK = 4096;

/**
 * Turns values into what is stored, little-endian.
 *
 * @param values Values with every scale applied.
 * @param type Numeric type to store. `float32` without a scale is passed through: the result is `values` itself.
 * @param counts Raised by the number of values that were clamped, not finite, or rounded to 0; wider floats leave it as
 * it is.
 * @param scale Where given, `(value - inter) / slope` is stored.
 * @returns A typed array of the stored type, as long as `values`.
 */
export function encodeValues(
  values: Float32Array,
  type: DataType,
  counts: StorageCounts,
  scale: ValueScale = UNIT_SCALE,
): StoredValues {
  const scaled = scale.slope !== 1 || scale.inter !== 0;
  if (type === "float32" && !scaled) return values;
  const stored = createValues(type, values.length);
  if (isShort(stored) && !scaled) {
    encodeIntegers(values, integerRange(type), counts, stored);
    return stored;
  }
  const block = new Float64Array(Math.min(BLOCK, values.length));
  for (let start = 0; start < values.length; start += BLOCK) {
    const source = values.subarray(start, start + BLOCK);
    const part = block.subarray(0, source.length);
    part.set(source);
    if (scaled) unscale(part, scale);
    if (isIntegerType(type)) roundAndClamp(part, type, counts, scale.inter === 0);
    else if (type === "float16") clampHalf(part, counts);
    store(part, stored, start);
  }
  return stored;
}

/**
 * Turns stored bytes into values: `out[i] = float32(slope * stored[i] + inter)`.
 *
 * @param bytes `out.length` stored values; need not be aligned. Not changed.
 * @param type Numeric type of the bytes.
 * @param littleEndian Byte order of `bytes`.
 * @param out Receives the values.
 * @param scale Slope and intercept of the file; none by default.
 * @throws {RangeError} when the lengths of `bytes` and `out` do not agree.
 */
export function decodeValues(
  bytes: Uint8Array,
  type: DataType,
  littleEndian: boolean,
  out: Float32Array,
  scale: ValueScale = UNIT_SCALE,
): void {
  const width = bytesPerValue(type);
  if (bytes.length !== out.length * width) {
    const text = `Cannot decode ${out.length} values of type ${type} as they take ${out.length * width} bytes`;
    throw new RangeError(`${text}: current length is ${bytes.length}`);
  }
  const scaled = scale.slope !== 1 || scale.inter !== 0;
  const native = width === 1 || (littleEndian && bytes.byteOffset % width === 0);
  if (native && !scaled && width < 8) {
    out.set(viewValues(bytes, type) as Float32Array);
    return;
  }
  const block = new Float64Array(Math.min(BLOCK, out.length));
  const scratch = native ? undefined : new Uint8Array(block.length * width);
  for (let start = 0; start < out.length; start += BLOCK) {
    const part = block.subarray(0, Math.min(BLOCK, out.length - start));
    let raw = bytes.subarray(start * width, (start + part.length) * width);
    if (scratch !== undefined) {
      const copy = scratch.subarray(0, raw.length);
      copy.set(raw);
      if (!littleEndian) reverseEach(copy, width);
      raw = copy;
    }
    load(raw, type, part);
    if (scaled) rescale(part, scale);
    out.set(part, start);
  }
}

function unscale(values: Float64Array, scale: ValueScale): void {
  const { slope, inter } = scale;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - inter) / slope;
}

function rescale(values: Float64Array, scale: ValueScale): void {
  const { slope, inter } = scale;
  for (let i = 0; i < values.length; i++) values[i] = slope * values[i] + inter;
}

function roundAndClamp(values: Float64Array, type: DataType, counts: StorageCounts, zeroIsZero: boolean): void {
  const [min, max] = integerRange(type);
  const past = max + 1; // What 2^63 and 2^64 are in float64 is the first value that does not fit.
  let clamped = 0;
  let nonFinite = 0;
  let zeroed = 0;
  for (let i = 0; i < values.length; i++) {
    let value = values[i];
    if (value - value !== 0) {
      value = 0;
      nonFinite++;
    } else {
      if (value < ROUNDER / 3 && value > -ROUNDER / 3) value = value + ROUNDER - ROUNDER;
      if (value === 0 && values[i] !== 0) zeroed++;
      if (value < min) {
        value = min;
        clamped++;
      } else if (value > max || value >= past) {
        value = max;
        clamped++;
      }
    }
    values[i] = value;
  }
  counts.clamped += clamped;
  counts.nonFinite += nonFinite;
  if (zeroIsZero) counts.zeroed += zeroed;
}

/** Holds finite values within those of 16-bit floats, which would become infinite. */
function clampHalf(values: Float64Array, counts: StorageCounts): void {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]) <= MOST_HALF || !isFinite(values[i])) continue;
    values[i] = Math.sign(values[i]) * MOST_HALF;
    counts.clamped++;
  }
}

/** Writes integers within the range of the type (or any float64) into `stored` from `start` on. */
function store(values: Float64Array, stored: StoredValues, start: number): void {
  if (!(stored instanceof BigUint64Array || stored instanceof BigInt64Array)) {
    stored.set(values, start);
    return;
  }
  const halves = new Uint32Array(stored.buffer, stored.byteOffset, 2 * stored.length);
  const past = stored instanceof BigUint64Array ? HIGH : HIGH / 2;
  for (let i = 0, j = 2 * start; i < values.length; i++, j += 2) {
    const high = Math.floor(values[i] / HIGH);
    halves[j] = high >= past ? HIGH - 1 : values[i] - high * HIGH;
    halves[j + 1] = high >= past ? past - 1 : high;
  }
}

/** Reads aligned values in host order into `out`. */
function load(bytes: Uint8Array, type: DataType, out: Float64Array): void {
  const values = viewValues(bytes, type);
  if (!(values instanceof BigUint64Array || values instanceof BigInt64Array)) {
    out.set(values);
    return;
  }
  const low = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const high = type === "int64" ? new Int32Array(values.buffer, values.byteOffset, 2 * values.length) : low;
  for (let i = 0; i < out.length; i++) out[i] = high[2 * i + 1] * HIGH + low[2 * i];
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
