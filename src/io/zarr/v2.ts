/**
 * Metadata of a Zarr array, version 2 (https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html), read from `.zarray`.
 *
 * @module
 */

import type { DataType } from "../../volume.ts";
import { type ByteCodec, COMPRESSORS } from "../codecs/codecs.ts";
import type { JsonField } from "../files/json_fields.ts";
import { parseChunkShape, parseFillValue, parseShape, stridesOf, type ZarrArray } from "./array.ts";

/** NumPy's kind and size of a value. */
const TYPES: Readonly<Record<string, DataType>> = {
  b1: "uint8",
  u1: "uint8",
  i1: "int8",
  u2: "uint16",
  i2: "int16",
  u4: "uint32",
  i4: "int32",
  u8: "uint64",
  i8: "int64",
  f4: "float32",
  f8: "float64",
};

/**
 * Reads `.zarray`.
 *
 * @throws {InputError} when it breaks the specification, or uses a type, filter or compressor that is not supported.
 */
export function parseZarrV2(metadata: JsonField): ZarrArray {
  metadata.field("zarr_format").oneOf([2] as const);
  const { dataType, littleEndian } = parseType(metadata.field("dtype"));
  const shape = parseShape(metadata.field("shape"));
  const chunks = parseChunkShape(metadata.field("chunks"), shape.length, dataType);
  const axes = shape.map((_, axis) => axis);
  const order = metadata.field("order").oneOf(["C", "F"] as const);
  const codecs = parseCodecs(metadata);
  const separatorField = metadata.field("dimension_separator");
  const separator = separatorField.present ? separatorField.oneOf([".", "/"] as const) : ".";
  const strides = stridesOf(chunks, order === "C" ? axes : axes.toReversed());
  return {
    zarrFormat: 2,
    shape,
    dataType,
    fillValue: parseFillValue(metadata.field("fill_value"), dataType),
    chunk: { shape: chunks, strides, littleEndian, codecs },
    codecNames: `${littleEndian ? "little" : "big"}-endian, ${order} order, ${codecs.join(", ") || "not compressed"}`,
    keyOf: (coordinates) => coordinates.join(separator),
  };
}

function parseType(field: JsonField): { dataType: DataType; littleEndian: boolean } {
  const [, byteOrder, name] = typeof field.value === "string" ? /^([<>|])([a-z]\d+)$/.exec(field.value) ?? [] : [];
  if (name === undefined || !Object.hasOwn(TYPES, name) || (byteOrder === "|" && !name.endsWith("1"))) {
    throw field.fail("a boolean, an integer of 8 to 64 bits or a float of 32 or 64 bits");
  }
  return { dataType: TYPES[name], littleEndian: byteOrder !== ">" };
}

function parseCodecs(metadata: JsonField): ByteCodec[] {
  const filters = metadata.field("filters");
  if (filters.present && filters.list(0, 16).length > 0) throw filters.fail("empty, filters are not supported");
  const compressor = metadata.field("compressor");
  return compressor.present ? [compressor.field("id").oneOf(COMPRESSORS)] : [];
}
