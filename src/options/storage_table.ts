/**
 * The options about how an OME-Zarr output is stored.
 *
 * @module
 */

import type { Triple } from "../volume.ts";
import { atLeast, choice, number, type OptionSpecs, perAxis } from "./parsers.ts";

/** Types of the values of {@linkcode STORAGE_OPTIONS}, which says what each of them is. */
export type StorageValues = {
  readonly compressor: "zstd" | "gzip" | "blosc" | "none";
  readonly compressionLevel: number;
  readonly chunkShape: Triple;
  readonly shardShape: Triple;
};

/** Options about the chunks of every OME-Zarr that is written; shared by all commands that correct. */
export const STORAGE_OPTIONS: OptionSpecs<StorageValues> = {
  compressor: choice({
    group: "Storage",
    help: "How the chunks of an OME-Zarr are compressed; default: zstd. blosc is Zstandard after a shuffle of bytes.",
  }, ["zstd", "gzip", "blosc", "none"]),
  compressionLevel: number(
    {
      group: "Storage",
      value: "<n>",
      help: "Level of the compressor: zstd 1 to 22 (default 1), gzip 0 to 9 (default 3), blosc 0 to 9 (default 1).",
    },
    "an integer from 0 to 22",
    (n) => atLeast(0)(n) && n <= 22,
  ),
  chunkShape: perAxis(
    {
      group: "Storage",
      value: "<n | z y x>",
      help: "Voxels of a chunk of an OME-Zarr; default: 128, where the volume is not shorter.",
    },
    "integers >= 1",
    atLeast(1),
  ),
  shardShape: perAxis(
    {
      group: "Storage",
      value: "<n | z y x>",
      help:
        "Put the chunks of an OME-Zarr into shards of this many voxels, a file each; multiples of the chunk's edges.",
    },
    "integers >= 1",
    atLeast(1),
  ),
};
