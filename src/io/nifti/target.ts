/**
 * Where the bytes of a NIfTI go: a plain file or a gzip stream.
 *
 * @module
 */

import { DeflateWriter } from "../codecs/gzip.ts";
import { writeFully } from "../files/whole.ts";

/** Where bytes go. */
export interface NiftiTarget {
  /** Whether bytes must arrive in order. */
  readonly forwardOnly: boolean;
  /** Writes bytes at an offset of the file. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Completes the file. */
  finish(): Promise<void>;
  /** Closes the file, complete or not. */
  close(): void;
}

/** A plain file, by seek in any order. */
export class PlainTarget implements NiftiTarget {
  readonly forwardOnly = false;
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#file.seek(offset, Deno.SeekMode.Start);
    await writeFully(this.#file, bytes);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#file.close();
  }
}

/** One gzip stream. */
export class GzipTarget implements NiftiTarget {
  readonly forwardOnly = true;
  readonly #file: Deno.FsFile;
  readonly #deflate: DeflateWriter;

  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.#deflate = new DeflateWriter(file);
  }

  write(_offset: number, bytes: Uint8Array): Promise<void> {
    return this.#deflate.write(bytes);
  }

  finish(): Promise<void> {
    return this.#deflate.finish();
  }

  close(): void {
    this.#deflate.close();
    this.#file.close();
  }
}
