/**
 * What an OME-Zarr image holds that is to be replaced, and the new one will not: looked at before any work.
 *
 * @module
 */

import { WriteError } from "../../errors.ts";
import { messageOf } from "../files/file_errors.ts";
import { isBesideLabels, isPartOfImage, levelsIn } from "../files/image_folder.ts";
import { kindOf } from "../files/kind.ts";
import type { ImageOutput, ImageSpec } from "../image.ts";
import { DirectoryStore, MOST_METADATA, type ZarrStore } from "../zarr/store.ts";
import { isZipName, ZipStore } from "../zip/read.ts";
import { keptAttributes } from "./group.ts";
import { FOLDER as LABELS, MOST_BYTES } from "./labels.ts";
import { foreignAttributes, readGroup } from "./metadata_read.ts";

/**
 * Refuses to lose labels, and what in an archive is no part of an image: somebody may have drawn them. What is no
 * archive is a file as any other.
 *
 * @param labelled what holds the labels that the new image has, or will have.
 * @param givenUp labels that the user gives up, as {@linkcode labelsToGiveUp} names them; left out: none.
 * @param mayGiveUp whether the user may give up labels by an option, for the message.
 * @throws {WriteError} naming what would be lost.
 */
export async function demandKept(
  out: string,
  labelled: ZarrStore | undefined,
  givenUp?: readonly string[],
  mayGiveUp = false,
): Promise<void> {
  const old = await storeAt(out).catch((cause) => refuseArchive(out, `cannot be read: ${messageOf(cause)}`));
  if (old instanceof ZipStore) {
    const levels = await levelsAt(old, "");
    for (const key of old.keys()) {
      if (!levels || !isPartOfImage(levels, key, false)) refuseArchive(out, `holds '${key}'`);
    }
  }
  for await (const [label, inside] of labelFiles(old)) {
    const key = `${LABELS}/${label}${inside}`;
    if (isBesideLabels(label + inside) || givenUp?.includes(label) || await isSame(key, old, labelled)) continue;
    const [rule, way] = givenUp
      ? ["labels may be given up that are images and nothing else, and were there when the run began", "move it away"]
      : [
        "an image may be replaced by one that has its labels as they are",
        mayGiveUp
          ? "write elsewhere, move away what shall be replaced, or give up its labels by option 'copyLabels: false'"
          : "write elsewhere, or move away what shall be replaced",
      ];
    const lost = `current one has '${LABELS}/${label}', which would be lost (${way})`;
    throw new WriteError(out, `Cannot write ${out} as ${rule}: ${lost}`);
  }
}

/** The same once the new image is made, as labels may have been drawn meanwhile. @param made where it is. */
export async function demandKeptBy(
  made: string,
  { path, givenUp }: Pick<ImageOutput, "path" | "givenUp">,
): Promise<void> {
  const isZip = isZipName(path) && await kindOf(made) === "zip";
  if (!isZip && !(await Deno.stat(made)).isDirectory) return;
  await demandKept(path, isZip ? await ZipStore.open(made) : new DirectoryStore(made), givenUp);
}

/** The names of the labels that whoever replaces an image may give up: each is an image, and nothing else. */
export async function labelsToGiveUp(out: string): Promise<string[]> {
  const old = await storeAt(out).catch(() => undefined);
  const found = new Map<string, boolean>();
  let levels: string[] | undefined;
  for await (const [label, inside] of labelFiles(old)) {
    if (!found.has(label)) levels = old && await levelsAt(old, `${LABELS}/${label}/`);
    const isPart = levels !== undefined && isPartOfImage(levels, inside.slice(1), false);
    found.set(label, isPart && (found.get(label) ?? true));
  }
  return [...found].filter(([, isImage]) => isImage).map(([label]) => label);
}

/** What lies at a place and holds labels, or is an archive. */
async function storeAt(out: string): Promise<DirectoryStore | ZipStore | undefined> {
  if (!await mayLook(out)) return undefined;
  if (isZipName(out)) return await kindOf(out) === "zip" ? await ZipStore.open(out) : undefined;
  const isFolder = await Deno.lstat(`${out}/${LABELS}`).then(({ isDirectory }) => isDirectory, () => false);
  return isFolder ? new DirectoryStore(out) : undefined;
}

/** The files of labels: the name of each label, and what follows it in their keys. */
async function* labelFiles(store: ZarrStore | undefined): AsyncGenerator<[label: string, inside: string]> {
  for await (const key of store?.list?.(LABELS) ?? []) {
    const [, label] = key.split("/");
    yield [label, key.slice(LABELS.length + 1 + label.length)];
  }
}

/** The paths of the levels of the image below a path of a store; nothing where there is no image. */
async function levelsAt(store: ZarrStore, path: string): Promise<string[] | undefined> {
  const read = async (name: string) => levelsIn(new TextDecoder().decode(await store.read(path + name, MOST_METADATA)));
  return await read("zarr.json") ?? await read(".zattrs");
}

function refuseArchive(out: string, current: string): never {
  const rule = "an archive may be replaced where it holds an OME-Zarr image and nothing else";
  throw new WriteError(out, `Cannot write ${out} as ${rule}: current one ${current} (remove it yourself)`);
}

/** Whether two stores have the same file, compared piece by piece; one that cannot be read is another. */
async function isSame(key: string, one: ZarrStore | undefined, other: ZarrStore | undefined): Promise<boolean> {
  try {
    const [left, right] = [await one?.pieces?.(key, MOST_BYTES), await other?.pieces?.(key, MOST_BYTES)];
    if (!left || !right) return false;
    const rest = right[Symbol.asyncIterator]();
    for await (const piece of left) {
      const { value } = await rest.next();
      if (value === undefined || !isEqual(piece, value)) return false;
    }
    return (await rest.next()).done === true;
  } catch {
    return false;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/**
 * What of the image at a path will be gone once another has its place, in sentences: labels that the user gives up, and
 * what the old one says of itself and the new one will not.
 */
export async function replacedLosses(path: string, spec: ImageSpec, copyLabels = true): Promise<string[]> {
  const told = (what: string, why: string) => `'${path}' is replaced, and with it its ${what}: ${why}.`;
  const list = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");
  const [labels, attributes] = [copyLabels ? [] : await labelsToGiveUp(path), await attributesLost(path, spec)];
  return [
    ...labels.length > 0 ? [told(`labels ${list(labels)}`, "option 'copyLabels: false' gives them up")] : [],
    ...attributes.length > 0 ? [told(`attributes ${list(attributes)}`, "the new image has others, or none")] : [],
  ];
}

async function attributesLost(path: string, spec: ImageSpec): Promise<string[]> {
  if (!await mayLook(path)) return [];
  const group = await (isZipName(path) ? ZipStore.open(path) : Promise.resolve(new DirectoryStore(path)))
    .then(readGroup).catch(() => undefined);
  if (!group) return [];
  const before = { ...foreignAttributes(group.attributes.object()), omero: group.ome.field("omero").value };
  const { foreign, omero } = keptAttributes(spec) ?? {};
  const now: Readonly<Record<string, unknown>> = { ...foreign, omero };
  return Object.entries(before).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(now[key]))
    .map(([key]) => key);
}

/**
 * Whether something is there that will be gone, as far as permissions let us look: no link, as what it leads to stays.
 * In a browser nothing is.
 */
async function mayLook(path: string): Promise<boolean> {
  if (typeof Deno === "undefined") return false;
  if ((await Deno.permissions.query({ name: "read", path })).state !== "granted") return false;
  return await Deno.lstat(path).then(({ isSymlink }) => !isSymlink, () => false);
}
