/**
 * What an OME-Zarr image holds that is to be replaced, and the new one will not: looked at before any work.
 *
 * @module
 */

import { WriteError } from "../../errors.ts";
import { messageOf } from "../files/file_errors.ts";
import { demandLabels, demandSameLabel, isPartOfImage, levelsIn } from "../files/image_folder.ts";
import { kindOf } from "../files/kind.ts";
import type { ImageSpec } from "../image.ts";
import { DirectoryStore, MOST_METADATA, type ZarrStore } from "../zarr/store.ts";
import { isZipName, ZipStore } from "../zip/read.ts";
import { keptAttributes } from "./group.ts";
import { MOST_BYTES } from "./labels.ts";
import { foreignAttributes, readGroup } from "./metadata_read.ts";

/**
 * Refuses to lose labels, and what in an archive is no part of an image. What is no archive is a file as any other.
 *
 * @param labelled what holds the labels that the new image will have.
 * @throws {WriteError} naming what would be lost.
 */
export async function demandKept(out: string, labelled: ZarrStore | undefined): Promise<void> {
  if (!await mayLook(out)) return;
  const kept = async (key: string) => await labelled?.read(key, MOST_BYTES).catch(() => undefined);
  if (!isZipName(out)) return await demandLabels(out, kept);
  if (await kindOf(out) !== "zip") return;
  const refuse = (current: string): never => {
    const rule = "an archive may be replaced where it holds an OME-Zarr image and nothing else";
    throw new WriteError(out, `Cannot write ${out} as ${rule}: current one ${current} (remove it yourself)`);
  };
  const zip = await ZipStore.open(out).catch((cause) => refuse(`cannot be read: ${messageOf(cause)}`));
  const levelsBy = async (name: string) => levelsIn(new TextDecoder().decode(await zip.read(name, MOST_METADATA)));
  const levels = await levelsBy("zarr.json") ?? await levelsBy(".zattrs");
  for (const key of zip.keys()) {
    if (!levels || !isPartOfImage(levels, key, false)) return refuse(`holds '${key}'`);
    if (key.startsWith("labels/")) demandSameLabel(out, key, await zip.read(key, MOST_BYTES), await kept(key));
  }
}

/** What the image at a path says of itself that one in its place will not say, in sentences. */
export async function attributesLost(path: string, spec: ImageSpec): Promise<string[]> {
  if (!await mayLook(path)) return [];
  const group = await (isZipName(path) ? ZipStore.open(path) : Promise.resolve(new DirectoryStore(path)))
    .then(readGroup).catch(() => undefined);
  if (!group) return [];
  const before = { ...foreignAttributes(group.attributes.object()), omero: group.ome.field("omero").value };
  const { foreign, omero } = keptAttributes(spec) ?? {};
  const now: Readonly<Record<string, unknown>> = { ...foreign, omero };
  const lost = Object.entries(before).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(now[key]));
  if (lost.length === 0) return [];
  const names = lost.map(([key]) => `'${key}'`).join(", ");
  return [`'${path}' is replaced, and with it its attributes ${names}: the new image has others, or none.`];
}

/** Whether something is there, as far as permissions let us look; in a browser nothing is. */
async function mayLook(path: string): Promise<boolean> {
  if (typeof Deno === "undefined") return false;
  if ((await Deno.permissions.query({ name: "read", path })).state !== "granted") return false;
  return await Deno.lstat(path).then(() => true, () => false);
}
