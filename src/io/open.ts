/**
 * Opening and creating images without knowing their format: a directory or a zip file is an OME-Zarr, any other file
 * what its first bytes say; a new image is what its name says.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { NO_FILE, openFailure, readFailure } from "./files/file_errors.ts";
import { identityOf, type InputIdentity, joinedIdentity } from "./files/identity.ts";
import { type ImageFile, imageFormatFor, type ImageOutput, type ImageSpec } from "./image.ts";
import { demandNoLevel, foreignFailure, kindOf } from "./files/kind.ts";
import { ask } from "./remote/http.ts";
import { isUrl, shownUrl } from "./remote/url.ts";
import { openNifti, openNiftiPair } from "./nifti/open.ts";
import { pairNames } from "./nifti/pair.ts";
import { createNifti } from "./nifti/write.ts";
import { bytesPerValue } from "./numeric.ts";
import { OmeZarrImage, type OpenOptions } from "./ome_zarr/image.ts";
import { openOmeZarr } from "./ome_zarr/read.ts";
import { createOmeZarr, type CreateOptions } from "./ome_zarr/write.ts";
import { type DataType, type Shape3, type VolumeSink, voxelCount } from "../volume.ts";
import { chunkOfLevel } from "./zarr/chunk_choice.ts";
import { encoderBytes } from "./zarr/encode.ts";
import { isZipName, splitZipPath } from "./zip/read.ts";

export type { CreateOptions, OpenOptions };

/**
 * Opens an image for reading.
 *
 * @throws {InputError} when there is nothing at `path`, it is of no known format, has no such level, or uses what is
 * not supported.
 */
export async function openImage(path: string, options: OpenOptions = {}): Promise<ImageFile> {
  if (isUrl(path)) {
    return await isFileOnServer(path) ? await openFileOf(path, options) : await openOmeZarr(path, options);
  }
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(path) ?? [];
  if (scheme !== undefined) {
    throw openFailure(path, `it must be a path, or an address of https, http or s3: current scheme is '${scheme}'`);
  }
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (cause) {
    const inZip = cause instanceof Deno.errors.NotADirectory && splitZipPath(path) !== undefined;
    if (!inZip) throw readFailure(path, cause);
    return await openOmeZarr(path, options);
  }
  if (!info.isFile && !info.isDirectory) throw openFailure(path, NO_FILE);
  if (info.isDirectory || isZipName(path)) return await openOmeZarr(path, options);
  return await openFileOf(path, options);
}

/** Whether an address is that of a file other than an archive, by its name; else by what the server answers. */
async function isFileOnServer(path: string): Promise<boolean> {
  const name = shownUrl(path);
  if (isZipName(name) || /\.zarr(\/|$)/i.test(name)) return false;
  if (/\.(nii|hdr|img)(\.gz)?$/i.test(name)) return true;
  const start = await ask(path, { from: 0, length: 1 }, 1);
  return start !== undefined && !/^[<{]/.test(String.fromCharCode(...start.bytes));
}

/** Opens a file by what its first bytes say. */
async function openFileOf(path: string, options: OpenOptions): Promise<ImageFile> {
  const kind = await kindOf(path);
  if (kind === "zip") return await openOmeZarr(path, options);
  const named = kind === undefined && /\.nii(\.gz)?$/i.test(shownUrl(path));
  if (kind !== "pair" && kind !== "nifti" && !named) throw foreignFailure(path, kind);
  const { unit, voxelSize, warn, cache } = options;
  demandNoLevel(path, options);
  if (unit !== undefined || voxelSize !== undefined) {
    throw openFailure(path, "unit and voxel size can be stated of an OME-Zarr alone: current format is another");
  }
  const how = { warn, room: cache?.room };
  return kind === "pair" ? await openNiftiPair(path, how) : await openNifti(path, how);
}

/** The identity of an input, to notice that it changes. @throws {InputError} when it cannot be read. */
export async function identityOfInput(path: string): Promise<InputIdentity> {
  if (isUrl(path) && !(await isFileOnServer(path) || isZipName(shownUrl(path)))) {
    return { modified: 0, metadata: await (await openOmeZarr(path)).metadataHash() };
  }
  const { header, data } = pairNames(path) ?? {};
  if (header !== undefined && data !== undefined && await isThere(header) && await isThere(data)) {
    return joinedIdentity(await identityOf(data), await identityOf(header));
  }
  const { archive } = splitZipPath(path) ?? {};
  if (archive !== undefined && !isUrl(path) && await isThere(archive)) return await identityOf(archive);
  return await identityOf(path, isUrl(path) ? [] : await groupsIn(path));
}

/** Whether a file is there. */
async function isThere(file: string): Promise<boolean> {
  const asked = isUrl(file) ? ask(file, { from: 0, length: 1 }, 1) : Deno.stat(file).then(({ isFile }) => isFile);
  return Boolean(await asked.catch(() => false));
}

/** Where in a folder the image and its levels lie; nothing where it is no image that can be opened. */
async function groupsIn(path: string): Promise<readonly string[]> {
  if (!await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false)) return [];
  return await openOmeZarr(path).then((image) => image.groupsBelow(path), () => []);
}

/** How a new image will be stored. */
interface PlannedStorage extends Pick<VolumeSink, "chunk" | "forwardOnly"> {
  /** Bytes that encoding a chunk takes of a thread beside what it encodes. */
  readonly encoderBytes: number;
  /** Bytes of a voxel. */
  readonly writeBytes: number;
}

/** How a new image of this name is stored, as its sinks say once it is created. */
export function storageFor(
  path: string,
  shape: Shape3,
  request: Pick<CreateOptions, "chunk" | "shard" | "compression">,
  dataType: DataType = "float32",
): PlannedStorage {
  const writeBytes = bytesPerValue(dataType);
  if (imageFormatFor(path) === "nifti") {
    return { chunk: [1, 1, shape[2]], forwardOnly: /\.gz$/i.test(path), encoderBytes: 0, writeBytes };
  }
  const { chunk, shard = chunk } = chunkOfLevel(shape, request);
  const encoder = encoderBytes(request.compression ?? {}, writeBytes * voxelCount(chunk));
  return { chunk: shard, forwardOnly: false, encoderBytes: encoder, writeBytes };
}

/**
 * Creates an image under `path.partial`, in the format that `path` names.
 *
 * @throws {UsageError} when the name ends in none of `.nii`, `.nii.gz`, `.zarr`, `.zarr.zip` and `.ozx`, or a NIfTI
 * shall have coarser levels, or both times and channels.
 * @throws {WriteError} when the output exists, would harm an input, or cannot be created.
 */
export async function createImage(path: string, spec: ImageSpec, options: CreateOptions = {}): Promise<ImageOutput> {
  if (imageFormatFor(path) === "ome-zarr") return await createOmeZarr(path, spec, options);
  if (spec.pyramid && spec.pyramid.levels.length > 0) {
    throw new UsageError(`Cannot create '${path}' as only an OME-Zarr has coarser levels: current format is NIfTI`);
  }
  const { times = 1, volumes } = spec;
  if (times > 1 && volumes > times) {
    const counts = `current numbers are ${times} and ${volumes / times}`;
    throw new UsageError(`Cannot create '${path}' as a NIfTI holds several times or several channels: ${counts}`);
  }
  const { template } = spec;
  return await createNifti(path, spec, options, template instanceof OmeZarrImage ? template.header : undefined);
}
