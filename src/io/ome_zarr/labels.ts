/**
 * The label images below an OME-Zarr image (https://ngff.openmicroscopy.org/0.5/#labels-md), which an output takes
 * along as they are.
 *
 * @module
 */

import { CorruptDataError } from "../../errors.ts";
import { DamagedBytesError } from "../files/file_errors.ts";
import { isObject } from "../files/json_fields.ts";
import { replaceFile } from "../files/whole.ts";
import { readJson, type ZarrStore } from "../zarr/store.ts";
import type { OmeZarrImage } from "./image.ts";

/** Where labels lie below an image. */
export const FOLDER = "labels";
/** Longest file that is copied, bytes: what one array of JavaScript holds on any machine. */
export const MOST_BYTES = 2 ** 31 - 1;

/** Whether there are labels. */
export async function hasLabels(store: ZarrStore): Promise<boolean> {
  return await readJson(store, `${FOLDER}/zarr.json`) !== undefined ||
    await readJson(store, `${FOLDER}/.zattrs`) !== undefined;
}

/** The names that their group lists. @throws {InputError} when its metadata cannot be read. */
export async function labelNames(store: ZarrStore): Promise<string[]> {
  const group = await readJson(store, `${FOLDER}/zarr.json`);
  const attributes = (group ? group.field("attributes") : await readJson(store, `${FOLDER}/.zattrs`))?.value;
  if (!isObject(attributes)) return [];
  const { ome = attributes } = attributes;
  return isObject(ome) && Array.isArray(ome.labels) ? ome.labels.map(String) : [];
}

/** Whether a key names a file that describes a group or an array. */
export function isMetadata(key: string): boolean {
  return /(?:zarr\.json|\.zarray|\.zattrs|\.zgroup)$/.test(key);
}

/**
 * Copies the labels of an image into the directory of another.
 *
 * @returns the keys of their files, those of less depth first.
 * @throws {CorruptDataError} when one is no file, or a link that leads out of the store.
 */
export async function copyLabels(image: OmeZarrImage, directory: string): Promise<string[]> {
  const keys: string[] = [];
  const folders = new Set<string>();
  for await (const [key, pieces] of labelFiles(image)) {
    const folder = `${directory}/${key.slice(0, key.lastIndexOf("/"))}`;
    if (!folders.has(folder)) await Deno.mkdir(folder, { recursive: true });
    folders.add(folder);
    await replaceFile(`${directory}/${key}`, pieces);
    keys.push(key);
  }
  return keys.sort((a, b) => depth(a) - depth(b));
}

/** How deep a file lies. */
export function depth(key: string): number {
  return key.split("/").length;
}

/**
 * The files of an image's labels, each a key and its bytes in pieces.
 *
 * @throws {CorruptDataError} when one is no file, or a link that leads out of the store.
 */
export async function* labelFiles(
  { store }: OmeZarrImage,
): AsyncGenerator<[key: string, pieces: AsyncIterable<Uint8Array>]> {
  for await (const key of store.list?.(FOLDER) ?? []) yield [key, piecesOf(store, key)];
}

async function* piecesOf(store: ZarrStore, key: string): AsyncGenerator<Uint8Array> {
  try {
    const pieces = await store.pieces?.(key, MOST_BYTES);
    if (pieces === undefined) throw new DamagedBytesError("it must stay until it is copied: it is gone");
    yield* pieces;
  } catch (cause) {
    if (!(cause instanceof DamagedBytesError)) throw cause;
    const text = `Cannot copy '${key}' of '${store.path}' as ${cause.message}`;
    throw new CorruptDataError(store.path, key, text, { cause });
  }
}
