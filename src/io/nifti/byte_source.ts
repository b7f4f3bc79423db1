/**
 * The bytes of a NIfTI by offset, wherever they are: what its reader stands on.
 *
 * @module
 */

import { CorruptDataError } from "../../errors.ts";

/** Bytes by offset. */
export interface ByteSource {
  /** Whether going back costs a new start from the first byte, and reads must come one at a time. */
  readonly forwardOnly: boolean;
  /** No source of this file can hold more bytes than this. */
  readonly mostBytes: number;
  /** Where the data ends, once the header is read; reading up to it verifies a stream to its last checksum. */
  expectedBytes: number | undefined;
  /**
   * Reads from `offset` on and returns how many bytes there were: fewer than `bytes.length` only at the end.
   *
   * @throws {CorruptDataError} when a compressed stream is cut or damaged.
   */
  read(offset: number, bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** The error of a file whose `what` ends before `expected` bytes. @param found bytes that there are. */
export function endsEarly(path: string, what: string, expected: number | undefined, found: number): CorruptDataError {
  const message = `Cannot read ${path} as ${what} early: expected ${expected} bytes, found ${found}`;
  return new CorruptDataError(path, `byte ${found}`, message);
}
