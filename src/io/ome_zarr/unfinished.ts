/**
 * Reading back levels of an OME-Zarr 0.5 image that is still being written, before its group has metadata.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import type { VolumeSource } from "../../volume.ts";
import type { OmeAxis, OmeLevel } from "./metadata.ts";
import { readArray } from "./metadata_read.ts";
import { OmeZarrImage } from "./read.ts";
import type { ChunkDecoding } from "../zarr/chunk_reader.ts";
import { DirectoryStore } from "../zarr/store.ts";

/**
 * A volume of one level, as stored; a chunk that is not there is an error.
 *
 * @param directory The partial output.
 * @throws {InputError} when there is no such array, or it cannot be read.
 */
export async function openUnfinishedLevel(
  directory: string,
  axes: readonly OmeAxis["name"][],
  level: OmeLevel,
  index: number,
  decoding: ChunkDecoding,
): Promise<VolumeSource> {
  const store = new DirectoryStore(directory);
  const array = await readArray(store, level.path, 3);
  if (array === undefined) {
    throw new InputError(
      directory,
      `Cannot read level '${level.path}' of '${directory}' back as it must have been written: there is none`,
    );
  }
  const multiscale = {
    version: "0.5",
    axes: axes.map((name) => ({ name })),
    levels: [level],
    unitsGiven: true,
    images: 1,
  } as const;
  return new OmeZarrImage(store, { zarrFormat: 3, multiscale, level: 0, array, attributes: {} }, {}, {
    requireAllChunks: true,
    ...decoding,
  }).volume(index);
}
