/**
 * Roots of several images, as bioformats2raw makes them: one image is opened for what it is, of several one must be
 * named (https://ngff.openmicroscopy.org/0.5/#bf2raw).
 *
 * @module
 */

import { openFailure } from "../files/file_errors.ts";
import { below, type ZarrStore } from "../zarr/store.ts";
import { parsePath } from "./metadata.ts";
import { readGroup } from "./metadata_read.ts";

/** More images than a message can list, and a bound on untrusted metadata. */
const MOST_IMAGES = 100_000;

/** The store of the one image of a collection; any other store as it is. @throws {InputError} when it has several. */
export async function soleImage(store: ZarrStore): Promise<ZarrStore> {
  const ome = (await readGroup(store))?.ome;
  if (!ome?.field("bioformats2raw.layout").present || ome.field("multiscales").present) return store;
  const images = await imagesOf(store);
  if (images.length === 1) return below(store, images[0]);
  const some = images.slice(0, 3).map((name) => ` '${store.path}/${name}'`).join(",");
  const rule = "a collection must hold one image, or one of its own be named";
  throw openFailure(store.path, `${rule}: current count is ${images.length}${some && `,${some}`}`);
}

/** Paths of the images: those that the folder OME lists, else folders that count from 0, as far as they matter. */
async function imagesOf(store: ZarrStore): Promise<string[]> {
  const series = (await readGroup(below(store, "OME")))?.ome.field("series");
  if (series?.present) return series.list(0, MOST_IMAGES).map(parsePath);
  const found = await Promise.all(["0", "1"].map(async (name) => await readGroup(below(store, name)) ? [name] : []));
  return found.flat();
}
