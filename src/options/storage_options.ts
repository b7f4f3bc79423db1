/**
 * From the storage options of a command to how its OME-Zarr outputs are created.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { chunkObjection } from "../io/zarr/chunk_choice.ts";
import { imageFormatFor } from "../io/image.ts";
import type { CreateOptions } from "../io/open.ts";
import { isOzxName } from "../io/zip/read.ts";
import { COMPRESSION_LEVELS } from "../io/zarr/encode.ts";
import type { OptionValues } from "./spec.ts";
import { STORAGE_OPTIONS } from "./storage_table.ts";

/** What the user says about storage. */
type StorageChoices = OptionValues<typeof STORAGE_OPTIONS>;

/**
 * Checks what can be known from the command line alone.
 *
 * @throws {UsageError} for an output that has no chunks, a level that the compressor does not have, or shapes that do
 * not divide.
 */
export function checkStorageOptions(output: string, given: StorageChoices): void {
  const asked = Object.keys(STORAGE_OPTIONS).find((key) => given[key as keyof StorageChoices] !== undefined);
  if (asked === undefined) return;
  if (imageFormatFor(output) !== "ome-zarr") {
    throw new UsageError(`Cannot use option '${asked}' as only an OME-Zarr has chunks: current output is '${output}'`);
  }
  checkLevel(given);
  const needs = given.shardShape !== undefined ? "option 'shardShape'" : isOzxName(output) && "an .ozx";
  if (given.omeVersion === "0.4" && needs) {
    throw new UsageError(`Cannot use option 'omeVersion: 0.4' as ${needs} needs 0.5: current output is '${output}'`);
  }
  const objection = chunkObjection({ chunk: given.chunkShape, shard: given.shardShape });
  if (objection !== undefined) throw new UsageError(`Cannot use option '${asked}' as ${objection}`);
}

function checkLevel({ compressor = "zstd", compressionLevel }: StorageChoices): void {
  if (compressionLevel === undefined) return;
  const levels = COMPRESSION_LEVELS[compressor];
  if (levels === undefined) {
    throw new UsageError(
      `Cannot use option 'compressionLevel' as option 'compressor: ${compressor}' has no levels: leave it out`,
    );
  }
  if (compressionLevel >= levels.least && compressionLevel <= levels.most) return;
  const rule = `the level of ${compressor} must be ${levels.least} to ${levels.most}`;
  throw new UsageError(`Cannot use option 'compressionLevel' as ${rule}: current value is ${compressionLevel}`);
}

/** How the outputs of a run are created, as far as storage goes. */
export function storageOf(
  { chunkShape: chunk, shardShape: shard, compressor, compressionLevel: level, omeVersion, copyLabels = true }:
    StorageChoices,
): Pick<CreateOptions, "chunk" | "shard" | "compression" | "omeVersion" | "copyLabels"> {
  return { chunk, shard, compression: { compressor, level }, omeVersion, copyLabels };
}
