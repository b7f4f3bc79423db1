/**
 * Where the bytes of a Zarr hierarchy come from: keys in, bytes out. A directory is one store, a zip file another (`zip_read.ts`);
 * the interface has only what reading needs.
 *
 * Reads never trust a size from the metadata: the caller says how long a value may be at most, and a longer one is damage.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { DamagedBytesError } from "../codecs/codecs.ts";
import { messageOf, readFailure } from "../files/file_errors.ts";
import { JsonField } from "../files/json_fields.ts";

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
   * `length` bytes from `offset` on, counted from the end where `offset` is negative, and the length of the whole value;
   * `undefined` where there is no such key.
   *
   * @throws {DamagedBytesError} when the value is too short for that.
   * @throws {InputError} when the system refuses to read it.
   */
  readRange(key: string, offset: number, length: number): Promise<{ bytes: Uint8Array; total: number } | undefined>;
}

/** Longest metadata file that is read, bytes. Consolidated metadata of large collections reach some MB. */
const MOST_METADATA = 64 * 2 ** 20;

/** A Zarr hierarchy in a directory. */
export class DirectoryStore implements ZarrStore {
  readonly path: string;

  /** A store over the directory `path`; nothing is read yet. */
  constructor(path: string) {
    this.path = path;
  }

  /** See {@linkcode ZarrStore.read}. */
  read(key: string, most: number): Promise<Uint8Array | undefined> {
    return this.#withFile(key, async (file, total) => {
      if (total > most) {
        throw new DamagedBytesError(`it must be at most ${most} bytes long: current length is ${total}`);
      }
      return await readFully(file, total);
    });
  }

  /** See {@linkcode ZarrStore.readRange}. */
  readRange(key: string, offset: number, length: number): Promise<{ bytes: Uint8Array; total: number } | undefined> {
    return this.#withFile(key, async (file, total) => {
      const start = offset < 0 ? total + offset : offset;
      if (start < 0 || start + length > total) {
        throw new DamagedBytesError(
          `its file must hold ${length} bytes ${offset < 0 ? "at its end" : `from byte ${start} on`}: ` +
            `current length is ${total}`,
        );
      }
      await file.seek(start, Deno.SeekMode.Start);
      return { bytes: await readFully(file, length), total };
    });
  }

  async #withFile<T>(key: string, use: (file: Deno.FsFile, total: number) => Promise<T>): Promise<T | undefined> {
    try {
      using file = await Deno.open(`${this.path}/${key}`);
      const { isFile, size } = await file.stat();
      if (!isFile) throw new DamagedBytesError("it must be a file: current kind is something else");
      return await use(file, size);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) return undefined;
      if (cause instanceof DamagedBytesError) throw cause;
      throw readFailure(`${this.path}/${key}`, cause);
    }
  }
}

/**
 * The JSON object named `key`; `undefined` where there is none.
 *
 * @throws {InputError} when it is no JSON object.
 */
export async function readJson(store: ZarrStore, key: string): Promise<JsonField | undefined> {
  const place = `'${key}'`;
  let value: unknown;
  try {
    const bytes = await store.read(key, MOST_METADATA);
    if (bytes === undefined) return undefined;
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const message = `Cannot open '${store.path}' as ${place} must be valid JSON: ${messageOf(cause)}`;
    throw new InputError(store.path, message, { cause });
  }
  const field = new JsonField(store.path, place, value);
  field.object();
  return field;
}

async function readFully(file: Deno.FsFile, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) {
      throw new DamagedBytesError(`it must be ${length} bytes long: current length is ${done}`);
    }
    done += count;
  }
  return bytes;
}
