/**
 * The identity of an input: enough to notice that it has changed between two processes, without reading its voxels.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFailure } from "./file_errors.ts";
import { readFully } from "./whole.ts";

/** What distinguishes one state of an input from another. */
export interface InputIdentity {
  /** Bytes of a file; left out for a folder. */
  readonly bytes?: number;
  /** When it was last changed, ms since 1970; of a folder: the newest of its metadata files. */
  readonly modified: number;
  /** SHA-256 of the first and last 64 KiB of a file; of the metadata files of a folder and of the arrays in it. */
  readonly metadata: string;
}

/** What describes voxels in a Zarr hierarchy. */
const METADATA = ["zarr.json", ".zattrs", ".zgroup", ".zarray"];

/** Bytes at either end of a file: headers stand at its start, directories of zip files at its end. */
const END_BYTES = 65536;

/** The identity of a file or an OME-Zarr folder. @throws {InputError} when it cannot be read. */
export async function identityOf(path: string): Promise<InputIdentity> {
  try {
    const info = await Deno.stat(path);
    return info.isDirectory ? await identityOfFolder(path) : await identityOfFile(path, info);
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

async function identityOfFile(path: string, { size, mtime }: Deno.FileInfo): Promise<InputIdentity> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  for (const start of [0, Math.max(0, size - END_BYTES)]) {
    await file.seek(start, Deno.SeekMode.Start);
    const bytes = new Uint8Array(Math.min(END_BYTES, size));
    await readFully(file, bytes);
    hash.update(bytes);
  }
  return { bytes: size, modified: mtime?.getTime() ?? 0, metadata: hash.digest("hex") };
}

async function identityOfFolder(path: string): Promise<InputIdentity> {
  const folders = [""];
  for await (const { name, isFile } of Deno.readDir(path)) if (!isFile) folders.push(`${name}/`);
  const hash = createHash("sha256");
  let modified = 0;
  for (const folder of folders.sort()) {
    for (const name of METADATA) {
      const key = `${folder}${name}`;
      try {
        hash.update(`${key}\n`).update(await Deno.readFile(`${path}/${key}`));
        modified = Math.max(modified, (await Deno.stat(`${path}/${key}`)).mtime?.getTime() ?? 0);
      } catch (cause) {
        if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
      }
    }
  }
  return { modified, metadata: hash.digest("hex") };
}
