/**
 * The image that was dropped.
 *
 * @module
 */

import { openFailure } from "../src/io/files/file_errors.ts";
import { demandNoLevel, foreignFailure, kindOf } from "../src/io/files/kind.ts";
import type { ImageFile } from "../src/io/image.ts";
import { openNiftiBlob } from "../src/io/nifti/blob.ts";
import { pairNames } from "../src/io/nifti/pair.ts";
import { openOmeZarrBlob } from "../src/io/ome_zarr/blob.ts";
import type { Dropped } from "./dropped.ts";

/** What matters to how an image is opened. */
interface OpenDropped {
  readonly level?: number;
  readonly time?: number | "all";
  readonly warn: (text: string) => void;
}

/**
 * Opens what was dropped, by its first bytes as the command does.
 *
 * @throws {InputError | CorruptDataError} when it is no image that is read.
 */
export async function openDropped({ name, files, isFolder }: Dropped, options: OpenDropped): Promise<ImageFile> {
  if (isFolder) return await openOmeZarrBlob(name, files, options);
  const pair = pairNames(name);
  const others = [...files.keys()].filter((other) => other !== name && other !== pair?.data);
  if (others.length > 0) throw openFailure(name, `images must be given one by one: current others are ${others}`);
  const file = files.get(name) ?? new Blob();
  const kind = await kindOf(name, file);
  if (kind === "zip") return await openOmeZarrBlob(name, file, options);
  demandNoLevel(name, options);
  if (kind === "pair") {
    const data = files.get(pair?.data ?? "");
    if (data && data !== file) return await openNiftiBlob(name, file, options.warn, data);
    throw openFailure(name, "both files of a pair (.hdr and .img) must be given together: current one is alone");
  }
  if (kind === "nifti" || (kind === undefined && /\.nii(\.gz)?$/i.test(name))) {
    return await openNiftiBlob(name, file, options.warn);
  }
  throw foreignFailure(name, kind);
}
