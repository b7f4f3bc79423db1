/**
 * Where the bytes of a Zarr hierarchy come from: keys in, bytes out. A directory is one store, a zip file another
 * (`zip/read.ts`); the interface has only what reading needs.
 *
 * Reads never trust a size from the metadata: the caller says how long a value may be at most, and a longer one is
 * damage.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { DamagedBytesError, messageOf, openFailure, readFailure } from "../files/file_errors.ts";
import { JsonField } from "../files/json_fields.ts";
import { FROM_START, type OpenedFile, openFile, openHere } from "../files/readable.ts";
import { readFully } from "../files/whole.ts";
import { isUrl, urlBelow } from "../remote/url.ts";

/** A read-only set of named byte strings. */
export interface ZarrStore {
  /** Path of the image, for messages. */
  readonly path: string;
  /** What holds the files, for people, where it is no directory. */
  readonly container?: string;
  /**
   * The whole value of `key`; `undefined` where there is none.
   *
   * @throws {DamagedBytesError} when it is longer than `most` bytes or no file.
   * @throws {InputError} when the system refuses to read it.
   */
  read(key: string, most: number): Promise<Uint8Array | undefined>;
  /**
   * `length` bytes from `offset` on, counted from the end where `offset` is negative; `undefined` where there is no
   * such key.
   *
   * @throws {DamagedBytesError} when the value is too short for that.
   * @throws {InputError} when the system refuses to read it.
   */
  readRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  /**
   * The keys of all files below a path, in a fixed order; none where there is no such path. Left out where the keys
   * cannot be known.
   *
   * @throws {InputError} when the system refuses to look.
   */
  list?(path: string): AsyncIterable<string>;
  /**
   * The whole value of `key` in pieces, which begin at the same bytes in every store; `undefined` where there is none.
   * Left out as `list` is. It and the pieces throw as `read` does.
   */
  pieces?(key: string, most: number): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** Bytes of a piece. */
const PIECE = 2 ** 22;

/** A value of `size` bytes in pieces. */
export async function* piecesBy(
  size: number,
  read: (offset: number, length: number) => Uint8Array | Promise<Uint8Array | undefined>,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += PIECE) {
    yield await read(at, Math.min(PIECE, size - at)) ?? new Uint8Array(0);
  }
}

/** Longest metadata file that is read, bytes. Consolidated metadata of large collections reach some MB. */
export const MOST_METADATA = 64 * 2 ** 20;

/** Deepest nesting that is read, as by Python; what is nested much deeper could not be written into an output. */
const DEEPEST = 1000;

/** A Zarr hierarchy in a directory. */
export class DirectoryStore implements ZarrStore {
  readonly path: string;

  /** A store over the directory `path`; nothing is read yet. */
  constructor(path: string) {
    this.path = path;
  }

  read(key: string, most: number): Promise<Uint8Array | undefined> {
    return this.#withFile(key, async (read, total) => await read(0, checkLength(total, most)));
  }

  readRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    return this.#withFile(key, async (read, total) => await read(rangeStart(offset, length, total), length));
  }

  async pieces(key: string, most: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const size = await this.#withFile(key, (_, total) => Promise.resolve(checkLength(total, most)));
    return size === undefined ? undefined : piecesBy(size, (offset, length) => this.readRange(key, offset, length));
  }

  async *list(path: string): AsyncGenerator<string> {
    let entries: Deno.DirEntry[];
    try {
      entries = await Array.fromAsync(Deno.readDir(`${this.path}/${path}`));
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return;
      throw readFailure(`${this.path}/${path}`, cause);
    }
    for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (isDirectory) yield* this.list(`${path}/${name}`);
      else yield `${path}/${name}`;
    }
  }

  async #withFile<T>(key: string, use: (read: ReadAt, total: number) => Promise<T>): Promise<T | undefined> {
    try {
      const path = `${this.path}/${key}`;
      return await withFile(path, use, () => openHere(path, (path) => this.#stateOf(path)));
    } catch (error) {
      const { cause } = error as Error;
      if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return undefined;
      throw error;
    }
  }

  /**
   * The state of a file. A link would let a store that somebody else made show any file of the user's as voxels, so it
   * may lead to files of the store alone, or to where git-annex keeps them.
   *
   * @throws {DamagedBytesError} when it leads elsewhere, or nowhere.
   */
  async #stateOf(path: string): Promise<Deno.FileInfo> {
    const info = await Deno.lstat(path);
    if (!info.isSymlink) return info;
    const target = await Deno.realPath(path).catch((cause) => {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new DamagedBytesError("its link must lead to a file: current one is not here ('datalad get' fetches one)");
    });
    const inside = target.startsWith(`${await Deno.realPath(this.path)}/`) || target.includes("/.git/annex/objects/");
    if (!inside) throw new DamagedBytesError(`its link must lead to a file of the store: current one is '${target}'`);
    return await Deno.stat(target);
  }
}

/** What lies at `path` of a store, as a store. */
export function below(store: ZarrStore, path: string): ZarrStore {
  const found: ZarrStore = {
    path: isUrl(store.path) ? urlBelow(store.path, path) : `${store.path}/${path}`,
    container: store.container,
    read: (key, most) => store.read(`${path}/${key}`, most),
    readRange: (key, offset, length) => store.readRange(`${path}/${key}`, offset, length),
  };
  const [list, pieces] = [store.list?.bind(store), store.pieces?.bind(store)];
  if (pieces) found.pieces = (key, most) => pieces(`${path}/${key}`, most);
  if (list) {
    found.list = async function* (inside) {
      for await (const key of list(`${path}/${inside}`)) yield key.slice(path.length + 1);
    };
  }
  return found;
}

/** Reads `length` bytes from `offset` on, all of them. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/**
 * Opens a file for as long as `use` takes.
 *
 * @param open Opens it; left out: by its path.
 * @throws {DamagedBytesError} when it is no file or ends early.
 * @throws {InputError} when the system refuses to read it.
 */
export async function withFile<T>(
  path: string,
  use: (read: ReadAt, size: number) => Promise<T>,
  open: () => Promise<OpenedFile> = () => openFile(path),
): Promise<T> {
  try {
    using opened = await open();
    const { file, size, kind } = opened;
    if (kind !== "file") throw new DamagedBytesError("it must be a file: current kind is something else");
    let position = 0;
    return await use(async (offset, length) => {
      if (offset !== position) await file.seek(offset, FROM_START);
      position = offset + length;
      const bytes = new Uint8Array(length);
      const found = await readFully(file, bytes);
      if (found === length) return bytes;
      throw new DamagedBytesError(
        `its file must hold ${length} bytes from byte ${offset} on: current count is ${found}`,
      );
    }, size);
  } catch (cause) {
    throw cause instanceof DamagedBytesError ? cause : readFailure(path, cause);
  }
}

/** The length of a value. @throws {DamagedBytesError} when it is longer than `most` bytes. */
export function checkLength(length: number, most: number): number {
  if (length <= most) return length;
  throw new DamagedBytesError(`it must be at most ${most} bytes long: current length is ${length}`);
}

/** Where a range starts, whose offset may count from the end. @throws {DamagedBytesError} when it is out of bounds. */
export function rangeStart(offset: number, length: number, total: number): number {
  const start = offset < 0 ? total + offset : offset;
  if (start >= 0 && start + length <= total) return start;
  const place = offset < 0 ? "at its end" : `from byte ${start} on`;
  throw new DamagedBytesError(`its file must hold ${length} bytes ${place}: current length is ${total}`);
}

/** The JSON object named `key`; `undefined` where there is none. @throws {InputError} when it is no JSON object. */
export async function readJson(store: ZarrStore, key: string): Promise<JsonField | undefined> {
  const place = `'${key}'`;
  let value: unknown;
  try {
    const bytes = await store.read(key, MOST_METADATA);
    if (bytes === undefined) return undefined;
    const depth = depthOf(bytes);
    if (depth > DEEPEST) throw new Error(`it is nested ${depth} deep, at most ${DEEPEST} are read`);
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw openFailure(store.path, `${place} must be valid JSON: ${messageOf(cause)}`, cause);
  }
  const field = new JsonField(store.path, place, value);
  field.object();
  return field;
}

const [QUOTE, ESCAPE, LIST, OBJECT, LIST_END, OBJECT_END] = new TextEncoder().encode('"\\[{]}');

/** How deep lists and objects of a JSON text are nested. */
function depthOf(text: Uint8Array): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === QUOTE) quoted = !quoted;
    else if (quoted) i += letter === ESCAPE ? 1 : 0;
    else if (letter === LIST || letter === OBJECT) deepest = Math.max(deepest, ++depth);
    else if (letter === LIST_END || letter === OBJECT_END) depth--;
  }
  return deepest;
}
