/**
 * The identity of an input: enough to notice that it has changed between two processes, without reading its voxels.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readFailure } from "./file_errors.ts";
import { METADATA } from "./json_fields.ts";
import { type OpenedFile, openFile } from "./readable.ts";
import { readFully } from "./whole.ts";

/** What distinguishes one state of an input from another. */
export interface InputIdentity {
  /** Bytes of a file; left out for a folder. */
  readonly bytes?: number;
  /** When it was last changed, ms since 1970; of a folder: the newest of its metadata files. */
  readonly modified: number;
  /** SHA-256 of the first and last 64 KiB of a file; of the metadata files of a folder and of the arrays in it. */
  readonly metadata: string;
  /** The chunks of a folder's arrays; left out for a file, and where there are too many to look at each. */
  readonly chunks?: {
    /** How many files there are. */
    readonly files: number;
    /** Bytes of all of them. */
    readonly bytes: number;
    /** The one that was last changed, within the folder. */
    readonly newest: string;
    /** When that was, ms since 1970. */
    readonly modified: number;
    /** SHA-256 of names, sizes and times of all. */
    readonly list: string;
  };
}

/** Most chunks that are looked at one by one: a second on a local disk. */
export const MOST_WATCHED_CHUNKS = 20_000;

/** Bytes at either end of a file: headers stand at its start, directories of zip files at its end. */
const END_BYTES = 65536;

/**
 * The identity of a file or an OME-Zarr folder.
 *
 * @param groups where in a folder its image and its arrays lie, each with a last `/`, beside those at its top.
 * @throws {InputError} when it cannot be read.
 */
export async function identityOf(path: string, groups: readonly string[] = []): Promise<InputIdentity> {
  try {
    using opened = await openFile(path);
    return opened.kind === "folder" ? await identityOfFolder(path, groups) : await identityOfFile(opened);
  } catch (cause) {
    throw readFailure(path, cause);
  }
}

/** The identity of both files of a pair, by theirs: the bytes are those of the voxels. */
export function joinedIdentity(data: InputIdentity, header: InputIdentity): InputIdentity {
  const metadata = createHash("sha256").update(data.metadata).update(header.metadata).digest("hex");
  return { bytes: data.bytes, modified: Math.max(data.modified, header.modified), metadata };
}

async function identityOfFile({ file, size, modified }: OpenedFile): Promise<InputIdentity> {
  const hash = createHash("sha256");
  const isKnown = Number.isFinite(size);
  for (const start of isKnown ? [0, Math.max(0, size - END_BYTES)] : [0]) {
    await file.seek(start, Deno.SeekMode.Start);
    const bytes = new Uint8Array(Math.min(END_BYTES, size));
    await readFully(file, bytes);
    hash.update(bytes);
  }
  return { bytes: isKnown ? size : undefined, modified, metadata: hash.digest("hex") };
}

async function identityOfFolder(path: string, groups: readonly string[]): Promise<InputIdentity> {
  const folders = new Set(["", ...groups]);
  for await (const { name, isFile } of Deno.readDir(path)) if (!isFile) folders.add(`${name}/`);
  const hash = createHash("sha256");
  const arrays: string[] = [];
  let modified = 0;
  for (const folder of [...folders].sort()) {
    for (const name of METADATA) {
      const key = `${folder}${name}`;
      try {
        const { isFile, mtime } = await Deno.stat(`${path}/${key}`);
        // A pipe would keep its reader waiting for ever.
        if (!isFile) continue;
        const bytes = await Deno.readFile(`${path}/${key}`);
        hash.update(`${key}\n`).update(bytes);
        if (name === ".zarray" || new TextDecoder().decode(bytes).includes("chunk_grid")) arrays.push(folder);
        modified = Math.max(modified, mtime?.getTime() ?? 0);
      } catch (cause) {
        if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
      }
    }
  }
  return { modified, metadata: hash.digest("hex"), chunks: await identityOfChunks(path, arrays) };
}

/** The chunks of some arrays of a folder; `undefined` where there are too many. */
async function identityOfChunks(path: string, arrays: readonly string[]): Promise<InputIdentity["chunks"]> {
  const names: string[] = [];
  for (const folder of arrays) if (!await listFiles(path, folder, names)) return undefined;
  names.sort();
  const states: Deno.FileInfo[] = [];
  for (let i = 0; i < names.length; i += STATS_AT_ONCE) {
    // A link that leads nowhere is left to the reader of the chunk.
    const state = (name: string) => Deno.stat(`${path}/${name}`).catch(() => Deno.lstat(`${path}/${name}`));
    states.push(...await Promise.all(names.slice(i, i + STATS_AT_ONCE).map(state)));
  }
  const hash = createHash("sha256");
  let [bytes, newest, modified] = [0, "", 0];
  for (const [i, { size, mtime }] of states.entries()) {
    const time = mtime?.getTime() ?? 0;
    hash.update(`${names[i]}\n${size} ${time}\n`);
    bytes += size;
    if (time > modified) [newest, modified] = [names[i], time];
  }
  return { files: names.length, bytes, newest, modified, list: hash.digest("hex") };
}

/** Calls of the system at once; a file system on a network answers each after a while. */
const STATS_AT_ONCE = 64;

/**
 * Adds the files of a folder, `folder` within `path` and with a last `/`; `false` where there are too many. What may
 * not be read is left to the reader of chunks, who can name one.
 */
async function listFiles(path: string, folder: string, names: string[]): Promise<boolean> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(`${path}/${folder}`)) {
      if (isDirectory) {
        if (!await listFiles(path, `${folder}${name}/`, names)) return false;
      } else if (!METADATA.includes(name)) names.push(`${folder}${name}`);
      if (names.length > MOST_WATCHED_CHUNKS) return false;
    }
  } catch (cause) {
    if (!(cause instanceof Deno.errors.PermissionDenied)) throw cause;
  }
  return true;
}
