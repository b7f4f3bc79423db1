/**
 * A Zarr hierarchy of blobs: the files of a folder that a browser was given, or those of one that it makes.
 *
 * @module
 */

import { readFailure } from "../files/file_errors.ts";
import { checkLength, piecesBy, rangeStart, type ZarrStore } from "./store.ts";

/** A Zarr hierarchy whose files are blobs, by their keys. */
export class BlobStore implements ZarrStore {
  readonly path: string;
  readonly #files: ReadonlyMap<string, Blob>;

  /** @param files may change from one read to the next. */
  constructor(path: string, files: ReadonlyMap<string, Blob>) {
    this.path = path;
    this.#files = files;
  }

  async read(key: string, most: number): Promise<Uint8Array | undefined> {
    const blob = this.#files.get(key);
    if (blob === undefined) return undefined;
    checkLength(blob.size, most);
    return await this.#bytesOf(key, blob);
  }

  async readRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const blob = this.#files.get(key);
    if (blob === undefined) return undefined;
    const start = rangeStart(offset, length, blob.size);
    return await this.#bytesOf(key, blob.slice(start, start + length));
  }

  pieces(key: string, most: number): Promise<AsyncIterable<Uint8Array> | undefined> {
    const blob = this.#files.get(key);
    if (blob === undefined) return Promise.resolve(undefined);
    const size = checkLength(blob.size, most);
    return Promise.resolve(piecesBy(size, (at, length) => this.#bytesOf(key, blob.slice(at, at + length))));
  }

  async *list(path: string): AsyncGenerator<string> {
    yield* [...this.#files.keys()].filter((key) => key.startsWith(`${path}/`)).sort();
  }

  /** A file that has changed since it was chosen is none that a browser reads. */
  async #bytesOf(key: string, blob: Blob): Promise<Uint8Array> {
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch (cause) {
      throw readFailure(`${this.path}/${key}`, cause);
    }
  }
}
