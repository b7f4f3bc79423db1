/**
 * Opening and creating images without knowing their format: a directory or a zip file is an OME-Zarr, any other file a NIfTI;
 * a new image is what its name says.
 *
 * @module
 */

import { InputError, UsageError } from "../errors.ts";
import type { Threads } from "../thread_job.ts";
import type { ChunkCache } from "./zarr/chunk_cache.ts";
import type { ChunkRequest } from "./zarr/chunk_choice.ts";
import { readFailure } from "./files/file_errors.ts";
import type { ImageFile, ImageFormat, ImageOutput, ImageSpec } from "./image.ts";
import { openNifti } from "./nifti/read.ts";
import { createNifti } from "./nifti/write.ts";
import type { PartialOutput } from "./files/partial.ts";
import { openOmeZarr } from "./ome_zarr/read.ts";
import { createOmeZarr } from "./ome_zarr/write.ts";
import type { Compression } from "./zarr/encode.ts";
import type { ChunkDecoding } from "./zarr/chunk_reader.ts";
import { isZipName, splitZipPath } from "./zip/read.ts";

/** How an image is opened. */
export interface OpenOptions extends ChunkDecoding {
  /** Resolution level of an OME-Zarr, 0 for the finest, which is the default. Other formats have level 0 alone. */
  readonly level?: number;
  /** Whether an OME-Zarr chunk that is not stored is an error; by default its voxels have the fill value. */
  readonly requireAllChunks?: boolean;
}

/** How an image is created. */
export interface CreateOptions extends ChunkRequest {
  /** Whether an existing output may be replaced; not by default. */
  readonly overwrite?: boolean;
  /** Paths that must survive. */
  readonly inputs?: readonly string[];
  /** Whether the image is written by several processes, one after the other or at once: what is there stays; not by default. */
  readonly stepwise?: boolean;
  /** Whether what an earlier process has written is gone on with; not by default. */
  readonly resume?: boolean;
  /** Folder of the run that the image belongs to; left out: it is made by itself. */
  readonly owner?: string;
  /** Whether several processes write at once; not by default. */
  readonly shared?: boolean;
  /** A folder of the caller's, around this and other files, to write in; left out: one is made that holds this image alone. */
  readonly within?: PartialOutput;
  /** How the chunks of an OME-Zarr are compressed; Zstandard at level 1 by default. Other formats have no chunks. */
  readonly compression?: Compression;
  /** Who encodes chunks; left out: the calling thread. */
  readonly threads?: Threads;
  /** Keeps the chunks of an OME-Zarr for the making of its coarser levels; left out: nobody does. */
  readonly cache?: ChunkCache;
}

/**
 * Opens an image for reading.
 *
 * @throws {InputError} when there is nothing at `path`, it is of no known format, has no such level, or uses what is not supported.
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
  const level = options.level ?? 0;
  if (level !== 0) {
    throw new InputError(path, `Cannot open '${path}' as a file has level 0 alone: current level is ${level}`);
  }
  return await openNifti(path);
}

/**
 * The format that a new image of this name has.
 *
 * @returns `undefined` where the name ends in none of `.nii`, `.nii.gz`, `.zarr`, `.zarr.zip`.
 */
export function formatOfName(path: string): ImageFormat | undefined {
  const name = path.toLowerCase().replace(/\/+$/, "");
  if (name.endsWith(".zarr") || name.endsWith(".zarr.zip")) return "ome-zarr";
  return name.endsWith(".nii") || name.endsWith(".nii.gz") ? "nifti" : undefined;
}

/** The format that a new image of this name gets. @throws {UsageError} when the name tells none. */
export function imageFormatFor(path: string): ImageFormat {
  const format = formatOfName(path);
  if (format !== undefined) return format;
  throw new UsageError(
    `Cannot create '${path}' as its name must end in .ome.zarr, .zarr, .ome.zarr.zip, .nii or .nii.gz`,
  );
}

/**
 * Creates an image under `path.partial`, in the format that `path` names.
 *
 * @throws {UsageError} when the name ends in none of `.nii`, `.nii.gz`, `.zarr`, `.zarr.zip`, or a NIfTI shall have coarser levels.
 * @throws {WriteError} when the output exists, would harm an input, or cannot be created.
 */
export async function createImage(path: string, spec: ImageSpec, options: CreateOptions = {}): Promise<ImageOutput> {
  const format = imageFormatFor(path);
  const { overwrite = false, inputs = [] } = options;
  if (format === "ome-zarr") return await createOmeZarr(path, spec, { ...options, overwrite, inputs });
  if (spec.pyramid && spec.pyramid.levels.length > 0) {
    throw new UsageError(`Cannot create '${path}' as only an OME-Zarr has coarser levels: current format is NIfTI`);
  }
  return await createNifti(path, spec, { ...options, overwrite, inputs });
}
