/**
 * Opening and creating images without knowing their format: a directory or a zip file is an OME-Zarr, any other file a
 * NIfTI; a new image is what its name says.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { openFailure, readFailure } from "./files/file_errors.ts";
import type { ImageFile, ImageFormat, ImageOutput, ImageSpec } from "./image.ts";
import { openNifti } from "./nifti/open.ts";
import { createNifti } from "./nifti/write.ts";
import { openOmeZarr, type OpenOptions } from "./ome_zarr/read.ts";
import { createOmeZarr, type CreateOptions } from "./ome_zarr/write.ts";
import { isZipName, splitZipPath } from "./zip/read.ts";

export type { CreateOptions, OpenOptions };

/**
 * Opens an image for reading.
 *
 * @throws {InputError} when there is nothing at `path`, it is of no known format, has no such level, or uses what is
 * not supported.
 */
export async function openImage(path: string, options: OpenOptions = {}): Promise<ImageFile> {
  let isDirectory: boolean;
  try {
    isDirectory = (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    const inZip = cause instanceof Deno.errors.NotADirectory && splitZipPath(path) !== undefined;
    if (!inZip) throw readFailure(path, cause);
    return await openOmeZarr(path, options);
  }
  if (isDirectory || isZipName(path)) return await openOmeZarr(path, options);
  const { level = 0, unit, voxelSize } = options;
  if (level !== 0) throw openFailure(path, `a file has level 0 alone: current level is ${level}`);
  if (unit !== undefined || voxelSize !== undefined) {
    throw openFailure(path, "unit and voxel size can be stated of an OME-Zarr alone: current format is NIfTI");
  }
  return await openNifti(path);
}

/** The format that a new image of this name gets. @throws {UsageError} when the name has no known ending. */
export function imageFormatFor(path: string): ImageFormat {
  const name = path.toLowerCase().replace(/\/+$/, "");
  if (/\.zarr(\.zip)?$/.test(name)) return "ome-zarr";
  if (/\.nii(\.gz)?$/.test(name)) return "nifti";
  throw new UsageError(
    `Cannot create '${path}' as its name must end in .ome.zarr, .zarr, .ome.zarr.zip, .nii or .nii.gz`,
  );
}

/**
 * Creates an image under `path.partial`, in the format that `path` names.
 *
 * @throws {UsageError} when the name ends in none of `.nii`, `.nii.gz`, `.zarr`, `.zarr.zip`, or a NIfTI shall have
 * coarser levels.
 * @throws {WriteError} when the output exists, would harm an input, or cannot be created.
 */
export async function createImage(path: string, spec: ImageSpec, options: CreateOptions = {}): Promise<ImageOutput> {
  if (imageFormatFor(path) === "ome-zarr") return await createOmeZarr(path, spec, options);
  if (spec.pyramid && spec.pyramid.levels.length > 0) {
    throw new UsageError(`Cannot create '${path}' as only an OME-Zarr has coarser levels: current format is NIfTI`);
  }
  return await createNifti(path, spec, options);
}
