/**
 * Where the bytes of a NIfTI go: a plain file or a gzip stream.
 *
 * @module
 */

import { DeflateWriter } from "../codecs/gzip.ts";
import { writeFully } from "../files/whole.ts";

/** Where bytes go. */
export interface NiftiTarget {
  /** Writes bytes at an offset of the file; a gzip stream takes them in order. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** Completes the file. */
  finish(): Promise<void>;
  /** Closes the file, complete or not. */
  close(): void;
}

/** A plain file, by seek in any order. */
export function plainTarget(file: Deno.FsFile): NiftiTarget {
  return {
    async write(offset, bytes) {
      await file.seek(offset, Deno.SeekMode.Start);
      await writeFully(file, bytes);
    },
    finish: () => Promise.resolve(),
    close: () => file.close(),
  };
}

/** One gzip stream. */
export function gzipTarget(file: Deno.FsFile): NiftiTarget {
  const deflate = new DeflateWriter(file);
  return {
    write: (_offset, bytes) => deflate.write(bytes),
    finish: () => deflate.finish(),
    close() {
      deflate.close();
      file.close();
    },
  };
}
