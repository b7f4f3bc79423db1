/**
 * Opening OME-Zarr images, 0.1 to 0.5 and 0.6, in folders, in zip files and on servers.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import type { VolumeSource } from "../../volume.ts";
import { openFailure } from "../files/file_errors.ts";
import type { OmeAxis } from "./axes.ts";
import { soleImage } from "./collection.ts";
import { readHeaderBeside } from "./nifti_header.ts";
import { describeImage } from "./describe.ts";
import { OmeZarrImage, type OpenOptions } from "./image.ts";
import type { OmeLevel } from "./metadata.ts";
import { readArray, readOmeZarrMetadata } from "./metadata_read.ts";
import type { ChunkDecoding } from "../zarr/chunk_reader.ts";
import { DirectoryStore, type ZarrStore } from "../zarr/store.ts";
import { RemoteStore } from "../zarr/remote_store.ts";
import { isZipName, splitZipPath, ZipStore } from "../zip/read.ts";
import { isUrl } from "../remote/url.ts";
import { axisIndex } from "./volume.ts";

/**
 * Opens an OME-Zarr image in a directory or a zip file for reading.
 *
 * @param path Directory of the image: of the multiscale group, not of one of its arrays; or a zip file of one (its name
 * ends in `.zip`), or a path into that.
 * @throws {InputError} when it is no OME-Zarr image, has no such level, or uses what is not supported.
 */
export async function openOmeZarr(path: string, options: OpenOptions = {}): Promise<OmeZarrImage> {
  return await openOmeZarrIn(await openStore(path.replace(/(?<=.)\/+$/, "")), options);
}

/** Opens the OME-Zarr image that a store holds. @throws {InputError} as {@linkcode openOmeZarr} does. */
export async function openOmeZarrIn(opened: ZarrStore, options: OpenOptions = {}): Promise<OmeZarrImage> {
  const store = await soleImage(opened);
  if (opened instanceof RemoteStore) opened.demandFiles();
  const { warn = () => {} } = options;
  const image = await readOmeZarrMetadata(store, options.level ?? 0, warn);
  const collection = store === opened ? undefined : opened;
  const metadata = { ...image, collection, header: await readHeaderBeside(store, image, warn) };
  const { array, multiscale: { axes } } = metadata;
  const points = array.shape[axisIndex(axes, "t")] ?? 1;
  const { time = 0 } = options;
  if (time !== "all" && !(Number.isInteger(time) && time >= 0 && time < points)) {
    throw openFailure(store.path, `the time point must be from 0 to ${points - 1}: current value is ${time}`);
  }
  const details = await describeImage(store, metadata);
  if (points > 1) details["time"] = `${time} of ${points} time points`;
  return new OmeZarrImage(store, metadata, details, options);
}

/** A level of an image that is being written. */
interface UnfinishedLevel {
  /** Where the image is. */
  readonly store: ZarrStore;
  readonly zarrFormat: 2 | 3;
  readonly axes: readonly OmeAxis["name"][];
  readonly level: OmeLevel;
}

/**
 * A volume of one level of an image that is being written, before its group has metadata; all chunks must be there.
 *
 * @throws {InputError} when there is no such array, or it cannot be read.
 */
export async function openUnfinishedLevel(
  { store, zarrFormat, axes, level }: UnfinishedLevel,
  index: number,
  decoding: ChunkDecoding,
): Promise<VolumeSource> {
  const array = await readArray(store, level.path, zarrFormat);
  if (array === undefined) {
    const rule = "it must have been written: there is none";
    throw new InputError(store.path, `Cannot read level '${level.path}' of '${store.path}' back as ${rule}`);
  }
  const named = axes.map((name) => ({ name }));
  const facts = { version: "0.5", unitsGiven: true, scaled: true } as const;
  const multiscale = { ...facts, axes: named, levels: [level] };
  const metadata = { zarrFormat, multiscale, level: 0, array, attributes: {} } as const;
  return new OmeZarrImage(store, metadata, {}, { requireAllChunks: true, time: "all", ...decoding }).volume(index);
}

async function openStore(path: string): Promise<ZarrStore> {
  if (isUrl(path)) return isZipName(path.replace(/\?.*$/, "")) ? await ZipStore.open(path) : new RemoteStore(path);
  const zip = splitZipPath(path);
  if (zip === undefined) {
    return await kindOfPath(path) === "file" ? await ZipStore.open(path) : new DirectoryStore(path);
  }
  if (await kindOfPath(zip.archive) === "folder") return new DirectoryStore(path);
  return await ZipStore.open(zip.archive, zip.inside);
}

async function kindOfPath(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch {
    return undefined; // Opening it says what is wrong.
  }
}
