/**
 * Where the fields of a NIfTI header lie: one table per version, used for reading and for writing, in either byte order.
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
export type NiftiField =
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

type FieldKind = "uint8" | "int16" | "int32" | "int64" | "float32" | "float64";

const FIELD_WIDTH: Readonly<Record<FieldKind, number>> = {
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
};

/** Byte offset and type of each field. */
const LAYOUT: Readonly<Record<NiftiVersion, Readonly<Record<NiftiField, readonly [offset: number, kind: FieldKind]>>>> =
  {
    1: {
      dim: [40, "int16"],
      datatype: [70, "int16"],
      bitpix: [72, "int16"],
      pixdim: [76, "float32"],
      vox_offset: [108, "float32"],
      scl_slope: [112, "float32"],
      scl_inter: [116, "float32"],
      xyzt_units: [123, "uint8"],
      cal_max: [124, "float32"],
      cal_min: [128, "float32"],
      qform_code: [252, "int16"],
      sform_code: [254, "int16"],
      quatern: [256, "float32"],
      qoffset: [268, "float32"],
      srow: [280, "float32"],
    },
    2: {
      datatype: [12, "int16"],
      bitpix: [14, "int16"],
      dim: [16, "int64"],
      pixdim: [104, "float64"],
      vox_offset: [168, "int64"],
      scl_slope: [176, "float64"],
      scl_inter: [184, "float64"],
      cal_max: [192, "float64"],
      cal_min: [200, "float64"],
      qform_code: [344, "int32"],
      sform_code: [348, "int32"],
      quatern: [352, "float64"],
      qoffset: [376, "float64"],
      srow: [400, "float64"],
      xyzt_units: [500, "int32"],
    },
  };

/** Bytes of the header itself; four bytes that announce extensions follow. */
export const HEADER_SIZE: Readonly<Record<NiftiVersion, number>> = { 1: 348, 2: 540 };

/** Where the magic text lies. */
export const MAGIC_OFFSET: Readonly<Record<NiftiVersion, number>> = { 1: 344, 2: 4 };

/** NIfTI's code of each numeric type. */
export const DATATYPE_CODE: Readonly<Record<DataType, number>> = {
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

/** A header seen through its table: named fields over the bytes, which are changed in place by {@linkcode HeaderFields.set}. */
export class HeaderFields {
  /** Version of the format. */
  readonly version: NiftiVersion;
  /** Byte order of every field. */
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
    const at = offset + index * FIELD_WIDTH[kind];
    switch (kind) {
      case "uint8":
        return this.#view.getUint8(at);
      case "int16":
        return this.#view.getInt16(at, this.littleEndian);
      case "int32":
        return this.#view.getInt32(at, this.littleEndian);
      case "int64":
        return Number(this.#view.getBigInt64(at, this.littleEndian));
      case "float32":
        return this.#view.getFloat32(at, this.littleEndian);
      case "float64":
        return this.#view.getFloat64(at, this.littleEndian);
    }
  }

  /** Sets a field, or one entry of a vector. */
  set(field: NiftiField, value: number, index = 0): void {
    const [offset, kind] = LAYOUT[this.version][field];
    const at = offset + index * FIELD_WIDTH[kind];
    switch (kind) {
      case "uint8":
        return this.#view.setUint8(at, value);
      case "int16":
        return this.#view.setInt16(at, value, this.littleEndian);
      case "int32":
        return this.#view.setInt32(at, value, this.littleEndian);
      case "int64":
        return this.#view.setBigInt64(at, BigInt(value), this.littleEndian);
      case "float32":
        return this.#view.setFloat32(at, value, this.littleEndian);
      case "float64":
        return this.#view.setFloat64(at, value, this.littleEndian);
    }
  }

  /** `count` entries of a vector. */
  vector(field: NiftiField, count: number, from = 0): number[] {
    return Array.from({ length: count }, (_, i) => this.get(field, from + i));
  }
}
