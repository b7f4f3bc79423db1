/**
 * The folder of an OME-Zarr image that shall be replaced: what in it is no part of the image, or is to stay.
 *
 * @module
 */

import { isObject } from "./json_fields.ts";

/** Names of metadata. */
const METADATA = ["zarr.json", ".zattrs", ".zgroup", ".zarray", ".zmetadata"];

/** Names of what systems leave in any folder. */
const LEFT_BY_SYSTEMS = /^(\.DS_Store|\._.*|Thumbs\.db|desktop\.ini)$/;

/** Folders of an image beside its levels; the first holds no array. */
const BESIDE_LEVELS = ["OME", "nifti"];

/** Labels, of which each file must be in the new image too, unless the user gives them up (`ome_zarr/replaced.ts`). */
const LABELS = "labels";

/** Folders and files of chunks, below the array. */
const CHUNK_FOLDER = /^(c|\d+)(\/\d+)*$/;
const CHUNK = /^(c[/.])?\d+([/.]\d+)*$/;

/** Permission to write, of anybody: Snakemake and many people take it from what shall stay. */
const ANY_WRITE = 0o222;

/** Whether a name below the labels is that of the list of them, or of what systems leave: such a file may go. */
export function isBesideLabels(inside: string): boolean {
  return METADATA.includes(inside) || LEFT_BY_SYSTEMS.test(inside.slice(inside.lastIndexOf("/") + 1));
}

/** Whether nobody may write to something. */
export function isProtected({ mode }: Deno.FileInfo): boolean {
  return mode !== null && (mode & ANY_WRITE) === 0;
}

/** What shows that a folder is no OME-Zarr image, or holds more than one, or what shall stay. */
export async function objectionIn(folder: string): Promise<string | undefined> {
  const levels = await levelsOf(folder);
  if (!levels) return "a folder of something else, or of several images";
  for await (const [key, { isFile, isDirectory, isSymlink }] of entriesIn(folder)) {
    const found = (what: string) => `a folder with '${key}' in it, which is ${what}`;
    if (!isFile && !isDirectory && !isSymlink) return found("a device, pipe or socket");
    if (!isPartOfImage(levels, key, isDirectory)) return found("no part of an image");
    // Chunks are many, and who protects them protects their folders.
    const isLooked = isDirectory || METADATA.includes(key.slice(key.lastIndexOf("/") + 1));
    if (isLooked && isProtected(await Deno.lstat(`${folder}/${key}`))) return found("protected from being written to");
  }
  return undefined;
}

async function levelsOf(folder: string): Promise<string[] | undefined> {
  for (const name of ["zarr.json", ".zattrs"]) {
    const path = `${folder}/${name}`;
    const isFile = await Deno.stat(path).then(({ isFile }) => isFile, () => false);
    const levels = levelsIn(isFile ? await Deno.readTextFile(path).catch(() => "") : "");
    if (levels) return levels;
  }
  return undefined;
}

/** The paths of levels that the metadata of a group name; nothing where it is no image, or has several. */
export function levelsIn(text: string): string[] | undefined {
  try {
    const { attributes = JSON.parse(text) } = JSON.parse(text);
    const { multiscales } = isObject(attributes.ome) ? attributes.ome : attributes;
    if (multiscales.length > 1) return undefined;
    // deno-lint-ignore no-explicit-any -- whatever is no list of names throws
    const paths: string[] = multiscales.flatMap(({ datasets }: any) => datasets.map(({ path }: any) => `${path}`));
    return paths.filter((path) => path.split("/").every((part) => !["", ".", ".."].includes(part)));
  } catch {
    return undefined;
  }
}

/** Whether a name is that of a part of an image with these levels; labels are, whatever is in them. */
export function isPartOfImage(levels: readonly string[], key: string, isFolder: boolean): boolean {
  const parts = key.split("/");
  const [folder, name] = [parts.slice(0, -1).join("/"), parts[parts.length - 1]];
  if (parts[0] === LABELS && (isFolder || parts.length > 1)) return true;
  const places = [...levels, ...BESIDE_LEVELS];
  if (!isFolder && (METADATA.includes(name) || LEFT_BY_SYSTEMS.test(name))) {
    return folder === "" || isPartOfImage(levels, folder, true);
  }
  if (!isFolder && key === "OME/METADATA.ome.xml") return true;
  if (isFolder && places.some((place) => place === key || place.startsWith(`${key}/`))) return true;
  const chunk = isFolder ? CHUNK_FOLDER : CHUNK;
  const arrays = places.filter((place) => place !== BESIDE_LEVELS[0] && key.startsWith(`${place}/`));
  return arrays.some((place) => chunk.test(key.slice(place.length + 1)));
}

/** Everything below a folder; what lies in another comes after it. */
async function* entriesIn(folder: string, inside = ""): AsyncGenerator<[key: string, entry: Deno.DirEntry]> {
  for await (const entry of Deno.readDir(`${folder}/${inside}`)) {
    const key = inside + entry.name;
    yield [key, entry];
    if (entry.isDirectory) yield* entriesIn(folder, `${key}/`);
  }
}
