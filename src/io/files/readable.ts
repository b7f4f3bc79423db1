/**
 * Files to read, on a disk or on a server.
 *
 * @module
 */

import { openRemoteFile, type RemoteFile } from "../remote/file.ts";
import { isUrl, remoteFailure } from "../remote/url.ts";
import { InputError } from "../../errors.ts";
import { DamagedBytesError, NO_FILE, openFailure, readFailure } from "./file_errors.ts";

/** A file that is read from a place that moves. */
export type ReadableFile = Pick<Deno.FsFile, "read" | "seek" | "close">;

/** `Deno.SeekMode.Start`, which a browser lacks. */
export const FROM_START: Deno.SeekMode = 0;

/** An open file, and what is known of it. */
export interface OpenedFile extends Disposable {
  readonly file: ReadableFile;
  /** Length, bytes. */
  readonly size: number;
  readonly kind: "file" | "folder";
  /** Whether going back means to start again. */
  readonly forwardOnly: boolean;
  /** When it was last changed, ms since 1970; 0 where that is not known. */
  readonly modified: number;
}

/** Opens a file by its path or its address. @throws {InputError} when it cannot be opened. */
export async function openFile(path: string): Promise<OpenedFile> {
  return isUrl(path) ? fromServer(await openRemoteFile(path)) : await openHere(path);
}

/**
 * What opens a file again and again: one on a server is asked for once.
 *
 * @throws {InputError} when it is on a server and cannot be opened, or not be read by ranges.
 */
export async function openAgain(path: string): Promise<() => Promise<OpenedFile>> {
  if (!isUrl(path)) return () => openHere(path);
  const remote = await openRemoteFile(path);
  const again = remote.again?.bind(remote);
  if (again) return () => Promise.resolve(fromServer(again()));
  throw remoteFailure(path, "its server must answer requests for parts of a file: it sends the whole");
}

function fromServer(file: RemoteFile): OpenedFile {
  const { size, forwardOnly, modified } = file;
  return { file, size, forwardOnly, modified, kind: "file", [Symbol.dispose]: () => file.close() };
}

/** A blob as a file: what a browser knows of a file that it was given. */
export function blobFile(blob: Blob): OpenedFile {
  let position = 0;
  const file: ReadableFile = {
    async read(bytes) {
      const found = new Uint8Array(await blob.slice(position, position + bytes.length).arrayBuffer());
      bytes.set(found);
      position += found.length;
      return found.length > 0 ? found.length : null;
    },
    seek: (offset) => Promise.resolve(position = Number(offset)),
    close: () => {},
  };
  const modified = blob instanceof File ? blob.lastModified : 0;
  return { file, size: blob.size, kind: "file", forwardOnly: false, modified, [Symbol.dispose]: () => {} };
}

/**
 * Opens a file on a disk.
 *
 * @param stateOf looks at it first, as a pipe would keep its reader waiting; left out: links are followed.
 * @throws {InputError} when it cannot be opened, or is neither a file nor a folder.
 * @throws {DamagedBytesError} where `stateOf` does.
 */
export async function openHere(
  path: string,
  stateOf: (path: string) => Promise<Deno.FileInfo> = Deno.stat,
): Promise<OpenedFile> {
  try {
    const { size, isFile, isDirectory, mtime } = await stateOf(path);
    if (!isFile && !isDirectory) throw openFailure(path, NO_FILE);
    const file = await Deno.open(path);
    const [kind, modified] = [isFile ? "file" : "folder", mtime?.getTime() ?? 0] as const;
    return { file, size, kind, forwardOnly: false, modified, [Symbol.dispose]: () => file.close() };
  } catch (cause) {
    throw cause instanceof InputError || cause instanceof DamagedBytesError ? cause : readFailure(path, cause);
  }
}
