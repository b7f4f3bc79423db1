/**
 * Metadata of a Zarr array, version 2 (https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html), read from `.zarray`.
 *
 * @module
 */

import type { DataType } from "../../volume.ts";
import { type ByteCodec, COMPRESSORS } from "../codecs/codecs.ts";
import type { JsonField } from "../files/json_fields.ts";
import { DATA_TYPES } from "../numeric.ts";
import { parseChunkShape, parseFillValue, parseShape, stridesOf, type ZarrArray } from "./array.ts";

/** What NumPy's kinds of values are called elsewhere; a size in bytes follows the kind. */
const KINDS: Readonly<Record<string, string>> = { b: "uint", u: "uint", i: "int", f: "float" };

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
    separator,
    keyOf: (coordinates) => coordinates.join(separator),
  };
}

function parseType(field: JsonField): { dataType: DataType; littleEndian: boolean } {
  const parts = typeof field.value === "string" ? /^([<>|])(b(?=1)|[uif])(\d)$/.exec(field.value) : null;
  const dataType = DATA_TYPES.find((type) => parts && type === `${KINDS[parts[2]]}${8 * Number(parts[3])}`);
  if (!parts || !dataType || (parts[1] === "|" && parts[3] !== "1")) {
    throw field.fail("a boolean, an integer of 8 to 64 bits or a float of 16 to 64 bits");
  }
  return { dataType, littleEndian: parts[1] !== ">" };
}

function parseCodecs(metadata: JsonField): ByteCodec[] {
  const filters = metadata.field("filters");
  if (filters.present && filters.list(0, 16).length > 0) throw filters.fail("empty, filters are not supported");
  const compressor = metadata.field("compressor");
  return compressor.present ? [compressor.field("id").oneOf(COMPRESSORS)] : [];
}
