/**
 * The files of an array that is written, in either format of Zarr: how they are named, and what the one says that
 * describes it.
 *
 * @module
 */

import type { DataType } from "../../volume.ts";
import { codecsOf, type Compression, compressorOf, shardCodec } from "./encode.ts";

/** What an array shall be. */
export interface ArrayFormat {
  readonly zarrFormat: 2 | 3;
  /** Voxels along every axis, slowest first. */
  readonly shape: readonly number[];
  /** Voxels of a chunk along every axis. */
  readonly chunk: readonly number[];
  /**
   * Voxels of a shard: multiples of the chunk's, 1 in front of the last three axes; left out: a file holds one chunk.
   * Version 2 has none.
   */
  readonly shard?: readonly number[];
  readonly compression: Compression;
  readonly dataType: DataType;
  readonly dimensionNames: readonly string[];
}

/** Names of the files that describe a group. */
export function groupFiles(zarrFormat: 2 | 3): readonly string[] {
  return zarrFormat === 3 ? ["zarr.json"] : [".zgroup", ".zattrs"];
}

/** Name of the file that describes an array. */
export function arrayFile(zarrFormat: 2 | 3): string {
  return zarrFormat === 3 ? "zarr.json" : ".zarray";
}

/** The folder below an array in which its chunks are. */
export function chunkFolder(directory: string, zarrFormat: 2 | 3): string {
  return zarrFormat === 3 ? `${directory}/c` : directory;
}

/** Name, below an array, of the file at a place of its grid of files. */
export function keyOf(coordinates: readonly number[], zarrFormat: 2 | 3): string {
  return `${zarrFormat === 3 ? "c/" : ""}${coordinates.join("/")}`;
}

/** The voxels of one file along every axis. */
export function blockOf({ chunk, shard }: ArrayFormat): readonly number[] {
  return shard ?? chunk;
}

/** What the file says that describes an array. */
export function arrayMetadata(spec: ArrayFormat): Record<string, unknown> {
  return spec.zarrFormat === 3 ? metadataV3(spec) : metadataV2(spec);
}

function metadataV3(spec: ArrayFormat): Record<string, unknown> {
  const codecs = codecsOf(spec.dataType, spec.compression);
  return {
    zarr_format: 3,
    node_type: "array",
    shape: spec.shape,
    data_type: spec.dataType,
    chunk_grid: { name: "regular", configuration: { chunk_shape: blockOf(spec) } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: spec.shard === undefined ? codecs : [shardCodec(spec.chunk, codecs)],
    attributes: {},
    dimension_names: spec.dimensionNames,
  };
}

function metadataV2({ shape, chunk, dataType, compression }: ArrayFormat): Record<string, unknown> {
  const [, kind, bits] = /^(u?int|float)(\d+)$/.exec(dataType) ?? [];
  const letter = kind === "float" ? "f" : kind === "int" ? "i" : "u";
  const bytes = Number(bits) / 8;
  return {
    zarr_format: 2,
    shape,
    chunks: chunk,
    dtype: `${bytes === 1 ? "|" : "<"}${letter}${bytes}`,
    compressor: compressorOf(dataType, compression),
    fill_value: 0,
    order: "C",
    filters: null,
    dimension_separator: "/",
  };
}
