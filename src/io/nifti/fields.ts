/**
 * Where the fields of a NIfTI header lie: one table per version, used for reading and for writing, in either byte
 * order.
 *
 * Offsets and types follow the published headers nifti1.h (https://nifti.nimh.nih.gov/nifti-1) and nifti2.h
 * (https://nifti.nimh.nih.gov/nifti-2). Only fields that n4 understands are listed; all others travel as bytes.
 *
 * @module
 */

import type { DataType } from "../../volume.ts";

/** Version of the format. */
export type NiftiVersion = 1 | 2;

/** The header fields that n4 reads or writes. Vectors are addressed by index. */
type NiftiField =
  | "dim"
  | "datatype"
  | "bitpix"
  | "pixdim"
  | "vox_offset"
  | "scl_slope"
  | "scl_inter"
  | "cal_max"
  | "cal_min"
  | "xyzt_units"
  | "qform_code"
  | "sform_code"
  | "quatern"
  | "qoffset"
  | "srow";

/** Numeric types of fields, as `DataView` names them, with their bytes. */
const FIELD_WIDTH = { Uint8: 1, Int16: 2, Int32: 4, BigInt64: 8, Float32: 4, Float64: 8 } as const;

type FieldKind = keyof typeof FIELD_WIDTH;

/** Byte offset and type of each field. */
const LAYOUT: Readonly<Record<NiftiVersion, Readonly<Record<NiftiField, readonly [offset: number, kind: FieldKind]>>>> =
  {
    1: {
      dim: [40, "Int16"],
      datatype: [70, "Int16"],
      bitpix: [72, "Int16"],
      pixdim: [76, "Float32"],
      vox_offset: [108, "Float32"],
      scl_slope: [112, "Float32"],
      scl_inter: [116, "Float32"],
      xyzt_units: [123, "Uint8"],
      cal_max: [124, "Float32"],
      cal_min: [128, "Float32"],
      qform_code: [252, "Int16"],
      sform_code: [254, "Int16"],
      quatern: [256, "Float32"],
      qoffset: [268, "Float32"],
      srow: [280, "Float32"],
    },
    2: {
      datatype: [12, "Int16"],
      bitpix: [14, "Int16"],
      dim: [16, "BigInt64"],
      pixdim: [104, "Float64"],
      vox_offset: [168, "BigInt64"],
      scl_slope: [176, "Float64"],
      scl_inter: [184, "Float64"],
      cal_max: [192, "Float64"],
      cal_min: [200, "Float64"],
      qform_code: [344, "Int32"],
      sform_code: [348, "Int32"],
      quatern: [352, "Float64"],
      qoffset: [376, "Float64"],
      srow: [400, "Float64"],
      xyzt_units: [500, "Int32"],
    },
  };

/** Bytes of the header itself; four bytes that announce extensions follow. */
export const HEADER_SIZE: Readonly<Record<NiftiVersion, number>> = { 1: 348, 2: 540 };

/** Where the magic text lies. */
export const MAGIC_OFFSET: Readonly<Record<NiftiVersion, number>> = { 1: 344, 2: 4 };

/** NIfTI's code of each numeric type; it has none of 16-bit floats. */
export const DATATYPE_CODE: Readonly<Record<Exclude<DataType, "float16">, number>> = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
  int64: 1024,
  uint64: 1280,
};

/** Names of the types that n4 refuses, for the message. */
export const REFUSED_DATATYPE: Readonly<Record<number, string>> = {
  0: "unknown",
  1: "bits",
  32: "complex64",
  128: "RGB24",
  1536: "float128",
  1792: "complex128",
  2048: "complex256",
  2304: "RGBA32",
};

/** A header through its table: named fields over bytes, which {@linkcode HeaderFields.set} changes in place. */
export class HeaderFields {
  readonly version: NiftiVersion;
  readonly littleEndian: boolean;
  readonly #view: DataView;

  /** Looks at `bytes`, at least the header's size, without copying. */
  constructor(bytes: Uint8Array, version: NiftiVersion, littleEndian: boolean) {
    this.version = version;
    this.littleEndian = littleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_SIZE[version]);
  }

  /** Value of a field, or of one entry of a vector. Integers beyond 2^53 are rounded. */
  get(field: NiftiField, index = 0): number {
    const [offset, kind] = LAYOUT[this.version][field];
    return Number(this.#view[`get${kind}`](offset + index * FIELD_WIDTH[kind], this.littleEndian));
  }

  /** Sets a field, or one entry of a vector. */
  set(field: NiftiField, value: number, index = 0): void {
    const [offset, kind] = LAYOUT[this.version][field];
    const at = offset + index * FIELD_WIDTH[kind];
    if (kind === "BigInt64") this.#view.setBigInt64(at, BigInt(value), this.littleEndian);
    else this.#view[`set${kind}`](at, value, this.littleEndian);
  }

  /** `count` entries of a vector. */
  vector(field: NiftiField, count: number, from = 0): number[] {
    return Array.from({ length: count }, (_, i) => this.get(field, from + i));
  }
}
