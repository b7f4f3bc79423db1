/**
 * The options about how an OME-Zarr output is stored.
 *
 * @module
 */

import { COUNTS, INDEX, type OptionTable } from "./spec.ts";

/** Options about the chunks of every OME-Zarr that is written; shared by all commands that correct. */
export const STORAGE_OPTIONS = {
  compressor: {
    type: "choice",
    words: ["zstd", "gzip", "blosc", "none"],
    group: "Storage",
    help: "How the chunks of an OME-Zarr are compressed; default: zstd. blosc is Zstandard after a shuffle of bytes.",
  },
  compressionLevel: {
    ...INDEX,
    to: 22,
    group: "Storage",
    help: "Level of the compressor: zstd 1 to 22 (default 1), gzip 0 to 9 (default 3), blosc 0 to 9 (default 1).",
  },
  chunkShape: {
    ...COUNTS,
    group: "Storage",
    help: "Voxels of a chunk of an OME-Zarr; default: 128, where the volume is not shorter.",
  },
  shardShape: {
    ...COUNTS,
    group: "Storage",
    help: "Put the chunks of an OME-Zarr into shards of this many voxels, a file each; multiples of the chunk's edges.",
  },
  omeVersion: {
    type: "choice",
    words: ["0.4", "0.5"],
    group: "Storage",
    help:
      "Version of an OME-Zarr: 0.4 for programs that read no Zarr v3; default: the input's where that is 0.4 or 0.5, else 0.5. .ozx and shards need 0.5.",
  },
  copyLabels: {
    type: "flag",
    negative: "--no-copy-labels",
    group: "Storage",
    help:
      "Copy the label images of an OME-Zarr to one that is written; default: yes. --no-copy-labels with --overwrite also gives up those of an image that is replaced.",
  },
} as const satisfies OptionTable;
