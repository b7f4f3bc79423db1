/**
 * Metadata of a Zarr array, version 3 (https://zarr-specs.readthedocs.io/en/latest/v3/core/v3.0.html), read from
 * `zarr.json`: regular grids, plain or sharded, codecs `transpose`, `bytes`, one compressor and `crc32c`.
 *
 * @module
 */

import type { DataType } from "../../volume.ts";
import { type ByteCodec, COMPRESSORS } from "../codecs/codecs.ts";
import { isObject, JsonField } from "../files/json_fields.ts";
import { bytesPerValue, DATA_TYPES } from "../numeric.ts";
import {
  type ChunkEncoding,
  MOST_AXES,
  parseChunkShape,
  parseFillValue,
  parseShape,
  product,
  type ShardIndex,
  stridesOf,
  type ZarrArray,
} from "./array.ts";

const KNOWN_FIELDS = new Set([
  "zarr_format",
  "node_type",
  "shape",
  "data_type",
  "chunk_grid",
  "chunk_key_encoding",
  "fill_value",
  "codecs",
  "attributes",
  "storage_transformers",
  "dimension_names",
  "consolidated_metadata",
]);
/** More steps than any file has: a bound on untrusted metadata. */
const MOST_CODECS = 16;
/** Largest shard index that is read: 2^20 chunks, 16 MiB. */
const MOST_SHARD_CHUNKS = 2 ** 20;

/** A codec by name, with its configuration. */
interface Step {
  readonly name: string;
  readonly configuration: JsonField;
  readonly nameField: JsonField;
}

/**
 * Reads the `zarr.json` of an array.
 *
 * @throws {InputError} when it breaks the specification, or uses a type, grid, extension or codec that is not
 * supported.
 */
export function parseZarrV3(metadata: JsonField): ZarrArray {
  metadata.field("zarr_format").oneOf([3] as const);
  metadata.field("node_type").oneOf(["array"] as const);
  refuseExtensions(metadata);
  const typeName = metadata.field("data_type").oneOf(["bool", ...DATA_TYPES]);
  const dataType = typeName === "bool" ? "uint8" : typeName;
  const shape = parseShape(metadata.field("shape"));
  const grid = metadata.field("chunk_grid");
  grid.field("name").oneOf(["regular"] as const);
  const gridShape = grid.field("configuration").field("chunk_shape");
  const steps = parseSteps(metadata.field("codecs"));
  const names = metadata.field("dimension_names");
  const common = {
    zarrFormat: 3,
    shape,
    dataType,
    fillValue: parseFillValue(metadata.field("fill_value"), dataType),
    ...parseKeyEncoding(metadata.field("chunk_key_encoding")),
    dimensionNames: names.present ? parseNames(names, shape.length) : undefined,
  } as const;
  if (steps[0].name === "sharding_indexed") return { ...common, ...parseSharding(steps, gridShape, dataType) };
  const chunk = parseEncoding(steps, parseChunkShape(gridShape, shape.length, dataType), dataType);
  return { ...common, chunk, codecNames: steps.map((step) => step.name).join(", ") };
}

/** The specification: what is unknown must be understood unless it says otherwise. */
function refuseExtensions(metadata: JsonField): void {
  for (const name of Object.keys(metadata.object())) {
    const field = metadata.field(name);
    const optional = isObject(field.value) && field.value.must_understand === false;
    if (!KNOWN_FIELDS.has(name) && !optional) throw field.fail("absent, this extension is not supported");
  }
  const transformers = metadata.field("storage_transformers");
  if (transformers.present && transformers.list(0, MOST_CODECS).length > 0) {
    throw transformers.fail("empty, storage transformers are not supported");
  }
}

function parseSteps(list: JsonField): Step[] {
  return list.list(1, MOST_CODECS).map((entry) => {
    const { path, place } = entry;
    if (typeof entry.value === "string") {
      return { name: entry.value, nameField: entry, configuration: new JsonField(path, place, {}) };
    }
    const nameField = entry.field("name");
    const configuration = entry.field("configuration");
    return {
      name: nameField.string(),
      nameField,
      configuration: configuration.present ? configuration : new JsonField(path, configuration.place, {}),
    };
  });
}

/** Reads the steps of one chunk: any transposes, `bytes`, then steps from bytes to bytes. */
function parseEncoding(steps: readonly Step[], shape: readonly number[], dataType: DataType): ChunkEncoding {
  let order = shape.map((_, axis) => axis);
  let next = 0;
  for (; next < steps.length && steps[next].name === "transpose"; next++) {
    const previous = order;
    order = parseOrder(steps[next].configuration.field("order"), shape.length).map((axis) => previous[axis]);
  }
  const serializer = steps[next] ?? steps[steps.length - 1];
  if (serializer.name !== "bytes") throw serializer.nameField.fail('"bytes", or "transpose" before it');
  const endian = serializer.configuration.field("endian");
  const oneByte = bytesPerValue(dataType) === 1;
  const littleEndian = (oneByte && !endian.present) || endian.oneOf(["little", "big"] as const) === "little";
  return { shape, strides: stridesOf(shape, order), littleEndian, codecs: parseByteCodecs(steps.slice(next + 1)) };
}

function parseByteCodecs(steps: readonly Step[]): ByteCodec[] {
  let compressed = false;
  return steps.map(({ name, nameField }) => {
    const plain = name.replace(/^numcodecs\./, "");
    const codec = name === "crc32c" ? "crc32c" : COMPRESSORS.find((known) => known === plain);
    if (codec === undefined) throw nameField.fail(`crc32c or a compressor of ${COMPRESSORS.join(", ")}`);
    if (codec !== "crc32c" && compressed) throw nameField.fail("crc32c, a second compressor is not supported");
    compressed ||= codec !== "crc32c";
    return codec;
  });
}

function parseSharding(
  steps: readonly Step[],
  gridShape: JsonField,
  dataType: DataType,
): { chunk: ChunkEncoding; shard: ShardIndex; codecNames: string } {
  if (steps.length > 1) throw steps[1].nameField.fail("absent, codecs around shards are not supported");
  const { configuration } = steps[0];
  const shardShape = gridShape.list(1, MOST_AXES).map((entry) => entry.count());
  const chunkField = configuration.field("chunk_shape");
  const shape = parseChunkShape(chunkField, shardShape.length, dataType);
  const chunks = shardShape.map((size, axis) => size / shape[axis]);
  if (chunks.some((count) => !Number.isInteger(count)) || product(chunks) > MOST_SHARD_CHUNKS) {
    throw chunkField.fail(`a divisor of the shard shape ${shardShape.join(" x ")} that gives at most 2^20 chunks`);
  }
  const inner = parseSteps(configuration.field("codecs"));
  const index = parseSteps(configuration.field("index_codecs"));
  const checksum = index.length === 2 && index[1].name === "crc32c";
  const plain = index[0].name === "bytes" && index[0].configuration.field("endian").value === "little";
  if (!plain || (index.length > 1 && !checksum)) {
    throw configuration.field("index_codecs").fail("little-endian bytes, with or without crc32c after them");
  }
  const location = configuration.field("index_location");
  const atStart = location.present && location.oneOf(["start", "end"] as const) === "start";
  const names = inner.map((step) => step.name).join(", ");
  return {
    chunk: parseEncoding(inner, shape, dataType),
    shard: { chunks, atStart, checksum },
    codecNames: `sharding_indexed (${names})`,
  };
}

function parseOrder(field: JsonField, rank: number): number[] {
  const order = field.list(rank, rank).map((entry) => entry.number());
  const axes = order.toSorted((a, b) => a - b);
  if (axes.some((axis, i) => axis !== i)) throw field.fail(`a permutation of 0 to ${rank - 1}`);
  return order;
}

function parseNames(field: JsonField, rank: number): (string | null)[] {
  return field.list(rank, rank).map((entry) => entry.present ? entry.string() : null);
}

function parseKeyEncoding(field: JsonField): Pick<ZarrArray, "separator" | "keyOf"> {
  const isName = typeof field.value === "string";
  const name = (isName ? field : field.field("name")).oneOf(["default", "v2"] as const);
  const configuration = isName ? undefined : field.field("configuration");
  const given = configuration?.present ? configuration.field("separator") : undefined;
  const separator = given?.present ? given.oneOf([".", "/"] as const) : name === "v2" ? "." : "/";
  return { separator, keyOf: (at) => (name === "v2" ? at : ["c", ...at]).join(separator) };
}
