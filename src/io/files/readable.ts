/**
 * Files to read, on a disk or on a server.
 *
 * @module
 */

import { openRemoteFile, type RemoteFile } from "../remote/file.ts";
import { failure } from "../remote/http.ts";
import { isUrl } from "../remote/url.ts";
import { readFailure } from "./file_errors.ts";

/** A file that is read from a place that moves. */
export type ReadableFile = Pick<Deno.FsFile, "read" | "seek" | "close">;

/** An open file, and what is known of it. */
export interface OpenedFile extends Disposable {
  readonly file: ReadableFile;
  /** Length, bytes. */
  readonly size: number;
  readonly kind: "file" | "folder" | "device";
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
  if (!remote.forwardOnly) return () => Promise.resolve(fromServer(remote.again()));
  throw failure(path, "its server must answer requests for parts of a file: it sends the whole");
}

function fromServer(file: RemoteFile): OpenedFile {
  const { size, forwardOnly, modified } = file;
  return { file, size, forwardOnly, modified, kind: "file", [Symbol.dispose]: () => file.close() };
}

async function openHere(path: string): Promise<OpenedFile> {
  try {
    const file = await Deno.open(path);
    const { size, isFile, isDirectory, mtime } = await file.stat();
    const kind = isFile ? "file" : isDirectory ? "folder" : "device";
    const modified = mtime?.getTime() ?? 0;
    return { file, size, kind, forwardOnly: false, modified, [Symbol.dispose]: () => file.close() };
  } catch (cause) {
    throw readFailure(path, cause);
  }
}
